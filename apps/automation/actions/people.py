"""Actions that reach people: notes, sight, handovers, notices."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.containers.type_document import requests
from apps.containers.type_document.actions import Setting
from apps.containers.type_document.documents import OfferedAction
from apps.containers.type_document.expressions import Computed
from apps.containers.type_document.failover import PASSABLE
from apps.containers.type_document.literals import Value, proposals
from apps.core.body import Body, is_plain
from apps.core.errors import Invalid
from apps.core.shapes import Choice, Items, Object, Text, TextOr, Title
from apps.core.timestamps import format_timestamp
from apps.events import event_types
from apps.tasks import bodies, limits, services
from apps.tasks.models import Note
from apps.tasks.services import writing
from apps.tasks.services.handovers import request as handover_request
from apps.tasks.services.handovers.opening import SUBMIT

from . import work as words
from .changes import check_party, refuse_where_people_decide
from .documents import NewNote, NoticeText, Person, Question
from .work import Work

PEOPLE = ("reporter", "assignee", "actor")
WHO = Computed(Text(200))
REQUEST = ("fields", "actions", "on_timeout", "reminders", "exclude")
"""What a handover of an action says as the call does."""
MOST_RECIPIENTS = 50
SUBMIT_LATER: OfferedAction = {**SUBMIT, "effect": None}
"""The usual action by its plain name: its effect depends on the task, and is known when the action runs."""


class AddNote:
    """`{"do": "add_note", "text": …, "kind": "work_note" | "comment"}`."""

    first = False
    shape = Object(
        {"text": Computed(Text(limits.LONGEST_TEXT)), "kind": Choice(Note.Kind.values)},
        required=["text"], drops_null=True,
    )  # fmt: skip

    def accept(self, body: Body, setting: Setting) -> dict[str, object]:
        return {"text": body.get("text"), "kind": body.get("kind", Note.Kind.WORK_NOTE.value)}

    def run(self, work: Work, action: NewNote) -> dict[str, object]:
        services.add_note(
            work.actor, work.name, text=_text(work.value(action["text"], at="/text")), kind=action["kind"]
        )
        return {"kind": action["kind"]}


class Grant:
    """`{"do": "grant", "to": "user:ana" | "team:dba" | "assignee" | "actor"}`: sight of the task."""

    first = True
    shape = Object({"to": WHO}, required=["to"])

    def accept(self, body: Body, setting: Setting) -> dict[str, object]:
        refuse_where_people_decide(body, setting)
        to = body.get("to")
        check_party(body, "to", to, kinds=("user", "team"), people=PEOPLE)
        return {"to": to}

    def run(self, work: Work, action: Person) -> dict[str, object]:
        to = work.party(action["to"])
        if to is not None:
            services.grant(work.actor, work.name, to)
        return {"to": to}


class Notify:
    """`{"do": "notify", "to": [references], "message": …}`: a notice to those who see the task."""

    first = False

    shape = Object(
        {"to": TextOr(Text(200), Items(Text(200), MOST_RECIPIENTS, least=1)), "message": Computed(Text(500))},
        required=["to"], drops_null=True,
    )  # fmt: skip

    def accept(self, body: Body, setting: Setting) -> dict[str, object]:
        to = body.get("to")
        targets = to if isinstance(to, list) else [to]
        for target in targets:
            check_party(body, "to", target, kinds=("user", "team"), people=PEOPLE)
        return {"to": targets, "message": body.get("message")}

    def run(self, work: Work, action: NoticeText) -> dict[str, object]:
        recipients = [to for to in (work.party(target) for target in action["to"]) if to is not None]
        message = work.value(action["message"], at="/message")
        permissions = writing.lock(work.actor, work.name)
        data = {"to": recipients, "message": _text(message)[:500] if message is not None else ""}
        writing.emit(permissions.task, event_types.RULE_NOTIFIED, actor=work.actor, internal=True, **data)
        writing.update(permissions.task, quiet=True)
        return {"to": recipients}


class HandOver:
    """`{"do": "hand_over", "to": …, "due_at" | "due_in", …}`: all that the call says but a key and a token."""

    first = False
    shape = Object(
        {
            "to": WHO,
            "title": Computed(Title(limits.LONGEST_TITLE)),
            "message": Computed(Text(limits.LONGEST_MESSAGE, blank=True)),
            "due_at": words.TIME,
            "due_in": words.DELAY,
            "privacy": Choice(PASSABLE),
            **{name: bodies.HAND_OVER.keys[name] for name in REQUEST},
        },
        required=["to"],
        drops_null=True,
    )

    def accept(self, body: Body, setting: Setting) -> dict[str, object]:
        to = body.get("to")
        check_party(body, "to", to, kinds=("user", "team"), people=PEOPLE)
        actions, due = requests.read_actions(body, submit=SUBMIT_LATER), words.read_times(body, "due_at", "due_in")
        return {
            "to": to,
            "title": body.get("title"),
            "message": body.get("message"),
            "fields": requests.read_fields(body, declared=setting.fields),
            "actions": actions and [action if action["effect"] else action["name"] for action in actions],
            "privacy": body.get("privacy"),
            **due,
            **{name: value for name, value in _read_ways(body, actions, due).items() if value},
        }

    def values(self, action: Question) -> Iterator[Value]:
        """See `WithValues` in `type_document/actions.py`."""
        return proposals(action["fields"])

    def run(self, work: Work, action: Question) -> dict[str, object]:
        to = work.party(action["to"])
        due = words.timestamp_at(work, action, "due_at", "due_in")
        request = {
            "to": to,
            "title": work.value(action["title"], at="/title"),
            "message": work.value(action["message"], at="/message"),
            "fields": work.value(action["fields"], at="/fields"),
            "actions": action["actions"],
            "privacy": action["privacy"],
            "due_at": format_timestamp(due),
            "on_timeout": work.value(_as_it_was_meant(action), at="/on_timeout"),
            **{name: work.value(action.get(name), at=f"/{name}") for name in ("reminders", "exclude")},
        }
        given = {name: value for name, value in request.items() if value is not None}
        handover = services.hand_over(work.actor, work.name, given)
        return {"to": to, "handover": str(handover.pk)}


def _as_it_was_meant(action: Question) -> dict[str, Any] | None:
    """The `on_timeout` of an action, also as earlier releases accepted it: without an action, or without a target."""
    timeout: dict[str, Any] | None = action.get("on_timeout")
    if timeout and timeout["do"] == "submit" and timeout["action"] is None:
        first = (action["actions"] or [SUBMIT])[0]
        return {**timeout, "action": first if isinstance(first, str) else first["name"]}
    if timeout and timeout["do"] == "escalate" and timeout["to"] is None:
        return {"do": "return"}
    return timeout


def _read_ways(body: Body, actions: list[OfferedAction] | None, due: Mapping[str, object]) -> dict[str, object]:
    """What happens until somebody answers, and if nobody does."""
    is_due = any(value is not None for value in due.values())
    return {
        "on_timeout": handover_request.read_timeout(body, actions or [SUBMIT], is_due=is_due),
        "reminders": handover_request.read_reminders(body, is_due=is_due),
        "exclude": handover_request.read_exclusions(body),
    }


def _text(value: Any) -> str:
    """A computed text; numbers and the like are written as they read."""
    text = value if isinstance(value, str) else str(value)
    if not is_plain(text):
        raise Invalid(_("The text has characters that cannot be stored."))
    return text
