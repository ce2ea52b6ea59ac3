"""The append-only event log and its dispatch to consumers."""
