"""Figures, not tests: how fast TaskHub answers on this machine, beside raw SQL that does the same."""
