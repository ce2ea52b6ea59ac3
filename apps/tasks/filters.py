"""Which tasks a list shows: the filters of the contract, over the set that exists for the caller."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import django_filters
from django import forms
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.containers.models import Container
from apps.core.errors import Invalid, Problem
from apps.core.ids import parse_uuid
from apps.core.json_types import Json
from apps.core.strict_json import MAX_NUMBER
from apps.core.timestamps import parse_rfc_3339
from apps.tasks import queries, search
from apps.tasks.lifecycle import Status
from apps.tasks.models import SKIPPED, Task, TaskQuerySet

LOOKUPS = ("in", "gt", "gte", "lt", "lte", "contains", "isnull")
EXACT = {"": "exact", "in": "exact"}
MOST_VALUES = 100
MOST_FIELDS = 10
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
NOTHING = Q(pk__in=[])


class _Field(forms.Field):
    """The text of a parameter that was given. None of them has an empty value."""

    def to_python(self, value: Json) -> object:
        if value is None:
            return None
        if value == "":
            raise forms.ValidationError(_("Say a value, or leave the parameter out."))
        return self.read(value)

    def read(self, text: str) -> object:
        """The value that a text stands for. Raises ValidationError."""
        return text


class _WordsField(_Field):
    """One value, or several with commas."""

    def __init__(self, *, commas: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.commas = commas

    def read(self, text: str) -> object:
        values = split(text) if self.commas else [text]
        if "" in values:
            raise forms.ValidationError(_("No value between commas is empty."))
        return values


class _Words(django_filters.Filter):
    """The column is one of the values. A comma belongs to the value, unless `commas` says that it separates."""

    field_class = _WordsField

    def __init__(self, field_name: str | None = None, *, commas: bool = False, **kwargs: Any) -> None:
        super().__init__(field_name, lookup_expr="in", commas=commas, **kwargs)


class _WordField(_Field):
    """One text."""


class _Word(django_filters.Filter):
    """One text, for a method."""

    field_class = _WordField


def _words(column: str | None = None, *, commas: bool = False, **kwargs: Any) -> tuple[_Words, _Words]:
    """The filters `NAME` and `NAME__in`; `commas` separate in the first of them too."""
    return _Words(column, commas=commas, **kwargs), _Words(column, commas=True, **kwargs)


class _MomentField(_Field):
    """A time as everywhere in the API."""

    def read(self, text: str) -> object:
        timestamp = parse_rfc_3339(text)
        if timestamp is None:
            raise forms.ValidationError(_("Write a time like 2026-11-21T09:30:00Z."))
        return timestamp


class _Moment(django_filters.Filter):
    """Before or after a moment, which itself counts in neither."""

    field_class = _MomentField


class _WholeField(_Field):
    """A whole number."""

    def read(self, text: str) -> object:
        plain = text.removeprefix("-")
        if not (plain.isascii() and plain.isdigit() and len(plain) <= 16 and int(plain) <= MAX_NUMBER):
            raise forms.ValidationError(_("Write a whole number."))
        return int(text)


class _Whole(django_filters.Filter):
    """A number, or at least or at most one."""

    field_class = _WholeField


class _TruthField(_Field):
    """Yes or no."""

    def read(self, text: str) -> object:
        if text not in ("true", "false"):
            raise forms.ValidationError(_("Write true or false."))
        return text == "true"


class _Truth(django_filters.Filter):
    """Yes or no, for a method."""

    field_class = _TruthField


def _moments(column: str) -> dict[str, _Moment]:
    return {"after": _Moment(column, lookup_expr="gt"), "before": _Moment(column, lookup_expr="lt")}


class TaskFilters(django_filters.FilterSet):
    """The named filters. What is hidden from the caller cannot be named by them: the set has been cut before."""

    container, container__in = _words(method="by_container")
    type, type__in = _words("type_version__type__name", commas=True)
    type_version = _Whole("type_version__number")
    status, status__in = _words(method="by_status", commas=True)
    stage, stage__in = _words("stage")
    function, function__in = _words("function")
    assignee, assignee__in = _words("assignee", method="by_user")
    reporter, reporter__in = _words("reporter", method="by_user")
    tag, tag__in = _words(method="by_tag", commas=True)
    correlation_id, correlation_id__in = _words("correlation_id")
    external_id, external_id__in = _words("external_id")
    origin_id, origin_id__in = _words(method="by_origin")
    error, error__in = _words("error__name")
    error_type, error_type__in = _words("error__type")
    run, run__in = _words(method="by_run")
    workflow, workflow__in = _words(method="by_workflow")
    priority_min = _Whole("priority", lookup_expr="gte")
    priority_max = _Whole("priority", lookup_expr="lte")
    created_after, created_before = _moments("created_at").values()
    start_after, start_before = _moments("start_at").values()
    due_after, due_before = _moments("due_at").values()
    updated_after, updated_before = _moments("updated_at").values()
    skipped = _Truth(method="by_skipped")
    q = _Word(method="by_words")

    class Meta:
        model = Task
        fields: tuple[str, ...] = ()

    def by_container(self, rows: TaskQuerySet, _name: str, values: list[str]) -> TaskQuerySet:
        """Looked up first: the index of a container's tasks then gives them in order, however many others there are."""
        found = Container.objects.filter(slug__in=values).order_by().values("pk")
        return rows.filter(container=found[:1]) if len(values) == 1 else rows.filter(container__in=found)

    def by_status(self, rows: TaskQuerySet, _name: str, values: list[str]) -> TaskQuerySet:
        """Known statuses only: a typo would else read as "there are none". What was skipped is no failure."""
        if not set(values) <= set(Status.values):
            raise Invalid.at("/status", _("The statuses are: %(names)s.") % {"names": ", ".join(Status.values)})
        rows = rows.filter(status__in=values)
        failures = Status.FAILED in values and "skipped" not in self.data
        return rows.exclude(SKIPPED) if failures else rows

    def by_user(self, rows: TaskQuerySet, name: str, values: list[str]) -> TaskQuerySet:
        """`user:NAME`, `me` or `none`."""
        found = NOTHING
        for value in values:
            found |= queries.of_person(self.request, name, value)
        return rows.filter(found)

    def by_tag(self, rows: TaskQuerySet, _name: str, values: list[str]) -> TaskQuerySet:
        """Tasks that have one of the tags."""
        return rows.filter(search.tagged(values))

    def by_origin(self, rows: TaskQuerySet, _name: str, values: list[str]) -> TaskQuerySet:
        """The tasks whose first attempt is one of these: the newest ones, and attempts where `status` names them."""
        ids = [id for id in map(parse_uuid, values) if id]
        origins = queries.tasks_for(self.request).filter(pk__in=ids, retry_for_task_ids=[])
        return rows.filter(newest__in=origins.order_by().values("newest"))

    def by_run(self, rows: TaskQuerySet, _name: str, values: list[str]) -> TaskQuerySet:
        """Tasks that are steps of one of the runs."""
        return rows.filter(run_id__in=[run for run in map(parse_uuid, values) if run])

    def by_workflow(self, rows: TaskQuerySet, _name: str, values: list[str]) -> TaskQuerySet:
        """Tasks of runs of one of the workflows: no workflow exists, so there are none."""
        return rows.none()

    def by_skipped(self, rows: TaskQuerySet, _name: str, value: bool) -> TaskQuerySet:
        """Tasks that somebody skipped, or all others."""
        return rows.filter(SKIPPED) if value else rows.exclude(SKIPPED)

    def by_words(self, rows: TaskQuerySet, _name: str, value: str) -> TaskQuerySet:
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
    found = _by_fields(narrowed if named.keys() & {"status", "status__in"} else narrowed.current(), actor, given)
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
        values = split(value) if lookup == "in" else [value]
        rows = search.narrow_by_field(rows, actor, name, EXACT.get(lookup, lookup), values)  # type: ignore[arg-type]
    return rows
