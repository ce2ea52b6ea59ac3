"""Rehearsals: proving that privacy holds on live data, and what goes wrong in production, on purpose."""
