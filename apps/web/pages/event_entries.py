"""One event of a task as an entry of its timeline: in people's words, or as what changed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.events.log import MASK
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Privacy
from apps.web.contexts.task import Entry, ValueChange
from apps.web.labels import State, error_texts, party_name, status_chip, timestamp_text
from apps.web.people import Names

from .fields import text_of_field

Json = Mapping[str, Any]


def recipients(data: Json) -> list[str]:
    """The parties that an event names in `to`: one, several or none."""
    to = data.get("to") or []
    return [to] if isinstance(to, str) else list(to)


@dataclass(frozen=True)
class EventEntries:
    """Writes the events of one task as entries for one reader."""

    permissions: TaskPermissions
    names: Names
    zone: ZoneInfo

    def entries(self, event: Json) -> Iterator[Entry]:
        """The entries of one event of `task_events`; none for notes and others that are shown otherwise."""
        kind = event["type"].removeprefix("task.").replace(".", "_")
        write: Callable[[Json], Iterator[Entry]] | None = getattr(self, f"_on_{kind}", None)
        at = parse_datetime(event["time"])
        if write is not None and at is not None:
            for entry in write(event["data"]):
                entry["actor"], entry["at"] = event["actor"], at
                yield entry

    # --- By type of event -------------------------------------------------------------------------

    def _on_created(self, data: Json) -> Iterator[Entry]:
        yield _event(_("started another attempt") if data.get("retry_of") else _("created this"))

    def _on_updated(self, data: Json) -> Iterator[Entry]:
        changes = dict(data.get("changes") or {})
        if changes.pop("cancel_requested", None):
            yield _event(_("asked to stop it"), icon="ban")
        yield from self._changed(changes)

    def _on_status_changed(self, data: Json) -> Iterator[Entry]:
        changes = data.get("changes") or {}
        before, after = changes.get("status") or ["", ""]
        words = {
            "in_progress": _("started to work on it"),
            "new": _("put it back in line"),
            "complete": _("completed it"),
            "canceled": _("canceled it"),
            "aborted": _("stopped it"),
        }.get(after)
        if words and "handed_over" not in (before, after):
            yield _event(words, icon={"complete": "circle-check", "canceled": "ban"}.get(after, ""))
        elif before == "handed_over" and after == "canceled":
            yield _event(_("canceled it"), icon="ban")

    def _on_stage_changed(self, data: Json) -> Iterator[Entry]:
        yield from self._changed(data.get("changes") or {})

    def _on_failed(self, data: Json) -> Iterator[Entry]:
        texts = [text for text in error_texts(data.get("error")) if text]
        yield _event(_("failed: %(why)s") % {"why": ". ".join(texts) or _("no reason given")}, icon="circle-x")

    def _on_skipped(self, data: Json) -> Iterator[Entry]:
        yield _event(_("skipped it: it need not be done"), icon="circle-slash")

    def _on_rule_failed(self, data: Json) -> Iterator[Entry]:
        yield _event(_("could not go on by itself: %(why)s") % {"why": data.get("error") or ""}, icon="triangle-alert")

    def _on_opened(self, data: Json) -> Iterator[Entry]:
        if data.get("did") != "opened":
            yield _event(_("stopped looking into it"), icon="eye")
            return
        until = parse_datetime(data.get("until") or "")
        values = {"until": timestamp_text(until) if until else "", "why": data.get("reason") or ""}
        yield _event(_("opened it as an administrator until %(until)s: %(why)s") % values, icon="eye")

    def _on_handed_over(self, data: Json) -> Iterator[Entry]:
        who = self._recipient(data)
        asked = [self._label(f"fields.{name}") for name in data.get("asked") or []]
        if data.get("reason") == "taken_over":
            yield _event(_("took it over"), icon="hand")
        elif asked:
            words = _("gave it to %(who)s and asked for: %(fields)s")
            yield _event(words % {"who": who, "fields": ", ".join(asked)}, icon="hand")
        else:
            yield _event(_("gave it to %(who)s") % {"who": who}, icon="hand")

    def _on_handover_changed(self, data: Json) -> Iterator[Entry]:
        who = self._recipient(data)
        words = {
            "claimed": _("claimed it"),
            "released": _("gave it back to the team"),
            "delegated": _("passed it on to %(who)s") % {"who": who},
            "resolved": _("gave it back to %(who)s") % {"who": who},
            "reminded": _("reminded of it"),
            "declined": _("declined"),
            "withdrawn": _("took the question back"),
            "expired": _("did not get an answer in time"),
            "escalated": _("passed it on to %(who)s, because nobody answered in time") % {"who": who},
        }.get(data.get("did", ""))
        if words:
            yield _event(words, icon="hand")
        if data.get("comment"):
            yield {"kind": "comment", "text": data["comment"]}

    def _on_submitted(self, data: Json) -> Iterator[Entry]:
        entry = _event(_("answered: %(action)s") % {"action": data.get("action") or ""}, icon="check")
        if data.get("receipt"):
            entry["receipt_url"] = reverse("web:handover_receipt", args=[data["handover"]])
        yield entry
        yield from self._changed(data.get("changes") or {})
        if data.get("comment"):
            yield {"kind": "comment", "text": data["comment"]}

    def _on_detached(self, data: Json) -> Iterator[Entry]:
        yield _event(_("removed the file %(name)s") % {"name": data.get("name") or ""}, icon="trash-2")

    def _on_update_scheduled(self, data: Json) -> Iterator[Entry]:
        timestamp = parse_datetime(data.get("at") or "")
        what = ", ".join(self.planned(data.get("planned") or {}))
        values = {"when": timestamp_text(timestamp) if timestamp else "", "what": what, "why": data.get("error") or ""}
        words = {
            "planned": _("planned for %(when)s: %(what)s") % values,
            "done": _("did what was planned: %(what)s") % values,
            "dropped": _("dropped what was planned for %(when)s: %(what)s") % values,
            "refused": _("could not do what was planned (%(what)s): %(why)s") % values,
        }.get(data.get("did", ""))
        if words:
            yield _event(words, icon="calendar-clock")

    def _on_linked(self, data: Json) -> Iterator[Entry]:
        yield _event(_("linked another task"), icon="link")

    def _on_granted(self, data: Json) -> Iterator[Entry]:
        who = self._recipient(data)
        words = _("shared it with %(who)s") if data.get("did") == "granted" else _("no longer shares it with %(who)s")
        yield _event(words % {"who": who}, icon="eye")

    def _recipient(self, data: Json) -> str:
        me = str(self.permissions.actor)
        return ", ".join(_("you") if to == me else party_name(to, self.names) for to in recipients(data)) or _("Nobody")

    def planned(self, values: Json) -> list[str]:
        """Changes to come in words, one each."""
        titles = {way["name"]: way["title"] for way in self.permissions.spec.manual}
        words = []
        for name, value in values.items():
            if name == "transition":
                words.append(_("“%(title)s” is pressed") % {"title": titles.get(value, value)})
            else:
                new = self._text(name, value) or _("empty")
                words.append(_("%(label)s becomes %(value)s") % {"label": self._label(name), "value": new})
        return words

    # --- Changes ----------------------------------------------------------------------------------

    def _changed(self, changes: Json) -> Iterator[Entry]:
        rows: list[ValueChange] = [
            {"label": self._label(name), "old": self._text(name, old), "new": self._text(name, new)}
            for name, (old, new) in changes.items()
        ]
        if rows:
            yield {"kind": "change", "changes": rows}

    def _label(self, name: str) -> str:
        field = name.removeprefix("fields.")
        if field in self.permissions.spec.fields and (field != name or name not in PROPERTIES):
            return self.permissions.spec.fields[field].title
        return str(PROPERTIES.get(name, name.replace("_", " ")))

    def _text(self, name: str, value: object) -> str:
        field = name.removeprefix("fields.")
        if field != name and field in self.permissions.spec.fields:
            masked = value == MASK
            return MASK if masked else text_of_field(self.permissions, field, value, zone=self.zone, names=self.names)
        return self._property(name, value)

    def _property(self, name: str, value: object) -> str:
        if value in (None, "", []):
            return ""
        if isinstance(value, list):
            return ", ".join(map(str, value))
        text = str(value)
        if name == "stage":
            stage = self.permissions.spec.stage(text)
            return stage.title if stage else text
        if name == "status":
            return status_chip(State(text)).label
        if name == "privacy":
            return str(Privacy(text).label) if text in Privacy.values else text
        if name in ("due_at", "start_at"):
            timestamp = parse_datetime(text)
            return timestamp_text(timestamp) if timestamp else text
        return party_name(text, self.names) if name == "assignee" else text


PROPERTIES = {
    "title": gettext_lazy("the title"),
    "description": gettext_lazy("the description"),
    "priority": gettext_lazy("the priority"),
    "tags": gettext_lazy("the tags"),
    "due_at": gettext_lazy("the due date"),
    "start_at": gettext_lazy("the start"),
    "assignee": gettext_lazy("the assignee"),
    "privacy": gettext_lazy("who sees it"),
    "stage": gettext_lazy("the stage"),
    "type_version": gettext_lazy("the version of its type"),
    "status": gettext_lazy("the status"),
    "correlation_id": gettext_lazy("the correlation"),
    "data": gettext_lazy("the input of the automation"),
}


def _event(words: str, *, icon: str = "") -> Entry:
    return {"kind": "event", "words": words, "icon": icon, "tone": "sys"}
