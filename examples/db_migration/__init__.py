"""A database migration that people and a program carry out together on TaskHub. See README.md here."""
