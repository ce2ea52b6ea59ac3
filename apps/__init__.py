"""The applications of TaskHub, lowest layer first."""
