"""What a new version of a type changes, and which of it live tasks of the old one may not survive. Pure."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from apps.core.strict_json import escape

from .failover import rank
from .models import TypeVersion
from .schema import Change, compare

MOST_TOLD = 100
PLAIN = ("title", "create", "function", "failover", "transitions", "default_privacy")
"""Keys that say what happens to tasks from now on: no live task is wrong because of them."""


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """The differences between two accepted documents, the breaking ones first.

    Breaking is what a task of the old version may not fit: values that the new schema may refuse or does not
    declare, a stage that is gone or means another status, a privacy that became too wide.
    """
    found = [Change(f"/schema{c.pointer}", c.breaking, c.detail) for c in compare(old["schema"], new["schema"])]
    found += [*_stages(old["stages"], new["stages"]), *_privacy(old, new), *_plain(old, new)]
    return sorted(found, key=lambda change: not change.breaking)


def differences_json(changes: list[Change]) -> list[dict[str, Any]]:
    """The same for an answer, cut after a hundred."""
    return [{"pointer": c.pointer, "breaking": c.breaking, "detail": c.detail} for c in changes[:MOST_TOLD]]


def is_breaking(changes: list[Change]) -> bool:
    """Whether one of them is breaking."""
    return any(change.breaking for change in changes)


def fits(old: TypeVersion, new: TypeVersion) -> bool:
    """Whether every task of the old version is a task of the new one as it stands. Versions never change."""
    pair = (old.pk, new.pk)
    if pair not in _FITS:
        if len(_FITS) > _MOST:
            _FITS.clear()
        _FITS[pair] = not is_breaking(differences(old.spec, new.spec))
    return _FITS[pair]


_MOST = 2000
_FITS: dict[tuple[UUID, UUID], bool] = {}


def _stages(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[Change]:
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


def _privacy(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    before, after = old["min_privacy"], new["min_privacy"]
    if before != after:
        narrower = rank(after) > rank(before)
        detail = _("Tasks must be more private.") if narrower else _("Tasks may be less private.")
        yield Change("/min_privacy", narrower, detail)


def _plain(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    for key in PLAIN:
        if old[key] != new[key]:
            yield Change(f"/{key}", False, _("“%s” changed.") % key)
