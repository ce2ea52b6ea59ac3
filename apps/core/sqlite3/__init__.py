"""SQLite as Django's backend has it, and writers take turns (`base.py`)."""
