"""Actions that reach people: notes, sight, handovers, notices."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.containers import asks
from apps.containers.acts import Setting
from apps.containers.said_values import Value, proposals
from apps.core.body import Body, is_plain
from apps.core.errors import Invalid
from apps.events import verbs
from apps.tasks import services
from apps.tasks.models import Note
from apps.tasks.rendering import when
from apps.tasks.services import asking, writing
from apps.tasks.services.handovers import SUBMIT

from . import work as words
from .changes import check_party, refuse_where_people_decide
from .work import Work

PEOPLE = ("reporter", "assignee", "actor")
LONGEST_MESSAGE = 10_000
MOST_TOLD = 50


class AddNote:
    """`{"do": "add_note", "text": …, "kind": "work_note" | "comment"}`."""

    first = False

    def read(self, body: Body, setting: Setting) -> dict[str, Any]:
        text = words.read_word(body, "text", required=True, most=LONGEST_MESSAGE)
        return {"text": text, "kind": body.choice("kind", Note.Kind.values, default=Note.Kind.WORK_NOTE.value)}

    def run(self, work: Work, said: Mapping[str, Any]) -> dict[str, Any]:
        services.add_note(work.actor, work.name, text=_text(work.value(said["text"], at="/text")), kind=said["kind"])
        return {"kind": said["kind"]}


class Grant:
    """`{"do": "grant", "to": "user:ana" | "team:dba" | "assignee" | "actor"}`: sight of the task."""

    first = True

    def read(self, body: Body, setting: Setting) -> dict[str, Any]:
        refuse_where_people_decide(body, setting)
        to = words.read_word(body, "to", required=True)
        check_party(body, "to", to, kinds=("user", "team"), people=PEOPLE)
        return {"to": to}

    def run(self, work: Work, said: Mapping[str, Any]) -> dict[str, Any]:
        to = work.party(said["to"])
        if to is not None:
            services.grant(work.actor, work.name, to)
        return {"to": to}


class Notify:
    """`{"do": "notify", "to": [references], "message": …}`: a notice to those who see the task."""

    first = False

    def read(self, body: Body, setting: Setting) -> dict[str, Any]:
        to = body.take("to")
        targets = to if isinstance(to, list) else [to]
        if not targets or len(targets) > MOST_TOLD or not all(isinstance(target, str) for target in targets):
            body.wrong("to", _("Name those who are told: user:NAME, team:SLUG, reporter or assignee."))
            targets = []
        for target in targets:
            check_party(body, "to", target, kinds=("user", "team"), people=PEOPLE)
        return {"to": targets, "message": words.read_word(body, "message", most=500)}

    def run(self, work: Work, said: Mapping[str, Any]) -> dict[str, Any]:
        told = [to for to in (work.party(target) for target in said["to"]) if to is not None]
        message = work.value(said["message"], at="/message")
        standing = writing.lock(work.actor, work.name)
        data = {"to": told, "message": _text(message)[:500] if message is not None else ""}
        writing.emit(standing.task, verbs.RULE_NOTIFIED, actor=work.actor, internal=True, **data)
        writing.update(standing.task, quiet=True)
        return {"to": told}


class HandOver:
    """`{"do": "hand_over", "to": …, "due_at" | "due_in", …}`: all that the call says but a key and a token."""

    first = False

    def read(self, body: Body, setting: Setting) -> dict[str, Any]:
        to = words.read_word(body, "to", required=True)
        check_party(body, "to", to, kinds=("user", "team"), people=PEOPLE)
        actions, due = asks.read_actions(body), words.read_moment(body, "due_at", delay="due_in")
        return {
            "to": to,
            "title": words.read_word(body, "title", most=300),
            "message": words.read_word(body, "message", most=LONGEST_MESSAGE, blank=True),
            "fields": asks.read_fields(body, declared=setting.fields),
            "actions": actions,
            "privacy": body.choice("privacy", ("inherit", "restricted")),
            **due,
            **{name: value for name, value in _read_ways(body, actions, due).items() if value},
        }

    def values(self, said: Mapping[str, Any]) -> Iterator[Value]:
        """See `acts.Saying`."""
        return proposals(said["fields"])

    def run(self, work: Work, said: Mapping[str, Any]) -> dict[str, Any]:
        to = work.party(said["to"])
        due = words.moment_at(work, said, "due_at", "due_in")
        request = {
            "to": to,
            "title": work.value(said["title"], at="/title"),
            "message": work.value(said["message"], at="/message"),
            "fields": work.value(said["fields"], at="/fields"),
            "actions": said["actions"],
            "privacy": said["privacy"],
            "due_at": when(due),
            **{name: work.value(said.get(name), at=f"/{name}") for name in ("on_timeout", "reminders", "exclude")},
        }
        given = {name: value for name, value in request.items() if value is not None}
        handover = services.hand_over(work.actor, work.name, given)
        return {"to": to, "handover": str(handover.pk)}


def _read_ways(body: Body, actions: list[dict[str, Any]] | None, due: Mapping[str, Any]) -> dict[str, Any]:
    """What happens until somebody answers, and if nobody does."""
    return {
        "on_timeout": asking.read_timeout(body, [str(action["name"]) for action in actions or [SUBMIT]]),
        "reminders": asking.read_reminders(body, is_due=any(value is not None for value in due.values())),
        "exclude": asking.read_exclusions(body),
    }


def _text(value: Any) -> str:
    """A computed text; numbers and the like are written as they read."""
    text = value if isinstance(value, str) else str(value)
    if not is_plain(text):
        raise Invalid(_("The text has characters that cannot be kept."))
    return text
