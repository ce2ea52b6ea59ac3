"""One line of time for a task: what happened, what was said, what changed; runs of machine steps folded."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.tasks import queries
from apps.tasks.access import Standing
from apps.tasks.models import Attachment, Note
from apps.web.people import names_of, zone_of

from .events import Entry, Teller
from .files import file_row
from .menu import action_url

MOST_ENTRIES = 100
MOST_EVENTS = 300
SHORTEST_FOLD = 4
ALWAYS_SHOWN = {"hand", "circle-check", "circle-x", "ban"}
"""Icons of what people look for in a history: who got the task, and how it ended."""


def timeline(
    request: HttpRequest, standing: Standing, notes: list[Note], attachments: list[Attachment]
) -> dict[str, Any]:
    """The context of `tasks/_timeline.html`: the latest entries, or with `?all` every one."""
    names, whole = names_of(request), "all" in request.GET
    events = queries.events(standing, latest=None if whole else MOST_EVENTS)
    names.expect(*(note.author for note in notes), *(file.author for file in attachments))
    names.expect(*(event["actor"] for event in events))
    names.expect(*(event["data"].get("to") for event in events))
    teller = Teller(standing, names, zone_of(request))
    entries = [entry for event in events for entry in teller.entries(event)]
    entries += [_note(standing, note) for note in notes]
    entries += [_file(standing, attachment) for attachment in attachments]
    entries = folded(sorted(entries, key=lambda entry: entry["at"]))
    hidden = not whole and (len(entries) > MOST_ENTRIES or len(events) == MOST_EVENTS)
    return {
        "entries": entries[-MOST_ENTRIES:] if hidden else entries,
        "earlier_url": f"{action_url(standing.task, 'timeline')}?all=1" if hidden else "",
    }


def _note(standing: Standing, note: Note) -> Entry:
    reporter = standing.task.reporter
    asked = reporter is not None and note.author == reporter.reference
    role = _("Requester") if asked else ""
    return {"kind": note.kind, "actor": note.author, "at": note.created_at, "text": note.text, "role": role}


def _file(standing: Standing, attachment: Attachment) -> Entry:
    row = file_row(standing, attachment)
    return {"kind": "file", "actor": attachment.author, "at": attachment.created_at, "file": row}


def folded(entries: Iterable[Entry]) -> list[Entry]:
    """The same entries, with long runs of what machines did behind one line."""
    result: list[Entry] = []
    run: list[Entry] = []
    for entry in entries:
        if _is_machine(entry):
            run.append(entry)
            continue
        result += _fold(run)
        run = []
        result.append(entry)
    return result + _fold(run)


def _is_machine(entry: Mapping[str, Any]) -> bool:
    by_machine = entry["actor"] == "system" or entry["actor"].startswith("application:")
    return by_machine and entry["kind"] in ("event", "change") and entry.get("icon") not in ALWAYS_SHOWN


def _fold(run: list[Entry]) -> list[Entry]:
    if len(run) < SHORTEST_FOLD:
        return run
    items = [{"words": _in_words(entry), "at": entry["at"]} for entry in run]
    words = _("%(n)d steps of automation") % {"n": len(run)}
    return [
        {"kind": "fold", "actor": run[-1]["actor"], "at": run[-1]["at"], "words": words, "items": items, "icon": "bot"}
    ]


def _in_words(entry: Entry) -> str:
    """A step of a machine in one line."""
    if entry["kind"] == "event":
        return str(entry["words"])
    empty = _("empty")
    told = (f"{change['label']} {change['old'] or empty} → {change['new'] or empty}" for change in entry["changes"])
    return _("changed %(what)s") % {"what": ", ".join(told)}
