"""Schedules of functions: a task per tick, exactly once.

`accept` reads a published schedule, `recurrence` computes its ticks, `ticks` makes the tasks.
"""
