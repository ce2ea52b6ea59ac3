"""Transitions of a type, accepted at push: where from and to, by whom or by themselves, under which condition."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.core.body import Body
from apps.core.errors import Invalid, Problem

from . import schema as schemas
from .acts import Setting, read_actions
from .expressions import read_condition, variables
from .models import Container
from .names import read_name, read_names, title_of
from .schema.annotations import is_audience
from .schema.fields import FieldSpec

MOST_TRANSITIONS = 200
MOST_AUDIENCES = 50
MANUAL, AUTOMATIC = KINDS = ("manual", "automatic")
MANUAL_AUDIENCES = ["contributor", "manager", "application"]
UNSAID: dict[str, Any] = {"kind": MANUAL, "who": MANUAL_AUDIENCES, "when": None, "input": None, "actions": []}
"""What a transition is that says nothing more."""


def read_transitions(
    push: Body, stages: Collection[str], fields: Mapping[str, FieldSpec], container: Container
) -> list[dict[str, Any]]:
    """The transitions in full form; problems are noted in the body."""
    readable = readable_fields(fields, container)
    found: list[dict[str, Any]] = []
    for body in push.objects("transitions", most=MOST_TRANSITIONS):
        transition = _read_transition(body, stages, readable, container)
        if transition["name"] in [other["name"] for other in found]:
            body.wrong("name", _("This name is taken."))
        found.append(transition)
    return found


def readable_fields(fields: Mapping[str, FieldSpec], container: Container) -> list[str]:
    """The fields that expressions of a type know: those that its owner reads."""
    eyes = audiences_of_owner(container)
    return [name for name, field in fields.items() if field.read is None or eyes & set(field.read)]


def audiences_of_owner(container: Container) -> frozenset[str]:
    """With whose eyes a type's own expressions read: its application's, or the managers' where people own it."""
    if container.application is None:
        return frozenset(("everyone", "application", "contributor", "manager"))
    return frozenset(("everyone", "application", container.application.reference))


def _read_transition(
    body: Body, stages: Collection[str], readable: Collection[str], container: Container
) -> dict[str, Any]:
    name = read_name(body)
    sources = read_names(body, "from", stages)
    if not sources and not any(problem.pointer.startswith(body.pointer("from")) for problem in body.problems):
        body.wrong("from", _("Name the stages that it leads from."))
    if body.take("to") not in stages:
        body.wrong("to", _("There is no such stage."))
    kind = _read_kind(body)
    asked = _read_input(body)
    inputs = None if asked is None else list(asked["properties"])
    known = variables(fields=readable, inputs=inputs if kind == MANUAL else None, event=kind == AUTOMATIC)
    transition = {
        "name": name,
        "title": body.text("title", default=title_of(name)),
        "from": sources,
        "to": body.take("to"),
        "kind": kind,
        "who": list(_read_audiences(body)) if kind == MANUAL else [],
        "when": read_condition(body, "when", known),
        "input": asked,
        "actions": read_actions(body, Setting(container, known, readable, by_itself=kind == AUTOMATIC)),
    }
    if kind == AUTOMATIC:
        _check_automatic(body, transition)
    body.refuse_unknown()
    return transition


def _read_kind(body: Body) -> str:
    """`kind`, or one of the flags `manual` and `automatic`."""
    manual, automatic = body.flag("manual", default=True), body.flag("automatic")
    said = AUTOMATIC if automatic or not manual else MANUAL
    if body.has("manual") and manual == automatic:
        body.wrong("automatic", _("A transition is either manual or automatic."))
    kind: str = body.choice("kind", KINDS, default=said)
    if body.has("kind") and kind in KINDS and (body.has("manual") or body.has("automatic")) and kind != said:
        body.wrong("kind", _("A transition is either manual or automatic."))
    return kind


def _check_automatic(body: Body, transition: Mapping[str, Any]) -> None:
    """What only a person could say, or what would never end."""
    if transition["input"] is not None:
        body.wrong("input", _("Nobody is asked when a transition happens by itself."))
    if body.has("who"):
        body.wrong("who", _("Nobody presses a transition that happens by itself."))
    body.take("who")
    if transition["to"] in transition["from"]:
        body.wrong("to", _("It would happen again and again: it leads to where it starts."))


def _read_input(body: Body) -> dict[str, Any] | None:
    """What is asked before it happens: JSON Schema of an object."""
    given = body.take("input")
    if given is None:
        return None
    try:
        accepted = schemas.accept(given, at=body.pointer("input"))
    except Invalid as error:
        body.problems += error.errors
        return None
    return {**accepted, "properties": accepted.get("properties", {})}


def _read_audiences(body: Body) -> Iterator[str]:
    given = body.items("who", most=MOST_AUDIENCES) if body.has("who") else MANUAL_AUDIENCES
    body.take("who")
    for index, audience in enumerate(given):
        if is_audience(audience):
            yield audience
        else:
            body.problems.append(Problem(f"{body.pointer('who')}/{index}", "invalid", _("Is not an audience.")))
