"""Rules: on an event, when a condition holds, do actions.

`services` publishes them, `queries` finds and renders them, `run` runs them on committed events, `trial` tries one
without doing anything.
"""

from .run import run_rules

__all__ = ["run_rules"]
