"""What rules and functions say for the fields of a type (`ports.literal_finders`): none of it may be for a secret."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from apps.containers.models import Container
from apps.containers.type_document.actions import values_in
from apps.containers.type_document.literals import Value, proposals, values_of_fields
from apps.containers.type_document.secret_literals import FieldLiteral, same_owner

from .models import Function, Rule


def rules_with_literals(container: Container, type: str) -> Iterator[FieldLiteral]:
    """`ports.FindLiterals`: rules that set a field of such tasks, or make them."""
    for rule in Rule.objects.filter(container__in=same_owner(container)).select_related("container"):
        for value in values_in(rule.actions):
            if value.is_literal and value.is_for(rule.container, container, type):
                yield _("The rule “%s”") % rule.name, value.field


def functions_with_literals(container: Container, type: str) -> Iterator[FieldLiteral]:
    """`ports.FindLiterals`: functions that make such tasks by a schedule, or whose fail-over proposes values."""
    if container.application_id is None:
        return
    for function in Function.objects.filter(application=container.application_id):
        for value in values_of_function(function.failover, function.schedule):
            mine = not value.elsewhere or value.is_for(container, container, type)
            if value.is_literal and mine:
                yield _("The function “%s”") % function.name, value.field


def values_of_function(failover: dict[str, Any] | None, schedule: dict[str, Any] | None) -> Iterator[Value]:
    """What a function says: its fail-over for the fields of any type, its schedule for those of one."""
    if failover:
        yield from proposals(failover["fields"], at="/failover/fields")
    task = (schedule or {}).get("task") or {}
    where = {"elsewhere": True, "container": task.get("container"), "type": task.get("type")}
    yield from values_of_fields(task.get("fields"), at="/schedule/task/fields", **where)
