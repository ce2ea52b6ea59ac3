"""What a new version of a type changes, and which of it live tasks of the old one may not survive. Pure."""

from collections.abc import Iterator
from typing import Literal, get_args
from uuid import UUID

from django.utils.translation import gettext as _

from apps.containers.models import TypeVersion
from apps.containers.schema import Change, compare
from apps.core.caches import Cache
from apps.core.json_types import JsonObject
from apps.core.strict_json import escape

from .documents import StageDocument, TypeDocument
from .failover import rank

MOST_LISTED = 100
Plain = Literal["title", "create", "function", "failover", "transitions", "default_privacy"]
PLAIN: tuple[Plain, ...] = get_args(Plain)
"""Keys that say what happens to tasks from now on: no live task is wrong because of them."""


def differences(old: TypeDocument, new: TypeDocument) -> list[Change]:
    """The differences between two accepted documents, the breaking ones first.

    Breaking is what a task of the old version may not fit: values that the new schema may refuse or does not
    declare, a stage that is gone or means another status, a privacy that became too wide.
    """
    result = [Change(f"/schema{c.pointer}", c.breaking, c.detail) for c in compare(old["schema"], new["schema"])]
    result += [*_stages(old["stages"], new["stages"]), *_privacy(old, new), *_plain(old, new)]
    return sorted(result, key=lambda change: not change.breaking)


def differences_json(changes: list[Change]) -> list[JsonObject]:
    """The same for an answer, cut after a hundred."""
    return [{"pointer": c.pointer, "breaking": c.breaking, "detail": c.detail} for c in changes[:MOST_LISTED]]


def is_breaking(changes: list[Change]) -> bool:
    """Whether one of them is breaking."""
    return any(change.breaking for change in changes)


def fits(old: TypeVersion, new: TypeVersion) -> bool:
    """Whether every task of the old version is a task of the new one as it stands. Versions never change."""
    return _fits.get_or_make((old.pk, new.pk), lambda: not is_breaking(differences(old.spec, new.spec)))


_fits: Cache[tuple[UUID, UUID], bool] = Cache(2000)


def _stages(old: list[StageDocument], new: list[StageDocument]) -> Iterator[Change]:
    there = {stage["name"]: stage for stage in new}
    for stage in old:
        at, after = f"/stages/{escape(stage['name'])}", there.get(stage["name"])
        if after is None:
            yield Change(at, True, _("The stage “%s” is gone.") % stage["name"])
        elif after["status"] != stage["status"] and after["status"] is not None:
            yield Change(at, True, _("The stage “%s” means another status.") % stage["name"])
        elif after != stage:
            yield Change(at, False, _("The stage “%s” changed.") % stage["name"])
    known = {stage["name"] for stage in old}
    for stage in new:
        if stage["name"] not in known:
            yield Change(f"/stages/{escape(stage['name'])}", False, _("The stage “%s” is new.") % stage["name"])


def _privacy(old: TypeDocument, new: TypeDocument) -> Iterator[Change]:
    before, after = old["min_privacy"], new["min_privacy"]
    if before != after:
        narrower = rank(after) > rank(before)
        detail = _("Tasks must be more private.") if narrower else _("Tasks may be less private.")
        yield Change("/min_privacy", narrower, detail)


def _plain(old: TypeDocument, new: TypeDocument) -> Iterator[Change]:
    for key in PLAIN:
        if old[key] != new[key]:
            yield Change(f"/{key}", False, _("“%s” changed.") % key)
