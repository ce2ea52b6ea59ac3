"""The conformance kit: `serve --chaos` disturbs the worker protocol on purpose and reports whether a worker kept it.

A layer around the WSGI application, there only when `serve --chaos` asked for it, and never outside DEBUG. All that it
does it does over the same REST calls that workers make; no rule of the product knows of it.

`plan` decides what is disturbed, `middleware` does it, `book` keeps what happened, `rules` judge it.
"""

from taskhub.rehearsal.chaos.middleware import Chaos
from taskhub.rehearsal.chaos.plan import Plan, read_plan

__all__ = ["Chaos", "Plan", "read_plan"]
