"""The timeline of a task: events, notes and changes in order; runs of machine steps folded."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.tasks import timeline as task_timeline
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Attachment, Note
from apps.web.contexts.task import Entry, Timeline
from apps.web.people import names_of, zone_of

from .event_entries import EventEntries, recipients
from .files import file_row
from .menu import action_url

MOST_ENTRIES = 100
MOST_EVENTS = 300
SHORTEST_FOLD = 4
ALWAYS_SHOWN = {"hand", "circle-check", "circle-x", "ban"}
"""Icons of the entries that people look for: who got the task, and how it ended."""


def timeline(
    request: HttpRequest, permissions: TaskPermissions, notes: list[Note], attachments: list[Attachment]
) -> Timeline:
    """The context of `tasks/_timeline.html`: the latest entries, or with `?all` every one."""
    names, whole = names_of(request), "all" in request.GET
    events = task_timeline.task_events(permissions, latest=None if whole else MOST_EVENTS)
    names.expect(*(note.author for note in notes), *(file.author for file in attachments))
    names.expect(*(event["actor"] for event in events))
    names.expect(*(to for event in events for to in recipients(event["data"])))
    writer = EventEntries(permissions, names, zone_of(request))
    entries = [entry for event in events for entry in writer.entries(event)]
    entries += [_note(permissions, note) for note in notes]
    entries += [_file(permissions, attachment) for attachment in attachments]
    entries = folded(sorted(entries, key=lambda entry: entry["at"]))
    hidden = not whole and (len(entries) > MOST_ENTRIES or len(events) == MOST_EVENTS)
    return {
        "entries": entries[-MOST_ENTRIES:] if hidden else entries,
        "earlier_url": f"{action_url(permissions.task, 'timeline')}?all=1" if hidden else "",
    }


def _note(permissions: TaskPermissions, note: Note) -> Entry:
    reporter = permissions.task.reporter
    by_reporter = reporter is not None and note.author == reporter.reference
    role = _("Requester") if by_reporter else ""
    return {"kind": note.kind, "actor": note.author, "at": note.created_at, "text": note.text, "role": role}


def _file(permissions: TaskPermissions, attachment: Attachment) -> Entry:
    row = file_row(permissions, attachment)
    return {"kind": "file", "actor": attachment.author, "at": attachment.created_at, "file": row}


def folded(entries: Iterable[Entry]) -> list[Entry]:
    """The same entries, with long runs of machine steps behind one line."""
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


def _is_machine(entry: Entry) -> bool:
    by_machine = entry["actor"] == "system" or entry["actor"].startswith("application:")
    return by_machine and entry["kind"] in ("event", "change") and entry.get("icon") not in ALWAYS_SHOWN


def _fold(run: list[Entry]) -> list[Entry]:
    if len(run) < SHORTEST_FOLD:
        return run
    items: list[Entry] = [{"words": _in_words(entry), "at": entry["at"]} for entry in run]
    words = _("%(n)d steps of automation") % {"n": len(run)}
    return [
        {"kind": "fold", "actor": run[-1]["actor"], "at": run[-1]["at"], "words": words, "items": items, "icon": "bot"}
    ]


def _in_words(entry: Entry) -> str:
    """A step of a machine in one line."""
    if entry["kind"] == "event":
        return str(entry["words"])
    empty = _("empty")
    texts = (f"{change['label']} {change['old'] or empty} → {change['new'] or empty}" for change in entry["changes"])
    return _("changed %(what)s") % {"what": ", ".join(texts)}
