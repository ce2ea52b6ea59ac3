"""Finding tasks by words, for one reader: full text of PostgreSQL, or FTS5 of SQLite, over `SearchText`."""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Exists, Expression, F, OuterRef, Q, QuerySet

from apps.actors.actor import Actor
from apps.containers import access as container_access
from apps.containers.models import Container, Role
from apps.tasks import access
from apps.tasks.models import SearchText, Task

from .fields import NOTHING, as_audience
from .index import EVERYONE, WORK
from .words import Term, terms_of


class Holds(Expression):
    """Whether the words of a row hold a term."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, term: Term) -> None:
        super().__init__()
        self.term = term
        self.column: Any = F("pk")

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> Any:
        resolved = self.copy()
        resolved.column = self.column.resolve_expression(query, *args, **kwargs)
        return resolved

    def get_source_expressions(self) -> list[Any]:
        return [self.column]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.column,) = exprs

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Words are letters and digits alone: nothing in them is an operator of tsquery."""
        table = compiler.quote_name_unless_alias(self.column.alias)
        said = " <-> ".join(self.term.words) + (":*" if self.term.begins else "")
        return f"({table}.vector @@ to_tsquery('simple', %s))", [said]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, params = compiler.compile(self.column)
        said = f'"{" ".join(self.term.words)}"' + ("*" if self.term.begins else "")
        rows = "SELECT rowid FROM tasks_searchtext_fts WHERE tasks_searchtext_fts MATCH %s"
        return f"({column} IN ({rows}))", [*params, said]


def matching_text(actor: Actor, query: str) -> Q:
    """Condition on Task: the texts of it that the actor may read hold what the query asks for (see `terms_of`).

    A query without any word finds nothing.
    """
    wanted = terms_of(query)
    found = Q() if wanted else NOTHING
    for terms in wanted:
        holding = Q(pk__in=_holding(actor, terms).values("task"))
        found &= ~holding if terms[0].negated else holding
    return found


def _holding(actor: Actor, terms: Iterable[Term]) -> "QuerySet[SearchText]":
    holds = reduce(or_, (Q(Holds(term)) for term in terms))
    return SearchText.objects.filter(holds).filter(readable(actor)).order_by()


def passages(actor: Actor, tasks: Iterable[Task], query: str) -> dict[UUID, list[str]]:
    """Of each of some tasks that the actor sees, the parts that hold something of the query and that they may read."""
    terms = [term for group in terms_of(query) for term in group if not term.negated]
    if not terms:
        return {}
    rows = _holding(actor, terms).filter(task__in=[task.pk for task in tasks]).order_by("task", "part")
    found: dict[UUID, list[str]] = {}
    for task, part in rows.values_list("task", "part")[:500]:
        found.setdefault(task, []).append(part)
    return found


def readable(actor: Actor) -> Q:
    """Condition on SearchText of tasks that the actor sees: they belong to its audience."""
    task = Task.objects.filter(pk=OuterRef("task"))
    found = Q(audience=EVERYONE) | Q(audience=WORK) & Q(Exists(task.filter(access.working_condition(actor))))
    for name in sorted({str(actor), *(f"team:{slug}" for slug in actor.team_slugs)}):
        found |= Q(audience__contains=f",{name},")
    for name, condition in _audiences(actor).items():
        found |= Q(audience__contains=f",{name},") & Q(Exists(task.filter(condition)))
    return found


def _audiences(actor: Actor) -> dict[str, Q]:
    """Audience → condition on the tasks to which the actor belongs as such (`access.Standing.audiences`)."""
    if actor.is_system:
        return {"application": Q()}
    found = {name: Q(container__in=_with_role(actor, name)) for name in (Role.CONTRIBUTOR, Role.MANAGER)}
    if actor.is_application:
        own = Q(container__application=actor.id)
        return {"application": own, **{str(name): condition & ~own for name, condition in found.items()}}
    people = {name: as_audience(actor, name) for name in ("reporter", "assignee", "handover")}
    return {**people, **{str(name): condition for name, condition in found.items()}}


def _with_role(actor: Actor, role: str) -> QuerySet[Any]:
    return Container.objects.filter(container_access.containers_with_role(actor, role)).values("pk")
