"""Creating many tasks in one call: the plain ones in one statement, the others one by one."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError

from apps.actors.actor import Actor
from apps.core.errors import Conflict, Problem, TaskHubError
from apps.core.rows import insert
from apps.events import log
from apps.events.units import unit
from apps.tasks import search
from apps.tasks.models import Task

from . import create, digests

Result = tuple[Task, bool] | TaskHubError
SPECIAL = ("hand_over", "external_id")
"""What makes a body more than one row and one event."""
LONGER_CODE = 8
"""Characters of a key that is drawn again."""


def create_tasks(actor: Actor, bodies: Sequence[Mapping[str, Any]], *, atomic: bool = False) -> list[Result]:
    """One result per body, in order. With `atomic` all or none: the first error is raised, its pointers in place."""
    try:
        with unit():
            return _create(actor, bodies, atomic=atomic, together=True)
    except IntegrityError:  # a key collided: one by one it is told which
        with unit():
            return _create(actor, bodies, atomic=atomic, together=False)


def _create(actor: Actor, bodies: Sequence[Mapping[str, Any]], *, atomic: bool, together: bool) -> list[Result]:
    places: dict[Any, create.Place] = {}
    plain: list[tuple[Task, create.Place]] = []
    results: list[Result] = []
    for index, body in enumerate(bodies):
        try:
            if together and not any(body.get(name) is not None for name in SPECIAL):
                results.append((_build(actor, body, places, plain), True))
            else:
                results.append(_create_alone(actor, body, places))
        except TaskHubError as error:
            if atomic:
                raise _at(error, index) from None
            results.append(error)
    _insert(actor, plain)
    return results


def _build(
    actor: Actor, body: Mapping[str, Any], places: dict[Any, create.Place], plain: list[tuple[Task, create.Place]]
) -> Task:
    place = create.find_place(actor, body, places)
    task = create.build(actor, body, place)
    task.creation_digest = digests.of(body)
    plain.append((task, place))
    return task


def _insert(actor: Actor, plain: Sequence[tuple[Task, create.Place]]) -> None:
    if not plain:
        return
    _free_keys(plain)
    events = [create.created(task, actor, place) for task, place in plain]
    insert([task for task, _ in plain])
    search.remember(task for task, _ in plain)
    log.record_all(events)
    for task, _ in plain:
        task.revision = task.sequence


def _free_keys(plain: Sequence[tuple[Task, create.Place]]) -> None:
    """Other keys for those that are taken, here or by earlier tasks: among a million a few of each call are."""
    taken = set(Task.objects.filter(key__in=[task.key for task, _ in plain]).values_list("key", flat=True))
    for task, place in plain:
        while task.key in taken:
            task.key = create.new_key(place, LONGER_CODE)
        taken.add(task.key)


def _create_alone(actor: Actor, body: Mapping[str, Any], places: dict[Any, create.Place]) -> tuple[Task, bool]:
    for _ in range(create.ATTEMPTS):
        try:
            with unit():
                return create.create_here(actor, body, places)
        except IntegrityError:
            continue
    raise Conflict("Another task with the same key is being made. Try again.")


def _at(error: TaskHubError, index: int) -> TaskHubError:
    """The error with its place among the bodies."""
    error.errors = [problem.under(f"/tasks/{index}") for problem in error.errors] or [
        Problem(f"/tasks/{index}", error.code, error.detail)
    ]
    return error
