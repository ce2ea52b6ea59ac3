"""Runs of what machines did stand behind one line; what people look for never does."""

from datetime import UTC, datetime
from typing import Any

from apps.web.pages.timeline import folded

NOW = datetime(2026, 5, 3, tzinfo=UTC)


def entry(kind: str = "event", actor: str = "application:migrator", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "actor": actor, "at": NOW, "words": "started to work on it", **more}


def change() -> dict[str, Any]:
    return entry("change", changes=[{"label": "the stage", "old": "", "new": "Doing"}])


def test_steps_and_changes_of_a_machine_fold_together() -> None:
    (fold,) = folded([entry(), change(), entry(), change()])
    assert fold["kind"] == "fold"
    assert [item["words"] for item in fold["items"]][1] == "changed the stage empty → Doing"


def test_handovers_and_ends_stay_in_sight() -> None:
    for icon in ("hand", "circle-check", "circle-x", "ban"):
        shown = folded([*[entry()] * 4, entry(icon=icon)])
        assert [one["kind"] for one in shown] == ["fold", "event"]


def test_what_people_did_is_not_folded() -> None:
    steps = [entry(actor="user:ana")] * 5
    assert folded(steps) == steps
