"""What every action has: on whose behalf, on which task, with which values; and how it says what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.containers.type_document.actions import Setting
from apps.containers.type_document.expressions import EXPRESSION, Computed, is_expression
from apps.core import conditions
from apps.core.body import Body, raise_problems
from apps.core.conditions import ConditionError
from apps.core.errors import Invalid
from apps.core.shapes import Problems, Timestamp, Whole
from apps.core.timestamps import parse_timestamp
from apps.tasks import access, bodies
from apps.tasks.models import Task

TIME = Computed(Timestamp(as_text=True))
DELAY = Whole(0, 10 * 366 * 24 * 3600, description="Seconds from then on.")


@dataclass(frozen=True)
class Work:
    """One run of a list of actions. `presser` is who pressed the button, if somebody did."""

    actor: Actor
    task_id: UUID
    context: Mapping[str, object] = field(default_factory=dict)
    presser: Actor | None = None

    @property
    def name(self) -> str:
        """The task, as services take it."""
        return str(self.task_id)

    def task(self) -> Task:
        """The task as it is now. Raises NotFound if the actor does not see it."""
        return access.get_task(self.actor, self.name)

    def value(self, template: Any, *, at: str = "") -> Any:
        """What was template, with every expression in it computed. Raises Invalid."""
        if is_expression(template):
            return self._computed(template[EXPRESSION], at)
        if isinstance(template, dict):
            return {key: self.value(inner, at=f"{at}/{key}") for key, inner in template.items()}
        if isinstance(template, list):
            return [self.value(inner, at=f"{at}/{index}") for index, inner in enumerate(template)]
        return template

    def _computed(self, source: str, at: str) -> Any:
        try:
            return conditions.evaluate(source, self.context)
        except ConditionError as error:
            detail = _("“%(source)s” could not be computed: %(why)s") % {"source": source[:80], "why": error.detail}
            raise Invalid.at(at, detail) from None

    def party(self, reference: object) -> str | None:
        """A reference; `reporter`, `assignee` and `actor` (who pressed) stand for the people of the task."""
        reference = self.value(reference)
        task = self.task()
        people: dict[str, str | None] = {
            "reporter": task.reporter.reference if task.reporter else None,
            "assignee": task.assignee.reference if task.assignee else None,
            "actor": str(self.presser) if self.presser and self.presser.is_user else None,
        }
        party = people.get(reference, reference) if isinstance(reference, str) else reference
        if party is not None and not isinstance(party, str):
            raise Invalid.at("/to", _("Write user:NAME or team:SLUG."))
        return party


# --- Accepting ----------------------------------------------------------------------------------------


def read_times(body: Body, *keys: str) -> dict[str, object]:
    """Times, and delays in seconds, by their keys."""
    return {key: body.get(key) for key in keys}


def read_fields(body: Body, key: str, setting: Setting) -> dict[str, object]:
    """Values of fields by name; fields that the type does not have are refused."""
    inner = body.inner(key)
    if inner is None:
        return {}
    _check_names(inner, list(inner.value), setting)
    return dict(inner.value)


def read_field_names(body: Body, key: str, setting: Setting) -> list[str]:
    """A list of names of fields."""
    names: list[str] = body.get(key, [])
    for index, name in enumerate(names):
        if setting.fields is not None and name not in setting.fields:
            body.wrong(key, _("There is no such field."), code="unknown_field", index=index)
    return names


def _check_names(inner: Body, names: list[str], setting: Setting) -> None:
    for name in names:
        if setting.fields is not None and name not in setting.fields:
            inner.wrong(name, _("There is no such field."), code="unknown_field")


def require_one(body: Body, values: Mapping[str, object], what: str) -> None:
    """Notes a problem if no value is given."""
    is_wrong = any(problem.pointer.startswith(body.at) for problem in body.problems)
    if not is_wrong and not any(value not in (None, {}, []) for value in values.values()):
        body.wrong(what, _("Say what to change."))


# --- Values when it runs ------------------------------------------------------------------------------


def timestamp_at(work: Work, action: Mapping[str, Any], key: str, delay: str | None = None) -> datetime | None:
    """The timestamp of a key, computed or counted from now. Raises Invalid."""
    if delay and action.get(delay) is not None:
        return timezone.now() + timedelta(seconds=action[delay])
    value = work.value(action.get(key), at=f"/{key}")
    if value is None:
        return None
    timestamp = parse_timestamp(value)
    if timestamp is None:
        raise Invalid.at(f"/{key}", _("Must be a time with its zone, as in 2030-01-31T12:00:00Z."))
    return timestamp


PROPERTIES = {name: bodies.EDIT.keys[name] for name in ("title", "description", "priority", "tags", "correlation_id")}
"""The properties of a task that actions set, and what may stand in them."""


def require_fit(name: str, value: object) -> Any:
    """The value, if the property can have it. Raises Invalid."""
    problems: Problems = []
    value = PROPERTIES[name].read(value, f"/{name}", problems)
    raise_problems(problems)
    return value
