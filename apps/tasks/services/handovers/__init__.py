"""Handovers: requests to people, from the asking to the answer.

`request` reads what a request says. `opening` opens one, also for fail-over and take-over. `answer` holds what people
do with it and how it ends. `reassign` gives it to somebody else. `timeouts` decides when nobody answers in time.
"""
