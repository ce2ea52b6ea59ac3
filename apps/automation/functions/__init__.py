"""Functions: the names under which applications' code runs tasks.

`accept` reads the body of one, `retry_policy` its retry policy, `services` publishes and deletes it, `queries` finds
and renders it, `callers` says which other applications may create its tasks.
"""
