"""SQLite as Django's backend has it, and writers queue for one lock (`base.py`)."""
