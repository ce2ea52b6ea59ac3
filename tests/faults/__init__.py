"""Faults: real processes are killed, stopped and cut off, and what clients saw is held against the database."""
