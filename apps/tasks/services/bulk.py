"""Creating many tasks in one call: the plain ones in one statement, the others one by one."""

from collections.abc import Sequence

from django.db import IntegrityError

from apps.actors.actor import Actor
from apps.core.budgets import PROBLEMS_LISTED
from apps.core.errors import Conflict, Problem, TaskHubError
from apps.core.json_types import Json, JsonMapping
from apps.events import log
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access, search
from apps.tasks.models import Task

from . import create, digests

Result = tuple[Task, bool] | TaskHubError
SPECIAL = ("hand_over", "external_id")
"""What makes a body more than one row and one event."""
LONGER_CODE = 8
"""Characters of a key that is drawn again."""


def create_tasks(actor: Actor, bodies: Sequence[object], *, atomic: bool = False) -> list[Result]:
    """One result per body (`bodies.CREATE`), in order.

    With `atomic` all or none: the first error is raised, with the problems of all others, their pointers in place.
    """
    places: dict[Json, access.Place] = {}
    read = [_read(actor, body, places) for body in bodies]
    try:
        with unit_of_work():
            return _create(actor, read, atomic=atomic, together=True)
    except IntegrityError:  # a key collided: one by one shows which
        with unit_of_work():
            return _create(actor, read, atomic=atomic, together=False)


def _read(actor: Actor, body: object, places: dict[Json, access.Place]) -> JsonMapping | TaskHubError:
    try:
        return create.read_body(actor, body, places)
    except TaskHubError as error:
        return error


def _create(actor: Actor, read: Sequence[JsonMapping | TaskHubError], *, atomic: bool, together: bool) -> list[Result]:
    places: dict[Json, access.Place] = {}
    plain: list[tuple[Task, access.Place]] = []
    results: list[Result] = []
    for body in read:
        if isinstance(body, TaskHubError):
            results.append(body)
            continue
        try:
            if together and not any(body.get(name) is not None for name in SPECIAL):
                results.append((_build(actor, body, places, plain), True))
            else:
                results.append(_create_alone(actor, body, places))
        except TaskHubError as error:
            results.append(error)
    if atomic:
        _raise_all(results)
    _insert(actor, plain)
    return results


def _build(
    actor: Actor, body: JsonMapping, places: dict[Json, access.Place], plain: list[tuple[Task, access.Place]]
) -> Task:
    place = create.find_place(actor, body, places)
    task = create.build(actor, body, place)
    task.creation_digest = digests.of(body)
    plain.append((task, place))
    return task


def _insert(actor: Actor, plain: Sequence[tuple[Task, access.Place]]) -> None:
    if not plain:
        return
    _free_keys(plain)
    events = [create.created(task, actor, place) for task, place in plain]
    texts = [row for task, _ in plain for row in search.rows_of(task)]
    log.record_all(events, [task for task, _ in plain], texts)
    for task, _ in plain:
        task.revision = task.sequence


def _free_keys(plain: Sequence[tuple[Task, access.Place]]) -> None:
    """Other keys for those that are taken, here or by earlier tasks: among a million a few of each call are."""
    taken = set(Task.objects.filter(key__in=[task.key for task, _ in plain]).values_list("key", flat=True))
    for task, place in plain:
        while task.key in taken:
            task.key = create.new_key(place, LONGER_CODE)
        taken.add(task.key)


def _create_alone(actor: Actor, body: JsonMapping, places: dict[Json, access.Place]) -> tuple[Task, bool]:
    for _ in range(create.ATTEMPTS):
        try:
            with unit_of_work():
                return create.create_here(actor, body, places)
        except IntegrityError:
            continue
    raise Conflict("Another task with the same key is being made. Try again.")


def _raise_all(results: Sequence[Result]) -> None:
    """Raises the first error, if there is one, with what is wrong with all bodies."""
    errors = [(index, result) for index, result in enumerate(results) if isinstance(result, TaskHubError)]
    if errors:
        first = errors[0][1]
        first.errors = [problem for index, error in errors for problem in _at(error, index)][:PROBLEMS_LISTED]
        raise first from None


def _at(error: TaskHubError, index: int) -> list[Problem]:
    """What is wrong with a body, with its place among them."""
    problems = error.errors or [Problem("", error.code, error.detail)]
    return [problem.under(f"/tasks/{index}") for problem in problems]
