"""`taskhub tasks complete | fail | note | attach | hand-over | answer`: work on a task, or answer for a person."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from taskhub_client.client import Client
from taskhub_client.errors import NotFound

from .arguments import add_fields, add_task
from .output import Output, show


def add_to(actions: Any) -> None:
    """The commands and their options."""
    complete = add_task(actions, "complete", "complete a task without a lease", _complete)
    add_fields(complete)
    complete.add_argument("--result", type=json.loads, help="JSON")
    complete.add_argument("--note", help="a work note")
    fail = add_task(actions, "fail", "fail a task without a lease", _fail)
    fail.add_argument("name", help="the name of the error, as retry policies know it")
    fail.add_argument("--message", default="")
    fail.add_argument("--nonrecoverable", action="store_true", help="trying again is no use")
    fail.add_argument("--note", help="a work note")
    note = add_task(actions, "note", "write a note", _note)
    note.add_argument("text")
    note.add_argument("--work", action="store_true", help="for those who work on the task, not for all who see it")
    attach = add_task(actions, "attach", "attach a file", _attach)
    attach.add_argument("file", type=Path)
    attach.add_argument("--work", action="store_true", help="for those who work on the task, not for all who see it")
    attach.add_argument("--for-field", help="for the readers of that field alone")
    _add_people(actions)


def _add_people(actions: Any) -> None:
    ask = add_task(actions, "hand-over", "ask a person or a team", _hand_over)
    ask.add_argument("to", help="user:NAME, team:SLUG or reporter")
    for name in ("title", "message", "due-at", "key"):
        ask.add_argument(f"--{name}", dest=name.replace("-", "_"))
    ask.add_argument("--field", action="append", help="the name of a field that is asked for")
    ask.add_argument("--action", action="append", help="complete, return, skip, fail, cancel, or NAME=EFFECT")
    answer = add_task(actions, "answer", "answer the open handover of a task (with a person's token)", _answer)
    answer.add_argument("action", help="the name of one of its actions")
    add_fields(answer)
    answer.add_argument("--comment")


def _complete(client: Client, options: argparse.Namespace, output: Output) -> None:
    fields = dict(options.field) or None
    show(output, client.complete_task(options.task, fields=fields, result=options.result, note=options.note))


def _fail(client: Client, options: argparse.Namespace, output: Output) -> None:
    error = {"name": options.name, "message": options.message, "recoverable": not options.nonrecoverable}
    show(output, client.fail_task(options.task, error, note=options.note))


def _note(client: Client, options: argparse.Namespace, output: Output) -> None:
    output.thing(client.add_note(options.task, options.text, kind=_kind(options)))


def _attach(client: Client, options: argparse.Namespace, output: Output) -> None:
    output.thing(client.attach(options.task, options.file, kind=_kind(options), field=options.for_field))


def _kind(options: argparse.Namespace) -> str:
    return "work_note" if options.work else "comment"


def _hand_over(client: Client, options: argparse.Namespace, output: Output) -> None:
    names = ("title", "message", "due_at", "key")
    body = {name: getattr(options, name) for name in names}
    actions = [_action(text) for text in options.action or ()] or None
    output.thing(client.hand_over(options.task, options.to, fields=options.field, actions=actions, **body))


def _action(text: str) -> Any:
    name, equals, effect = text.partition("=")
    return {"name": name, "label": name.capitalize(), "effect": effect} if equals else name


def _answer(client: Client, options: argparse.Namespace, output: Output) -> None:
    handover = client.task(options.task)["handover"]
    if handover is None:
        raise NotFound({"status": 404, "code": "not_found", "detail": f"No handover of {options.task} is open."})
    fields = dict(options.field)
    output.thing(client.answer_handover(handover, options.action, fields=fields, comment=options.comment))
