"""A world in which nothing happens by itself: the clock stands, and what is random is drawn anew in the same order."""

import base64
import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from unittest.mock import patch
from uuid import UUID

import time_machine
from uuid_utils import compat

ASKING = 1 << 40
"""Ids drawn while questions are asked are later than all of the worlds."""


class Dice:
    """Everything that the product draws, from one seed."""

    def __init__(self) -> None:
        self.rng, self.number = random.Random(1), 0

    def again(self, number: int = ASKING) -> None:
        """Draw the same as after the last call of this."""
        self.rng.seed(number)
        self.number = number

    def uuid7(self) -> UUID:
        self.number += 1
        return UUID(f"01990000-{self.number >> 32 & 0xFFFF:04x}-7000-8000-{self.number & 0xFFFFFFFF:012x}")

    def token(self, length: int | None = None) -> bytes:
        return self.rng.randbytes(length or 32)

    def text(self, length: int | None = None) -> str:
        return base64.urlsafe_b64encode(self.token(length)).rstrip(b"=").decode()


@contextmanager
def stillness() -> Iterator[Dice]:
    """Dice for all that is drawn inside; it is now throughout."""
    dice = Dice()
    with (
        time_machine.travel(datetime.now(UTC).replace(microsecond=0), tick=False),
        patch.object(compat, "uuid7", dice.uuid7),
        patch.object(secrets, "choice", dice.rng.choice),
        patch.object(secrets, "randbelow", dice.rng.randrange),
        patch.object(secrets, "token_bytes", dice.token),
        patch.object(secrets, "token_hex", lambda length=None: dice.token(length).hex()),
        patch.object(secrets, "token_urlsafe", dice.text),
    ):
        yield dice
