"""What can go wrong in a migration, in the form in which TaskHub takes it (its error object)."""

from __future__ import annotations

from typing import Any

from taskhub_client import Nonrecoverable


class Problem(Nonrecoverable):
    """A failure with a message for people and the facts of it; retry policies know it by its class."""

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message, type="migration", details=details)


class DatabaseUnreachable(Problem):
    """No connection, or it broke: it may come back, so TaskHub tries again."""

    recoverable = True


class ShopUnreachable(Problem):
    """The shop's control does not answer: it may come back."""

    recoverable = True


class UnknownDatabase(Problem):
    """A name that the application does not (or no longer) offer."""


class SchemaDoesNotFit(Problem):
    """A table or a column is missing, or has another type."""


class NotEnoughSpace(Problem):
    """The target has no room for what the source holds."""


class TargetNotEmpty(Problem):
    """The target holds rows that this migration did not bring."""


class WrongSource(Problem):
    """The shop does not write to the source, so its rows could not be followed."""


class ConstraintViolated(Problem):
    """The target refuses one row; the details name table, key and constraint."""

    def __init__(self, table: str, key: int, constraint: str, database: str) -> None:
        super().__init__(
            f"{database} refuses the row {table} id {key}: it violates {constraint}.",
            table=table,
            key=key,
            constraint=constraint,
            database=database,
        )


class ContentDiffers(Problem):
    """The verification found rows that are not the same on both sides; the details name some."""


class LagDoesNotShrink(Problem):
    """The asynchronous writes do not catch up in time."""
