"""What the documents name exists: paths, modules and their members, settings, commands, links and their anchors."""

from pathlib import Path

import pytest

from tests.architecture.source import ROOT

from .names import anchors, links, missing, spans

DETAILED = ["docs/architecture.md", "CONTRIBUTING.md"]
DOCUMENTS = [*DETAILED, "README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]


@pytest.mark.parametrize("document", DETAILED)
def test_what_is_named_exists(document: str) -> None:
    assert [name for name in spans((ROOT / document).read_text()) if missing(name)] == []


@pytest.mark.parametrize("document", sorted(set(DOCUMENTS)))
def test_links_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text()
    assert [link for link in links(text) if is_broken(ROOT / document, *link)] == []


def is_broken(document: Path, path: str, anchor: str) -> bool:
    target = document.parent / path if path else document
    return not target.exists() or bool(anchor and anchor not in anchors(target.read_text()))


def test_every_package_has_its_row() -> None:
    """A new package gets a row under *Rooms* in docs/architecture.md: what is in it."""
    inits = [*ROOT.glob("apps/**/__init__.py"), *ROOT.glob("taskhub/rehearsal/__init__.py")]
    rooms = {path.parent.relative_to(ROOT).as_posix() for path in inits} - {"apps"}
    named = {name.rstrip("/") for name in spans((ROOT / "docs/architecture.md").read_text())}
    assert {room for room in rooms if not room.endswith(("/migrations", "/templatetags"))} - named == set()


@pytest.mark.parametrize(
    "name",
    ["apps/tasks/nothing.py", "nothing.py", "apps.tasks.nothing", "writing.nothing", "settings.NOTHING", "Task.nothing",
     "task.nothing", "make nothing", "manage.py nothing"],
)  # fmt: skip
def test_stale_name_is_seen(name: str) -> None:
    assert missing(name)


@pytest.mark.parametrize(
    "name",
    ["apps/tasks/", "apps/tasks/access/", "test_edit.py", "apps.events.unit_of_work", "apps.tasks.services.edit_task",
     "writing.lock", "settings.ACTIONS", "Task.revision", "Event.position", "task.updated", "make test",
     "manage.py serve --version", "PATCH /tasks/{id}", "/api/v1", "Actor"],
)  # fmt: skip
def test_name_of_what_exists_is_not(name: str) -> None:
    assert not missing(name)
