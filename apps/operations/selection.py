"""Which tasks an operation is about: found once for the plan, and again when it begins, to see whether they differ."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import orjson
from django.core import signing
from django.db.models import Case, CharField, Q, Value, When
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.errors import Invalid, Problem, errors_under
from apps.core.json_types import Json, JsonMapping, JsonObject
from apps.core.strict_json import escape
from apps.tasks import access, filters, queries
from apps.tasks.lifecycle import Status
from apps.tasks.models import TaskQuerySet

from .kinds import Kind

GOOD_FOR = 900
"""Seconds for which a plan holds."""
SAMPLE = 5
"""How many ids show what was excluded for a reason."""
PREFIX = "opl_"
SIGNER = signing.TimestampSigner(salt="operations.plan")


@dataclass(frozen=True)
class Plan:
    """The tasks that an operation would begin with, in the order of their ids, and those that it leaves out."""

    digest: str
    tasks: Sequence[UUID]
    excluded: Mapping[str, Sequence[UUID]] = field(default_factory=dict)

    def render(self) -> JsonObject:
        """The counts, and the token that begins an operation as long as they stay the same."""
        return {
            "matched": len(self.tasks),
            "excluded": [
                {"why": why, "count": len(ids), "sample": [str(id) for id in ids[:SAMPLE]]}
                for why, ids in sorted(self.excluded.items())
            ],
            "plan": PREFIX + SIGNER.sign(self.digest),
        }

    def is_named_by(self, token: str) -> bool:
        """Whether the token is of this very plan, and not older than GOOD_FOR seconds."""
        try:
            return str(SIGNER.unsign(token.removeprefix(PREFIX), max_age=GOOD_FOR)) == self.digest
        except signing.BadSignature:
            return False


def make_plan(actor: Actor, name: str, kind: Kind, body: JsonMapping, options: JsonObject) -> Plan:
    """The tasks that exist for the actor and that the filter, or the ids, of the body name. Raises Invalid."""
    ids, given = body.get("ids"), body.get("filter")
    if (ids is None) == (given is None):
        raise Invalid(_("Say either which tasks (`ids`) or how to find them (`filter`)."))
    rows = _named(actor, ids or ()) if given is None else _found(actor, given)
    chosen: list[UUID] = []
    excluded: dict[str, list[UUID]] = {}
    reasons = _reasons(actor, kind)
    for pk, why in rows.annotate(why=reasons).order_by("id").values_list("pk", "why").iterator():
        (excluded.setdefault(why, []) if why else chosen).append(pk)
    if ids is not None:
        excluded |= _missing(ids, [*chosen, *(pk for pks in excluded.values() for pk in pks)])
    return Plan(_digest([str(actor), name, given, options], chosen, excluded), chosen, excluded)


def _named(actor: Actor, ids: Iterable[str]) -> TaskQuerySet:
    return queries.tasks_for(actor).filter(pk__in=[UUID(id) for id in ids])


def _found(actor: Actor, given: Mapping[str, Json]) -> TaskQuerySet:
    """The tasks of the filter. Raises Invalid for a parameter that does not exist, or is of the wrong shape."""
    unknown = [name for name in given if name not in filters.FILTERS and not filters.is_field_filter(name)]
    if unknown:
        detail = _("There is no such filter.")
        errors = [Problem(f"/filter/{escape(name)}", "unknown_field", detail) for name in unknown]
        raise Invalid(detail, errors=errors)
    with errors_under("/filter"):
        return filters.narrow(queries.tasks_for(actor), actor, {name: str(value) for name, value in given.items()})


def _missing(ids: Iterable[str], found: Iterable[UUID]) -> dict[str, list[UUID]]:
    """What is hidden from the actor is not found, as what is not there."""
    missing = sorted({UUID(id) for id in ids}.difference(found))
    return {"not_found": missing} if missing else {}


def _reasons(actor: Actor, kind: Kind) -> Case:
    """Why a task is left out, in SQL; empty if it is not. What is refused later says so with its item."""
    return Case(
        When(status=Status.RETRIED, then=Value("already_retried")),
        When(~Q(status__in=kind.statuses), then=Value(kind.excluded)),
        When(~access.workable_condition(actor), then=Value("forbidden")),
        default=Value(""),
        output_field=CharField(),
    )


def _digest(asked: list[Json], chosen: Iterable[UUID], excluded: Mapping[str, Sequence[UUID]]) -> str:
    """What a plan depends on: the question, the tasks, and how many are left out for which reason."""
    counts = {why: len(ids) for why, ids in excluded.items()}
    digest = hashlib.sha256(orjson.dumps([asked, counts], option=orjson.OPT_SORT_KEYS))
    for part in _bytes(chosen):
        digest.update(part)
    return digest.hexdigest()


def _bytes(ids: Iterable[UUID]) -> Iterator[bytes]:
    return (id.bytes for id in ids)
