"""What every action has: on whose behalf, on which task, with which values; and how it says what is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.actors.references import actor_of_user
from apps.containers.acts import Setting
from apps.containers.expressions import EXPRESSION, is_expression
from apps.core import conditions
from apps.core.body import Body, is_plain
from apps.core.conditions import ConditionError
from apps.core.errors import Invalid
from apps.core.moments import parse_moment
from apps.tasks import access
from apps.tasks.models import Task

LONGEST_WAIT = 10 * 366 * 24 * 3600


@dataclass(frozen=True)
class Work:
    """One run of a list of actions. `presser` is who pressed the button, if somebody did."""

    actor: Actor
    task_id: UUID
    context: Mapping[str, Any] = field(default_factory=dict)
    presser: Actor | None = None

    @property
    def name(self) -> str:
        """The task, as services take it."""
        return str(self.task_id)

    def task(self) -> Task:
        """The task as it is now. Raises NotFound if the actor does not see it."""
        return access.get_task(self.actor, self.name)

    def value(self, said: Any, *, at: str = "") -> Any:
        """What was said, with every expression in it computed. Raises Invalid."""
        if is_expression(said):
            return self._computed(said[EXPRESSION], at)
        if isinstance(said, dict):
            return {key: self.value(inner, at=f"{at}/{key}") for key, inner in said.items()}
        if isinstance(said, list):
            return [self.value(inner, at=f"{at}/{index}") for index, inner in enumerate(said)]
        return said

    def _computed(self, source: str, at: str) -> Any:
        try:
            return conditions.evaluate(source, self.context)
        except ConditionError as error:
            detail = _("“%(source)s” could not be computed: %(why)s") % {"source": source[:80], "why": error.detail}
            raise Invalid.at(at, detail) from None

    def party(self, said: Any) -> str | None:
        """A reference; `reporter`, `assignee` and `actor` (who pressed) stand for the people of the task."""
        said = self.value(said)
        task = self.task()
        people: dict[str, str | None] = {
            "reporter": task.reporter.reference if task.reporter else None,
            "assignee": task.assignee.reference if task.assignee else None,
            "actor": str(self.presser) if self.presser and self.presser.is_user else None,
        }
        found = people.get(said, said) if isinstance(said, str) else said
        if found is not None and not isinstance(found, str):
            raise Invalid.at("/to", _("Write user:NAME or team:SLUG."))
        return found


# --- Reading at push ----------------------------------------------------------------------------------


def is_open(value: Any) -> bool:
    """Whether the value is known only when the action runs."""
    return value is None or is_expression(value)


def read_word(body: Body, key: str, *, required: bool = False, most: int = 200, blank: bool = False) -> Any:
    """A text, or an expression that gives one."""
    if is_expression(body.value.get(key)):
        return body.take(key)
    if required and not body.has(key):
        body.wrong(key, _("This is required."))
    return body.text(key, most=most, blank=blank)


def read_fields(body: Body, key: str, setting: Setting) -> dict[str, Any]:
    """Values of fields by name; fields that the type does not have are refused."""
    inner = body.inner(key)
    if inner is None:
        return {}
    _check_names(inner, list(inner.value), setting)
    inner.known |= set(inner.value)
    return dict(inner.value)


def read_field_names(body: Body, key: str, setting: Setting) -> list[str]:
    """A list of names of fields."""
    names = body.items(key, most=200)
    for index, name in enumerate(names):
        if not isinstance(name, str) or (setting.fields is not None and name not in setting.fields):
            body.wrong(key, _("There is no such field."), code="unknown_field", index=index)
    return [name for name in names if isinstance(name, str)]


def _check_names(inner: Body, names: list[str], setting: Setting) -> None:
    for name in names:
        if setting.fields is not None and name not in setting.fields:
            inner.wrong(name, _("There is no such field."), code="unknown_field")


def require_one(body: Body, said: Mapping[str, Any], what: str) -> None:
    """Notes a problem if nothing was said at all."""
    if not any(value not in (None, {}, []) for value in said.values()) and body.is_object and not body.problems:
        body.wrong(what, _("Say what to change."))


def read_moment(body: Body, key: str, *, delay: str | None = None) -> dict[str, Any]:
    """A moment: a text with its zone, an expression, or under `delay` so many seconds from then on."""
    said = read_word(body, key, most=64)
    if isinstance(said, str) and parse_moment(said) is None:
        body.wrong(key, _("Must be a time with its zone, as in 2030-01-31T12:00:00Z."))
    found = {key: said}
    if delay:
        found[delay] = body.whole(delay, least=0, most=LONGEST_WAIT)
    return found


# --- Values when it runs ------------------------------------------------------------------------------


def moment_at(work: Work, said: Mapping[str, Any], key: str, delay: str | None = None) -> datetime | None:
    """The moment that was said, computed or counted from now. Raises Invalid."""
    if delay and said.get(delay) is not None:
        return timezone.now() + timedelta(seconds=said[delay])
    value = work.value(said.get(key), at=f"/{key}")
    if value is None:
        return None
    moment = parse_moment(value)
    if moment is None:
        raise Invalid.at(f"/{key}", _("Must be a time with its zone, as in 2030-01-31T12:00:00Z."))
    return moment


def _text(most: int, *, blank: bool) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, str) and len(value) <= most and is_plain(value) and (blank or bool(value.strip()))
    )


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53


def _are_tags(value: Any) -> bool:
    tag = _text(100, blank=False)
    return isinstance(value, list) and len(value) <= 50 and all(tag(item) for item in value)


FITS: dict[str, Callable[[Any], bool]] = {
    "title": _text(300, blank=False),
    "description": _text(100_000, blank=True),
    "priority": _is_whole,
    "tags": _are_tags,
    "correlation_id": lambda value: value is None or bool(_text(200, blank=False)(value)),
}
"""The properties of a task that actions set, and what may stand in them."""


def require_fit(name: str, value: Any) -> Any:
    """The value, if the property can have it. Raises Invalid."""
    if not FITS[name](value):
        raise Invalid.at(f"/{name}", _("“%(name)s” cannot have this value.") % {"name": name})
    return value


def check_literal(body: Body, name: str) -> Any:
    """A property's value: an expression, or a literal that fits."""
    value = body.take(name)
    if name in body.value and not is_open(value) and not FITS[name](value):
        body.wrong(name, _("This property cannot have this value."))
    return value


def actor_of_reference(reference: str) -> Actor | None:
    """The person whom a reference names, as an actor; None if there is no such active person."""
    name = reference.removeprefix("user:")
    user = User.objects.filter(username=name, is_active=True).first() if name != reference else None
    return actor_of_user(user) if user else None
