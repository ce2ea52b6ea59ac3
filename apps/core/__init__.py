"""Foundations without domain words: records, errors, clock, ids, conditions, egress."""
