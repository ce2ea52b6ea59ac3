"""Scheduled updates: changes of a task that happen by themselves at a given time.

`plan` makes and drops them, `run` applies those that are due, with the rights that their author has then.
"""
