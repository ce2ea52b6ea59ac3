"""Finding tasks by words, for one reader: full text of PostgreSQL, or FTS5 of SQLite, over `SearchText`."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet

from apps.actors.actor import Actor
from apps.containers import access as container_access
from apps.containers.models import Container, Role
from apps.core.json_types import Json
from apps.core.sql.lookups import LookedUp, PickedBy
from apps.tasks import access
from apps.tasks.models import SearchText, Task
from apps.tasks.queries.counts import bounded_count

from .comparison import ColumnCondition
from .field_filters import NOTHING, as_audience
from .index import EVERYONE, WORK
from .words import Term, terms_of

MOST_FOUND = 10_000
"""Texts that are found before tasks are read."""


class Holds(ColumnCondition):
    """Whether the words of a row hold a term."""

    def __init__(self, term: Term) -> None:
        super().__init__("pk")
        self.term = term

    def as_postgresql(self, compiler: Json, connection: Json) -> tuple[str, list[Json]]:
        """Words are letters and digits alone: nothing in them is an operator of tsquery."""
        table = compiler.quote_name_unless_alias(self.column.alias)
        value = " <-> ".join(self.term.words) + (":*" if self.term.begins else "")
        return f"({table}.vector @@ to_tsquery('simple', %s))", [value]

    def as_sqlite(self, compiler: Json, connection: Json) -> tuple[str, list[Json]]:
        column, params = compiler.compile(self.column)
        value = f'"{" ".join(self.term.words)}"' + ("*" if self.term.begins else "")
        rows = "SELECT rowid FROM tasks_searchtext_fts WHERE tasks_searchtext_fts MATCH %s"
        return f"({column} IN ({rows}))", [*params, value]


def matching_text(actor: Actor, query: str) -> Q:
    """Condition on Task: the texts of it that the actor may read hold what the query asks for (see `terms_of`).

    A query without any word finds nothing. What few texts hold is found first; what many hold is looked for in each
    task that a list comes to. It is one statement for each term, whoever asks.
    """
    wanted = terms_of(query)
    result = Q() if wanted else NOTHING
    for terms in wanted:
        holding = _holding(actor, terms)
        here = Q(LookedUp(holding.filter(task=OuterRef("pk"))))
        if terms[0].negated:
            result &= ~here
        else:
            result &= here if _is_common(terms) else Q(PickedBy("pk", holding.values("task")))
    return result


def _is_common(terms: Iterable[Term]) -> bool:
    return bounded_count(SearchText.objects.filter(_holds(terms)), MOST_FOUND + 1) > MOST_FOUND


def _holds(terms: Iterable[Term]) -> Q:
    return reduce(or_, (Q(Holds(term)) for term in terms))


def _holding(actor: Actor, terms: Iterable[Term]) -> "QuerySet[SearchText]":
    return SearchText.objects.filter(_holds(terms)).filter(readable(actor)).order_by()


def matching_parts(actor: Actor, tasks: Iterable[Task], query: str) -> dict[UUID, list[str]]:
    """Of each of some tasks that the actor sees, the parts that hold something of the query and that they may read."""
    terms = [term for group in terms_of(query) for term in group if not term.negated]
    if not terms:
        return {}
    rows = _holding(actor, terms).filter(task__in=[task.pk for task in tasks]).order_by("task", "part")
    result: dict[UUID, list[str]] = {}
    for task, part in rows.values_list("task", "part")[:500]:
        result.setdefault(task, []).append(part)
    return result


def readable(actor: Actor) -> Q:
    """Condition on SearchText of tasks that the actor sees: they belong to its audience."""
    task = Task.objects.filter(pk=OuterRef("task"))
    result = Q(audience=EVERYONE) | Q(audience=WORK) & Q(LookedUp(task.filter(access.working_condition(actor))))
    for name in sorted({str(actor), *(f"team:{slug}" for slug in actor.team_slugs)}):
        result |= Q(audience__contains=f",{name},")
    for name, condition in _audiences(actor).items():
        result |= Q(audience__contains=f",{name},") & Q(LookedUp(task.filter(condition)))
    return result


def _audiences(actor: Actor) -> dict[str, Q]:
    """Audience → condition on the tasks to which the actor belongs as such (`access.TaskPermissions.audiences`)."""
    if actor.is_system:
        return {"application": Q()}
    result = {name: Q(container__in=_with_role(actor, name)) for name in (Role.CONTRIBUTOR, Role.MANAGER)}
    if actor.is_application:
        own = Q(container__application=actor.id)
        return {"application": own, **{str(name): condition & ~own for name, condition in result.items()}}
    people = {name: as_audience(actor, name) for name in ("reporter", "assignee", "handover")}
    return {**people, **{str(name): condition for name, condition in result.items()}}


def _with_role(actor: Actor, role: str) -> QuerySet[Json]:
    return Container.objects.filter(container_access.containers_with_role(actor, role)).values("pk")
