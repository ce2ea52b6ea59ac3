"""Which tasks a list shows: the filters of the contract, over the set that exists for the caller."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import django_filters
from django import forms
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from apps.actors.actor import Actor
from apps.containers.models import Container
from apps.core.errors import Invalid, Problem
from apps.core.ids import parse_uuid
from apps.core.strict_json import MAX_NUMBER
from apps.tasks import search
from apps.tasks.lifecycle import Status
from apps.tasks.models import Task, TaskQuerySet

from .strict import Time

LOOKUPS = ("gt", "gte", "lt", "lte", "contains", "isnull")
MOST_VALUES = 100
MOST_FIELDS = 10
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
NOTHING = Q(pk__in=[])


class _WordsField(forms.Field):
    """Several values with commas."""

    def to_python(self, value: Any) -> Any:
        return None if value in self.empty_values else split(value)


class _Words(django_filters.Filter):
    """The column is one of several values."""

    field_class = _WordsField

    def __init__(self, field_name: str | None = None, **kwargs: Any) -> None:
        super().__init__(field_name, lookup_expr="in", **kwargs)


class _MomentField(forms.Field):
    """A time as everywhere in the API."""

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            return Time().run_validation(value)
        except ValidationError:
            raise forms.ValidationError(_("Write a time like 2026-11-21T09:30:00Z.")) from None


class _Moment(django_filters.Filter):
    """Before or after a moment, which itself counts in neither."""

    field_class = _MomentField


class _WholeField(forms.Field):
    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        plain = value.removeprefix("-")
        if not (plain.isascii() and plain.isdigit() and len(plain) <= 16 and int(plain) <= MAX_NUMBER):
            raise forms.ValidationError(_("Write a whole number."))
        return int(value)


class _Whole(django_filters.Filter):
    """At least or at most a number."""

    field_class = _WholeField


def _moments(column: str) -> dict[str, _Moment]:
    return {"after": _Moment(column, lookup_expr="gt"), "before": _Moment(column, lookup_expr="lt")}


class TaskFilters(django_filters.FilterSet):
    """The named filters. What is hidden from the caller cannot be named by them: the set has been cut before."""

    container = _Words(method="by_container")
    type = _Words("type_version__type__name")
    status = _Words(method="by_status")
    stage = _Words("stage")
    function = _Words("function")
    assignee = _Words("assignee", method="by_user")
    reporter = _Words("reporter", method="by_user")
    tag = _Words(method="by_tag")
    correlation_id = _Words("correlation_id")
    external_id = _Words("external_id")
    run = _Words(method="by_run")
    workflow = _Words(method="by_workflow")
    priority_min = _Whole("priority", lookup_expr="gte")
    priority_max = _Whole("priority", lookup_expr="lte")
    created_after, created_before = _moments("created_at").values()
    start_after, start_before = _moments("start_at").values()
    due_after, due_before = _moments("due_at").values()
    updated_after, updated_before = _moments("updated_at").values()
    q = django_filters.Filter(method="by_words")

    class Meta:
        model = Task
        fields: tuple[str, ...] = ()

    def by_container(self, rows: Any, _name: str, values: list[str]) -> Any:
        """Looked up first: the index of a container's tasks then gives them in order, however many others there are."""
        found = Container.objects.filter(slug__in=values).order_by().values("pk")
        return rows.filter(container=found[:1]) if len(values) == 1 else rows.filter(container__in=found)

    def by_status(self, rows: Any, _name: str, values: list[str]) -> Any:
        """Known statuses only: a typo would else read as "there are none"."""
        if not set(values) <= set(Status.values):
            raise Invalid.at("/status", _("The statuses are: %(names)s.") % {"names": ", ".join(Status.values)})
        return rows.filter(status__in=values)

    def by_user(self, rows: Any, name: str, values: list[str]) -> Any:
        """`user:NAME`, `me` or `none`."""
        found = NOTHING
        for value in values:
            if value == "none":
                found |= Q(**{name: None})
            elif value == "me":
                found |= Q(**{name: self.request.id}) if self.request.is_user else NOTHING
            else:
                found |= Q(**{f"{name}__username": value.removeprefix("user:")})
        return rows.filter(found)

    def by_tag(self, rows: Any, _name: str, values: list[str]) -> Any:
        """Tasks that have one of the tags."""
        return rows.filter(search.tagged(values))

    def by_run(self, rows: Any, _name: str, values: list[str]) -> Any:
        """Tasks that are steps of one of the runs."""
        return rows.filter(run_id__in=[run for run in map(parse_uuid, values) if run])

    def by_workflow(self, rows: Any, _name: str, values: list[str]) -> Any:
        """Tasks of runs of one of the workflows: no workflow exists, so there are none."""
        return rows.none()

    def by_words(self, rows: Any, _name: str, value: str) -> Any:
        """The texts that the caller reads hold what is asked for."""
        return rows.filter(search.matching_text(self.request, value))


FILTERS = tuple(TaskFilters.base_filters)


def split(text: str) -> list[str]:
    """The values of one parameter."""
    values = text.split(",")
    if len(values) > MOST_VALUES:
        raise Invalid(_("At most %(most)s values with commas.") % {"most": MOST_VALUES})
    return values


def narrow(rows: TaskQuerySet, actor: Actor, given: Mapping[str, str]) -> TaskQuerySet:
    """The tasks that the parameters ask for. Attempts that were retried are left out unless `status` names them.

    Raises Invalid for values of the wrong shape.
    """
    named = {name: value for name, value in given.items() if name in FILTERS}
    filters = TaskFilters(named, queryset=rows, request=actor)
    if not filters.is_valid():
        problems = [Problem(f"/{name}", "invalid", str(texts[0])) for name, texts in filters.errors.items()]
        raise Invalid(problems[0].detail, errors=problems)
    narrowed: TaskQuerySet = filters.qs
    found = _by_fields(narrowed if "status" in named else narrowed.current(), actor, given)
    if given.get("order", "").removeprefix("-") == "due_at":
        found = found.annotate(due_or_last=Coalesce(F("due_at"), Value(NEVER)))
    return found


# --- Fields ------------------------------------------------------------------------------------------


def is_field_filter(name: str) -> bool:
    """Whether a parameter is of the form `fields.NAME` or `fields.NAME__LOOKUP`."""
    return name.startswith("fields.") and len(name) > len("fields.")


def _by_fields(rows: TaskQuerySet, actor: Actor, given: Mapping[str, str]) -> TaskQuerySet:
    asked = {name: value for name, value in given.items() if is_field_filter(name)}
    if len(asked) > MOST_FIELDS:
        raise Invalid(_("At most %(most)s fields at a time.") % {"most": MOST_FIELDS})
    for parameter, value in asked.items():
        name, _sep, lookup = parameter.removeprefix("fields.").partition("__")
        if lookup and lookup not in LOOKUPS:
            raise Invalid.at(f"/{parameter[:100]}", _("Known: %(names)s.") % {"names": ", ".join(LOOKUPS)})
        if lookup == "isnull" and value not in ("true", "false"):
            raise Invalid.at(f"/{parameter[:100]}", _("Write true or false."))
        values = [value] if lookup == "isnull" else split(value)
        rows = search.narrow_by_field(rows, actor, name, lookup or "exact", values)  # type: ignore[arg-type]
    return rows
