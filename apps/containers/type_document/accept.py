"""Accepting a task type: the body in, the normalised document out, or every place that is wrong."""

from collections.abc import Collection, Iterator
from typing import TypedDict

from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.containers import access
from apps.containers import schema as schemas
from apps.containers.models import Container, Role
from apps.containers.schema.walk import Schema
from apps.core.body import Body
from apps.core.errors import Invalid, Problem
from apps.core.shapes import Choice, FreeObject, Items, Object, Text, Title, Whole, or_null
from apps.core.strict_json import escape

from .actions import values_in
from .documents import CreateDocument, FailoverDocument, StageDocument, TransitionDocument, TypeDocument
from .expressions import has_expression
from .failover import FAILOVER, PRIVACIES, rank, read_failover
from .literals import Value, proposals
from .names import FIELD_NAMES, LONGEST_TITLE, NAME, read_names
from .secret_literals import refused, secrets_for, shown_by_schema
from .stages import CATEGORIES, CATEGORY_OF, DEFAULT_STAGES, STATUSES
from .transitions import MOST_TRANSITIONS, TRANSITION, read_transitions

NO_FIELDS: Schema = {"type": "object", "properties": {}}
MOST_STAGES = 50
LARGEST_LIMIT = 100_000
STAGE = Object(
    {
        "name": NAME,
        "title": Title(LONGEST_TITLE),
        "category": Choice(CATEGORIES),
        "status": Choice(STATUSES),
        "wip_limit": Whole(1, LARGEST_LIMIT),
        "requires": FIELD_NAMES,
    },
    required=["name"],
    name="StageBody",
    about="A column of the type's board.",
    drops_null=True,
)
CREATE = Object(
    {"by": Choice(Role.values, nullable=True), "fields": or_null(FIELD_NAMES)}, name="CreateFormBody",
    about="Who may create tasks through the form, with which fields; `by` null: only the application.",
)  # fmt: skip
TYPE = Object(
    {
        "title": Title(LONGEST_TITLE),
        "schema": FreeObject(description="JSON Schema 2020-12 of the fields, with `x-taskhub` for access."),
        "create": CREATE,
        "default_privacy": Choice(PRIVACIES),
        "min_privacy": Choice(PRIVACIES),
        "function": Text(200),
        "failover": FAILOVER,
        "stages": Items(STAGE, MOST_STAGES, least=1),
        "transitions": Items(TRANSITION, MOST_TRANSITIONS),
    },
    name="TypeBody",
    about="The shape of a kind of task.",
    drops_null=True,
)


def accept_type(body: object, *, name: str, container: Container, actor: Actor) -> TypeDocument:
    """The document as it is stored, all defaults written out (see `spec.parse` for its reader).

    Raises Invalid naming every problem by its JSON Pointer; unknown keys have the code `unknown_field`.
    """
    push = Body(body, TYPE)
    schema = _read_schema(push)
    declared = list(schema["properties"])
    stages = _read_stages(push, declared)
    names = [stage["name"] for stage in stages]
    _check_stages_of_writers(push, schema, names)
    privacies = _read_privacies(push, container)
    create = _read_create(push, declared, container)
    _check_files_of_form(push, schema, create)
    spec: TypeDocument = {
        "title": push.get("title", name),
        "schema": schema,
        "create": create,
        "default_privacy": privacies["default_privacy"],
        "min_privacy": privacies["min_privacy"],
        "function": _read_function(push, container, actor),
        "failover": _read_failover(push, declared, privacies),
        "stages": stages,
        "transitions": read_transitions(push, names, schemas.field_specs(schema), container),
    }
    if not (container.is_peoples or access.owns(actor, container)):
        _refuse_actions(push, spec["transitions"])
    if not push.problems:
        push.problems += _secret_values(spec, name, container)
        push.problems += _wrong_proposals(spec)
    push.finish()
    return spec


def _secret_values(spec: TypeDocument, type: str, container: Container) -> Iterator[Problem]:
    """Values of secret fields in the document itself."""
    properties = spec["schema"]["properties"]
    own = {name for name, field in schemas.field_specs(spec["schema"]).items() if field.secret}

    def secrets(value: Value) -> Collection[str]:
        others = secrets_for(container, value) if value.elsewhere else set[str]()
        return {*others, *(own if value.is_for(container, container, type) else ())}

    yield from shown_by_schema(properties, sorted(own))
    yield from refused(proposals(spec["failover"]["fields"] if spec["failover"] else ()), secrets, at="/failover")
    for index, way in enumerate(spec["transitions"]):
        yield from refused(values_in(way["actions"]), secrets, at=f"/transitions/{index}")


def _wrong_proposals(spec: TypeDocument) -> Iterator[Problem]:
    """Proposed values that do not fit the schema: of the fail-over, and of questions that transitions ask."""
    schema = spec["schema"]
    places = {"/failover": proposals(spec["failover"]["fields"] if spec["failover"] else ())}
    for index, way in enumerate(spec["transitions"]):
        places[f"/transitions/{index}"] = (value for value in values_in(way["actions"]) if value.is_proposal)
    for at, values in places.items():
        for value in values:
            if not has_expression(value.value):
                yield from schemas.wrong_value(schema, value.field, value.value, at=f"{at}{value.pointer}")


