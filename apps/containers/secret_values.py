"""Values that documents say for secret fields: refused at push, because documents are kept, and shown, in clear.

An action, a fail-over or a schedule may leave a secret empty, or take it from what is known only when it runs: a plain
reference, as `input.password`. A field cannot become a secret while something says a value for it (`settings.SAYING`).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from apps.core.errors import Problem
from apps.core.strict_json import escape

from .acts import values_in
from .models import Container, TaskType, TypeVersion
from .said_values import EMPTY, Value
from .spec import learn, spec_of

SHOWN = ("default", "const", "examples")
"""Keywords of a schema that tell a value."""
Sayer = tuple[str, str]
"""(who says a value, in words; the field)."""


def refused(values: Iterable[Value], secrets: Callable[[Value], Collection[str]], at: str = "") -> Iterator[Problem]:
    """A problem for each that tells a secret; `secrets` are the secret fields of what a value is for."""
    for value in values:
        if value.is_literal and value.field in secrets(value):
            detail = _("A secret cannot be said here, where it would be kept in clear.")
            yield Problem(f"{at}{value.pointer}", "invalid", detail)


def shown_by_schema(properties: Mapping[str, Any], secrets: Collection[str]) -> Iterator[Problem]:
    """A problem for each value of a secret field that the schema itself tells."""
    for name in secrets:
        for keyword in SHOWN:
            if properties[name].get(keyword) not in EMPTY:
                detail = _("A secret cannot be said here, where everybody who knows the type reads it.")
                yield Problem(f"/schema/properties/{escape(name)}/{keyword}", "invalid", detail)


def secrets_for(place: Container, value: Value) -> frozenset[str]:
    """The secret fields of whatever task a value may be for that is said in `place`."""
    rows = TypeVersion.objects.filter(type__container__in=same_owner(place), type__retired_at=None)
    rows = rows.filter(type__container__slug=value.container or place.slug)
    return _secrets(rows.filter(type__name=value.type) if value.type else rows)


def secrets_of_application(application: UUID) -> frozenset[str]:
    """The secret fields of all types in the application's containers."""
    return _secrets(TypeVersion.objects.filter(type__container__application=application, type__retired_at=None))


def _secrets(rows: Any) -> frozenset[str]:
    versions = list(rows.defer("spec", "stage_map"))
    learn(versions)
    return frozenset(name for version in versions for name in spec_of(version).secrets)


def same_owner(container: Container) -> Any:
    """The containers in which one says what happens in another: all of an application's; of people's only itself."""
    if container.application_id is None:
        return Container.objects.filter(pk=container.pk)
    return Container.objects.filter(application=container.application_id)


def said_by_others(container: Container, type: str, secrets: Collection[str]) -> Iterator[Problem]:
    """A problem for each value that something else says for one of the secret fields of the type."""
    for path in settings.SAYING if secrets else ():
        for who, name in import_string(path)(container, type):
            if name in secrets:
                detail = _("%(who)s says a value for it, and keeps that in clear: change this first.") % {"who": who}
                yield Problem(f"/schema/properties/{escape(name)}/x-taskhub/secret", "invalid", detail)


def types_saying(container: Container, type: str) -> Iterator[Sayer]:
    """SAYING: other types whose transitions make tasks of this one."""
    for kind in TaskType.objects.filter(container__in=same_owner(container), retired_at=None).select_related(
        "current", "container"
    ):
        if kind.current is not None and (kind.container_id, kind.name) != (container.pk, type):
            for value in _values_of(kind.current):
                if value.elsewhere and value.is_literal and value.is_for(kind.container, container, type):
                    yield _("The type “%s”") % kind.name, value.field


def _values_of(version: TypeVersion) -> Iterator[Value]:
    for way in spec_of(version).transitions:
        yield from values_in(way["actions"])
