"""Reading the transitions of a type: where from and to, by whom or by themselves, under which condition."""

from collections.abc import Collection, Iterator, Mapping

from django.utils.translation import gettext as _

from apps.containers import schema as schemas
from apps.containers.models import Container
from apps.containers.schema.annotations import MOST_AUDIENCES, is_audience
from apps.containers.schema.fields import FieldSpec
from apps.containers.schema.walk import Schema
from apps.core.body import Body
from apps.core.errors import Invalid
from apps.core.shapes import Choice, Flag, FreeObject, Items, Object, Text, Title

from .actions import DONE, Setting, read_actions
from .documents import TransitionDocument
from .expressions import CONDITION, read_condition, variables
from .names import LONGEST_NAME, LONGEST_TITLE, MOST_NAMES, NAME, read_names, title_of

MOST_TRANSITIONS = 200
MANUAL, AUTOMATIC = KINDS = ("manual", "automatic")
MANUAL_AUDIENCES = ["contributor", "manager", "application"]
TRANSITION = Object(
    {
        "name": NAME,
        "title": Title(LONGEST_TITLE),
        "from": Items(Text(LONGEST_NAME), MOST_NAMES, least=1),
        "to": Text(LONGEST_NAME),
        "kind": Choice(KINDS),
        "manual": Flag(description="The same as `kind`."),
        "automatic": Flag(description="The same as `kind`."),
        "who": Items(Text(200), MOST_AUDIENCES, description="Audiences that may run it."),
        "when": CONDITION,
        "input": FreeObject(description="JSON Schema of an object that is asked for."),
        "actions": DONE,
    },
    required=["name", "from", "to"],
    name="TypeTransitionBody",
    about="A way from stages to a stage.",
    drops_null=True,
)


def in_full(transition: TransitionDocument) -> TransitionDocument:
    """The transition with the keys that documents of earlier releases left out."""
    unsaid = {"kind": MANUAL, "who": MANUAL_AUDIENCES, "when": None, "input": None, "actions": []}
    return {**unsaid, **transition}  # type: ignore[typeddict-item]


def read_transitions(
    push: Body, stages: Collection[str], fields: Mapping[str, FieldSpec], container: Container
) -> list[TransitionDocument]:
    """The transitions in full form; problems are noted in the body."""
    readable = readable_fields(fields, container)
    result: list[TransitionDocument] = []
    for body in push.objects("transitions"):
        transition = _read_transition(body, stages, readable, container)
        if transition["name"] in [other["name"] for other in result]:
            body.wrong("name", _("This name is taken."))
        result.append(transition)
    return result


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
) -> TransitionDocument:
    name = body.get("name", "")
    sources = read_names(body, "from", stages)
    if body.get("to") not in stages:
        body.wrong("to", _("There is no such stage."))
    kind = _read_kind(body)
    asked = _read_input(body)
    inputs = None if asked is None else list(asked["properties"])
    known = variables(fields=readable, inputs=inputs if kind == MANUAL else None, event=kind == AUTOMATIC)
    transition: TransitionDocument = {
        "name": name,
        "title": body.get("title", title_of(name)),
        "from": sources,
        "to": str(body.get("to")),
        "kind": kind,
        "who": list(_read_audiences(body)) if kind == MANUAL else [],
        "when": read_condition(body, "when", known),
        "input": asked,
        "actions": read_actions(body, Setting(container, known, readable, by_itself=kind == AUTOMATIC)),
    }
    if kind == AUTOMATIC:
        _check_automatic(body, transition)
    return transition


def _read_kind(body: Body) -> str:
    """`kind`, or one of the flags `manual` and `automatic`."""
    manual, automatic = body.get("manual", True), body.get("automatic", False)
    value = AUTOMATIC if automatic or not manual else MANUAL
    if body.has("manual") and manual == automatic:
        body.wrong("automatic", _("A transition is either manual or automatic."))
    kind: str = body.get("kind", value)
    if (body.has("manual") or body.has("automatic")) and kind != value:
        body.wrong("kind", _("A transition is either manual or automatic."))
    return kind


def _check_automatic(body: Body, transition: TransitionDocument) -> None:
    """Refuse what only a person could give, and what would never end."""
    if transition["input"] is not None:
        body.wrong("input", _("Nobody is asked when a transition happens by itself."))
    if body.has("who"):
        body.wrong("who", _("Nobody presses a transition that happens by itself."))
    if transition["to"] in transition["from"]:
        body.wrong("to", _("It would happen again and again: it leads to where it starts."))


def _read_input(body: Body) -> Schema | None:
    """What is asked before it happens: JSON Schema of an object."""
    given = body.get("input")
    if given is None:
        return None
    try:
        accepted = schemas.accept(given, at=body.pointer("input"))
    except Invalid as error:
        body.problems += error.errors
        return None
    return {**accepted, "properties": accepted.get("properties", {})}


def _read_audiences(body: Body) -> Iterator[str]:
    for index, audience in enumerate(body.get("who", MANUAL_AUDIENCES)):
        if is_audience(audience):
            yield str(audience)
        else:
            body.wrong("who", _("Is not an audience."), index=index)
