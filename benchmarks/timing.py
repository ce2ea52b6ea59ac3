"""Whether time tells: how long it takes to be told that a hidden thing, or an absent one, is not there.

    DATABASE_URL=postgres://…/scratch python -m benchmarks.timing [--times N]

Makes a hidden task in the (migrated) database that is named, asks for it and for absent ones in turn, in one process,
prints how well the two can be told apart, and rolls all of it back. AUC 0.5 is not at all, 1.0 always; up to 0.55 is
noise that no caller over a network could use.
"""

import argparse
import logging
import os
import random
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskhub.settings")

import django

django.setup()

from django.test.client import Client  # noqa: E402

from apps.actors.actor import SYSTEM, Actor  # noqa: E402
from apps.actors.models import Application, User  # noqa: E402
from apps.actors.references import actor_of_application  # noqa: E402
from apps.actors.services import issue_key  # noqa: E402
from apps.core import ids  # noqa: E402
from apps.core.sealing import seal  # noqa: E402
from apps.operations.models import Operation  # noqa: E402
from apps.tasks import services  # noqa: E402
from apps.tasks.models import Attachment, Handover, StoredFile  # noqa: E402
from taskhub.rehearsal.privacy_proof.proof import rolled_back  # noqa: E402

SOME = 20
"""How many hidden things there are, and as many absent ones: each is asked for again and again."""
NEVER = datetime(2099, 1, 1, tzinfo=UTC)
BACKEND = "apps.actors.sign_in.backend.PasswordBackend"


@dataclass(frozen=True)
class Question:
    """A path, and what of it is hidden or absent for who asks."""

    identity: str
    client: Client
    path: str
    hidden: list[object]
    absent: list[object]

    def times(self, count: int) -> tuple[list[float], list[float]]:
        """Seconds until each answer; what is asked for next is drawn."""
        dice, found = random.Random(1), ([], [])
        for _ in range(2 * count):
            side = dice.randrange(2)
            found[side].append(self._time(dice.choice((self.hidden, self.absent)[side])))
        return found

    def _time(self, name: object) -> float:
        path = self.path.format(name)
        began = time.perf_counter()
        # A plan can only be dropped.
        status = (self.client.delete if "scheduled" in path else self.client.get)(path).status_code
        took = time.perf_counter() - began
        if status != 404:
            raise RuntimeError(f"{path}: {status}")
        return took


def questions() -> list[Question]:
    """Tasks with all that hangs on them, which neither a foreign application nor a stranger may see."""
    owner, other = (Application.objects.create(name=f"telling-{n}", title="Telling") for n in ("owner", "other"))
    actor, asked = actor_of_application(owner), User.objects.create(username="telling-asked")
    made = [_task(actor, asked) for _ in range(SOME)]
    key = issue_key(actor=SYSTEM, application=other)
    application = Client(SERVER_NAME="localhost", headers={"Authorization": f"Bearer {key}"})
    person = Client(SERVER_NAME="localhost")
    person.force_login(User.objects.create(username="telling-stranger"), BACKEND)
    found = []
    for path, noun in ASKED:
        hidden = [names[noun] for names in made]
        absent = [_absent(hidden[0]) for _ in hidden]
        who = ("application", application) if path.startswith("/api/") else ("person", person)
        found.append(Question(*who, path, hidden, absent))
    return found


ASKED = [
    ("/api/v1/tasks/{}", "task"),
    ("/api/v1/tasks/{}", "key"),
    ("/api/v1/tasks/{}/events", "task"),
    ("/api/v1/tasks/{}/notes", "task"),
    ("/api/v1/handovers/{}", "handover"),
    ("/api/v1/attachments/{}", "file"),
    ("/api/v1/scheduled-updates/{}", "plan"),
    ("/api/v1/operations/{}", "operation"),
    ("/api/v1/operations/{}/items", "operation"),
    ("/tasks/{}/", "key"),
    ("/files/{}/", "file"),
    ("/handovers/{}/receipt/", "handover"),
]
"""Paths, and the noun that they name."""


def _task(actor: Actor, asked: User) -> dict[str, object]:
    """A task and its parts, by noun."""
    task, _ = services.create_task(actor, {"title": "Hidden", "function": "telling"})
    stored = StoredFile.objects.create(name=str(ids.uuid7()))
    file = Attachment.objects.create(
        task=task, file=stored, kind="comment", name="hidden.txt", size=1, author=str(actor)
    )
    handover = Handover.objects.create(task=task, digest="", title="?", to_user=asked)
    plan = services.schedule_update(actor, task.pk, at=NEVER, set={"title": "Later"})
    operation = Operation.objects.create(kind="cancel", author=str(actor), options=seal("{}"))
    made = {"task": task, "handover": handover, "file": file, "plan": plan, "operation": operation}
    return {"key": task.key, **{noun: row.pk for noun, row in made.items()}}


def _absent(like: object) -> object:
    """A name of the same form that nothing has."""
    if isinstance(like, UUID):
        return ids.uuid7()
    prefix, _, code = str(like).partition("-")
    return f"{prefix}-{ids.short_code(len(code))}"


def auc(some: list[float], others: list[float]) -> float:
    """How often one of `some` took longer than one of `others`: the area under the ROC curve, 0.5 to 1."""
    ranked = sorted([(took, True) for took in some] + [(took, False) for took in others])
    ranks = sum(rank for rank, (_, mine) in enumerate(ranked, start=1) if mine)
    area = (ranks - len(some) * (len(some) + 1) / 2) / (len(some) * len(others))
    return max(area, 1 - area)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.timing", description=__doc__)
    parser.add_argument("--times", type=int, default=5000, help="how often each is asked for")
    times: int = parser.parse_args().times
    logging.disable(logging.CRITICAL)  # every answer is a refusal
    with rolled_back():
        for question in questions():
            question.times(50)
            hidden, absent = question.times(times)
            medians = [f"{statistics.median(took) * 1000:.2f} ms" for took in (hidden, absent)]
            print(
                f"AUC {auc(hidden, absent):.3f}",
                *medians,
                f"{question.identity}: {question.path}",
                sep="  ",
                flush=True,
            )


if __name__ == "__main__":
    main()
