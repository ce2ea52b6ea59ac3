"""Operations: one repair of many tasks, planned first, tried on a few, counted until it has settled, stoppable.

`selection` finds the tasks and makes the plan, `services` begins, stops and resumes, `run` works through the batches,
`settlement` finds what became of each task, `kinds` are the repairs, `failures` groups what failed.
"""
