"""One event of a task as an entry of its timeline: in people's words, or as what changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.tasks.access import Standing
from apps.tasks.models import Privacy
from apps.web.people import Names
from apps.web.words import State, error_words, moment_words, party_name, status_words

from .fields import text_of_field

Entry = dict[str, Any]
MASK = "•••"


@dataclass(frozen=True)
class Teller:
    """Tells events of one task to one reader."""

    standing: Standing
    names: Names
    zone: ZoneInfo

    def entries(self, event: Mapping[str, Any]) -> Iterator[Entry]:
        """The entries of one event, as `queries.events` gives it; none for what notes and others say already."""
        base = {"actor": event["actor"], "at": parse_datetime(event["time"])}
        told = event["type"].removeprefix("task.").replace(".", "_")
        tell = getattr(self, f"_tell_{told}", None)
        if tell is not None:
            for entry in tell(event["data"]):
                yield {**base, **entry}

    # --- By type of event -------------------------------------------------------------------------

    def _tell_created(self, data: Mapping[str, Any]) -> Iterator[Entry]:
        yield _said(_("started another attempt") if data.get("retry_of") else _("created this"))

    def _tell_updated(self, data: Mapping[str, Any]) -> Iterator[Entry]:
        changes = dict(data.get("changes") or {})
        if changes.pop("cancel_requested", None):
            yield _said(_("asked to stop it"), icon="ban")
        yield from self._changed(changes)

    def _tell_status_changed(self, data: Mapping[str, Any]) -> Iterator[Entry]:
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
            yield _said(words, icon={"complete": "circle-check", "canceled": "ban"}.get(after, ""))
        elif before == "handed_over" and after == "canceled":
            yield _said(_("canceled it"), icon="ban")

    def _tell_stage_changed(self, data: Mapping[str, Any]) -> Iterator[Entry]:
        yield from self._changed(data.get("changes") or {})

    def _tell_failed(self, data: Mapping[str, Any]) -> Iterator[Entry]:
        said = [text for text in error_words(data.get("error")) if text]
        yield _said(_("failed: %(why)s") % {"why": ". ".join(said) or _("no reason given")}, icon="circle-x")

    def _tell_rule_failed(self, data: Mapping[str, Any]) -> Iterator[Entry]:
        yield _said(_("could not go on by itself: %(why)s") % {"why": data.get("error") or ""}, icon="triangle-alert")

    def _tell_opened(self, data: Mapping[str, Any]) -> Iterator[Entry]:
        if data.get("did") != "opened":
            yield _said(_("stopped looking into it"), icon="eye")
            return
        until = parse_datetime(data.get("until") or "")
        said = {"until": moment_words(until) if until else "", "why": data.get("reason") or ""}
        yield _said(_("opened it as an administrator until %(until)s: %(why)s") % said, icon="eye")

    def _tell_handed_over(self, data: Mapping[str, Any]) -> Iterator[Entry]:
        who = self._whom(data)
        asked = [self._label(f"fields.{name}") for name in data.get("asked") or []]
        if data.get("reason") == "taken_over":
            yield _said(_("took it over"), icon="hand")
        elif asked:
            said = _("gave it to %(who)s and asked for: %(fields)s") % {"who": who, "fields": ", ".join(asked)}
            yield _said(said, icon="hand")
        else:
            yield _said(_("gave it to %(who)s") % {"who": who}, icon="hand")

    def _tell_handover_changed(self, data: Mapping[str, Any]) -> Iterator[Entry]:
        who = self._whom(data)
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
            yield _said(words, icon="hand")
        if data.get("comment"):
            yield {"kind": "comment", "text": data["comment"]}

    def _tell_submitted(self, data: Mapping[str, Any]) -> Iterator[Entry]:
        said = _said(_("answered: %(action)s") % {"action": data.get("action") or ""}, icon="check")
        yield (
            {**said, "receipt_url": reverse("web:handover_receipt", args=[data["handover"]])}
            if (data.get("receipt"))
            else said
        )
        yield from self._changed(data.get("changes") or {})
        if data.get("comment"):
            yield {"kind": "comment", "text": data["comment"]}

    def _tell_detached(self, data: Mapping[str, Any]) -> Iterator[Entry]:
        yield _said(_("removed the file %(name)s") % {"name": data.get("name") or ""}, icon="trash-2")

    def _tell_update_scheduled(self, data: Mapping[str, Any]) -> Iterator[Entry]:
        moment = parse_datetime(data.get("at") or "")
        what = ", ".join(self.planned(data.get("planned") or {}))
        said = {"when": moment_words(moment) if moment else "", "what": what, "why": data.get("error") or ""}
        words = {
            "planned": _("planned for %(when)s: %(what)s") % said,
            "done": _("did what was planned: %(what)s") % said,
            "dropped": _("dropped what was planned for %(when)s: %(what)s") % said,
            "refused": _("could not do what was planned (%(what)s): %(why)s") % said,
        }.get(data.get("did", ""))
        if words:
            yield _said(words, icon="calendar-clock")

    def _tell_linked(self, data: Mapping[str, Any]) -> Iterator[Entry]:
        yield _said(_("linked another task"), icon="link")

    def _tell_granted(self, data: Mapping[str, Any]) -> Iterator[Entry]:
        who = self._whom(data)
        said = _("shared it with %(who)s") if data.get("did") == "granted" else _("no longer shares it with %(who)s")
        yield _said(said % {"who": who}, icon="eye")

    def _whom(self, data: Mapping[str, Any]) -> str:
        to = data.get("to") or ""
        return _("you") if to == str(self.standing.actor) else party_name(to, self.names)

    def planned(self, values: Mapping[str, Any]) -> list[str]:
        """Changes to come in words, one each."""
        titles = {way["name"]: way["title"] for way in self.standing.spec.manual}
        words = []
        for name, value in values.items():
            if name == "transition":
                words.append(_("“%(title)s” is pressed") % {"title": titles.get(value, value)})
            else:
                new = self._text(name, value) or _("empty")
                words.append(_("%(label)s becomes %(value)s") % {"label": self._label(name), "value": new})
        return words

    # --- Changes ----------------------------------------------------------------------------------

    def _changed(self, changes: Mapping[str, Any]) -> Iterator[Entry]:
        told = [
            {"label": self._label(name), "old": self._text(name, old), "new": self._text(name, new)}
            for name, (old, new) in changes.items()
        ]
        if told:
            yield {"kind": "change", "changes": told}

    def _label(self, name: str) -> str:
        field = name.removeprefix("fields.")
        if field in self.standing.spec.fields and (field != name or name not in PROPERTIES):
            return self.standing.spec.fields[field].title
        return str(PROPERTIES.get(name, name.replace("_", " ")))

    def _text(self, name: str, value: Any) -> str:
        field = name.removeprefix("fields.")
        if field != name and field in self.standing.spec.fields:
            masked = value == MASK
            return MASK if masked else text_of_field(self.standing, field, value, zone=self.zone, names=self.names)
        return self._property(name, value)

    def _property(self, name: str, value: Any) -> str:
        if value in (None, "", []):
            return ""
        if name == "stage":
            stage = self.standing.spec.stage(value)
            return stage.title if stage else str(value)
        if name == "status":
            return status_words(State(value)).label
        if name == "privacy":
            return str(Privacy(value).label) if value in Privacy.values else str(value)
        if name in ("due_at", "start_at"):
            moment = parse_datetime(value)
            return moment_words(moment) if moment else value
        if isinstance(value, list):
            return ", ".join(map(str, value))
        return party_name(value, self.names) if name == "assignee" else str(value)


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
}


def _said(words: str, *, icon: str = "") -> Entry:
    return {"kind": "event", "words": words, "icon": icon, "tone": "sys"}
