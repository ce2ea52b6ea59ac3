"""The only way out: every request to an address that somebody else chose goes through here.

`send` resolves once, refuses addresses that are not public (operators open internal networks with
EGRESS_ALLOW), dials what it checked, follows no redirect, knows no proxy and never takes longer or reads
more than it may.
"""

from .client import Refused, Reply, TimedOut, Unreachable, send
from .urls import require_sendable

__all__ = ["Refused", "Reply", "TimedOut", "Unreachable", "require_sendable", "send"]
