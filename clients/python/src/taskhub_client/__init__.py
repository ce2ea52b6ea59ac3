"""TaskHub for Python: `Client` and `AsyncClient` for the API, `Worker` for running functions."""

from .claimed import AsyncClaimedTask, ClaimedTask
from .client import VERSION, AsyncClient, Client
from .encoding import UnwritableValue, timestamp
from .errors import (
    AlreadyAnswered,
    Conflict,
    Forbidden,
    IdempotencyMismatch,
    Invalid,
    LeaseLost,
    NotFound,
    Problem,
    RateLimited,
    Refused,
    SchemaViolation,
    TaskHubError,
    Unauthenticated,
    Unavailable,
    Unreachable,
    VersionMismatch,
)
from .outcomes import Canceled, Complete, HandOver, Nonrecoverable, Outcome, Recoverable, Release
from .protocol import FOREVER, ONCE, Retry
from .shapes import Answers, Claimed, Handover, Json, Task
from .worker import Worker

__version__ = VERSION
__all__ = [
    "FOREVER",
    "ONCE",
    "AlreadyAnswered",
    "Answers",
    "AsyncClaimedTask",
    "AsyncClient",
    "Canceled",
    "Claimed",
    "ClaimedTask",
    "Client",
    "Complete",
    "Conflict",
    "Forbidden",
    "HandOver",
    "Handover",
    "IdempotencyMismatch",
    "Invalid",
    "Json",
    "LeaseLost",
    "Nonrecoverable",
    "NotFound",
    "Outcome",
    "Problem",
    "RateLimited",
    "Recoverable",
    "Refused",
    "Release",
    "Retry",
    "SchemaViolation",
    "Task",
    "TaskHubError",
    "Unauthenticated",
    "Unavailable",
    "Unreachable",
    "UnwritableValue",
    "VersionMismatch",
    "Worker",
    "timestamp",
]
