"""Values of secret fields in documents: refused, because documents are stored, and shown, in clear.

An action, a fail-over or a schedule may leave a secret empty, or take it from what is known only when it runs: a plain
reference, as `input.password`. A field cannot become a secret while a document has a value for it
(`ports.literal_finders`).
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from uuid import UUID

from django.utils.translation import gettext as _

from apps.containers import ports
from apps.containers.models import Container, TaskType, TypeVersion
from apps.core.errors import Problem
from apps.core.json_types import Json, JsonMapping
from apps.core.strict_json import escape

from .actions import values_in
from .literals import EMPTY, Value
from .spec import learn, spec_of

SHOWN = ("default", "const", "examples")
"""Keywords of a schema that disclose a value."""
FieldLiteral = tuple[str, str]
"""(the document that has a value, in words; the field)."""


def refused(values: Iterable[Value], secrets: Callable[[Value], Collection[str]], at: str = "") -> Iterator[Problem]:
    """A problem for each that discloses a secret; `secrets` are the secret fields of what a value is for."""
    for value in values:
        if value.is_literal and value.field in secrets(value):
            detail = _("A secret cannot stand here, where it would be stored in clear.")
            yield Problem(f"{at}{value.pointer}", "invalid", detail)


def shown_by_schema(properties: JsonMapping, secrets: Collection[str]) -> Iterator[Problem]:
    """A problem for each value of a secret field in the schema itself."""
    for name in secrets:
        for keyword in SHOWN:
            if properties[name].get(keyword) not in EMPTY:
                detail = _("A secret cannot stand here, where everybody who knows the type reads it.")
                yield Problem(f"/schema/properties/{escape(name)}/{keyword}", "invalid", detail)


def secrets_for(place: Container, value: Value) -> frozenset[str]:
    """The secret fields of every task that a value in a document of `place` may be for."""
    rows = TypeVersion.objects.filter(type__container__in=same_owner(place), type__retired_at=None)
    rows = rows.filter(type__container__slug=value.container or place.slug)
    return _secrets(rows.filter(type__name=value.type) if value.type else rows)


def secrets_of_application(application: UUID) -> frozenset[str]:
    """The secret fields of all types in the application's containers."""
    return _secrets(TypeVersion.objects.filter(type__container__application=application, type__retired_at=None))


def _secrets(rows: Json) -> frozenset[str]:
    versions = list(rows.defer("spec", "stage_map"))
    learn(versions)
    return frozenset(name for version in versions for name in spec_of(version).secrets)


def same_owner(container: Container) -> Json:
    """The containers whose documents may be about this one: all of an application's; of people's only itself."""
    if container.application_id is None:
        return Container.objects.filter(pk=container.pk)
    return Container.objects.filter(application=container.application_id)


def literals_of_others(container: Container, type: str, secrets: Collection[str]) -> Iterator[Problem]:
    """A problem for each value that another document has for one of the secret fields of the type."""
    for find in ports.literal_finders.get() if secrets else ():
        for who, name in find(container, type):
            if name in secrets:
                detail = _("%(who)s has a value for it, stored in clear: change this first.") % {"who": who}
                yield Problem(f"/schema/properties/{escape(name)}/x-taskhub/secret", "invalid", detail)


def literals_of_types(container: Container, type: str) -> Iterator[FieldLiteral]:
    """`ports.FindLiterals`: other types whose transitions make tasks of this one."""
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
