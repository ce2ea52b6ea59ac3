"""Who acts: users, teams, applications, their keys."""