# --- Fields ----------------------------------------------------------------------------------------


def _read_schema(push: Body) -> Schema:
    given = push.get("schema", NO_FIELDS)
    try:
        accepted = schemas.accept(given, at="/schema")
        return {**accepted, "properties": accepted.get("properties", {})}
    except Invalid as error:
        push.problems += error.errors
        names = given.get("properties")
        return {**NO_FIELDS, "properties": {name: {} for name in names} if isinstance(names, dict) else {}}


def _check_stages_of_writers(push: Body, schema: Schema, stages: Collection[str]) -> None:
    """A field that names the stages in which it is written must name stages that exist."""
    for name, field in schemas.field_specs(schema).items():
        for stage in field.write if isinstance(field.write, dict) else ():
            if stage not in stages:
                at = f"/schema/properties/{escape(name)}/x-taskhub/write/{escape(stage)}"
                push.problems.append(Problem(at, "invalid", _("There is no such stage.")))


def _read_create(push: Body, declared: list[str], container: Container) -> CreateDocument:
    """Who may create tasks through the form, and with which fields; null: only the application."""
    usual = Role.CONTRIBUTOR.value if container.is_peoples else None
    body = push.inner("create")
    if body is None:
        return {"by": usual, "fields": declared if usual else []}
    by = body.value.get("by", usual)
    fields = declared if by else []
    if body.has("fields"):
        fields = read_names(body, "fields", declared)
    return {"by": by, "fields": fields}


def _check_files_of_form(push: Body, schema: Schema, create: CreateDocument) -> None:
    """Files are attached to tasks that are there: a form of new ones that needs a file could never be sent."""
    fields = schemas.field_specs(schema)
    for index, name in enumerate(schema.get("required", ())):
        if create["by"] and name in create["fields"] and name in fields and fields[name].kind == "file":
            detail = _("A new task has no files yet: let a stage require “%(name)s”, or leave it out of create.fields.")
            push.problems.append(Problem(f"/schema/required/{index}", "invalid", detail % {"name": name}))


# --- Privacy, function, fail-over -------------------------------------------------------------------


class Privacies(TypedDict):
    """How private tasks of the type are, usually and at least."""

    default_privacy: str
    min_privacy: str


def _read_privacies(push: Body, container: Container) -> Privacies:
    least = push.get("min_privacy", "inherit")
    usual = push.get("default_privacy", least)
    if rank(usual) < rank(least):
        push.wrong("default_privacy", _("Must not be wider than min_privacy."))
    for key, privacy in (("min_privacy", least), ("default_privacy", usual)):
        if privacy == "application" and container.is_peoples and push.has(key):
            push.wrong(key, _("There is no application here that could see such tasks."))
    return {"default_privacy": usual, "min_privacy": least}


def _read_function(push: Body, container: Container, actor: Actor) -> str | None:
    """A name only: the function itself may be registered later."""
    name: str | None = push.get("function")
    if name is not None and not access.owns(actor, container):
        push.wrong("function", _("Only the application that owns the container can run tasks by a function."))
    return name


def _refuse_actions(push: Body, transitions: list[TransitionDocument]) -> None:
    """Actions are done as the application: nobody else decides what it does."""
    for index, transition in enumerate(transitions):
        if transition["actions"]:
            detail = _("Only the application that owns the container can say what is done in its name.")
            push.problems.append(Problem(f"/transitions/{index}/actions", "invalid", detail))


def _read_failover(push: Body, declared: list[str], privacies: Privacies) -> FailoverDocument | None:
    body = push.inner("failover")
    if body is None:
        return None
    privacy, least = privacies["default_privacy"], privacies["min_privacy"]
    return read_failover(body, declared=declared, privacy=privacy, min_privacy=least)


# --- Stages ---------------------------------------------------------------------------------------


def _read_stages(push: Body, declared: list[str]) -> list[StageDocument]:
    if not push.has("stages"):
        return DEFAULT_STAGES
    stages: list[StageDocument] = []
    for body in push.objects("stages"):
        stage = _read_stage(body, declared)
        if stage["name"] in [other["name"] for other in stages]:
            body.wrong("name", _("This name is taken."))
        stages.append(stage)
    return stages


def _read_stage(body: Body, declared: list[str]) -> StageDocument:
    name, status = body.get("name", ""), body.get("status")
    category = body.get("category", CATEGORY_OF.get(str(status), "todo"))
    stage: StageDocument = {
        "name": name,
        "title": body.get("title", name.replace("-", " ").capitalize()),
        "category": category,
        "status": status,
        "wip_limit": body.get("wip_limit"),
    }
    if requires := read_names(body, "requires", declared):
        stage["requires"] = requires  # stored only if it is given: documents of earlier releases stay equal
    return stage
