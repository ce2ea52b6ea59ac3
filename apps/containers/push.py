"""Accepting a task type at push: the body in, the normalised document out, or every place that is wrong."""

from collections.abc import Collection, Iterator
from typing import Any

from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.core.body import Body
from apps.core.errors import Invalid, Problem
from apps.core.strict_json import escape

from . import schema as schemas
from .acts import values_in
from .failover import PRIVACIES, rank, read_failover
from .models import Container, Role
from .names import read_name, read_names
from .said_values import Value, proposals
from .secret_values import refused, secrets_for, shown_by_schema
from .stages import CATEGORIES, CATEGORY_OF, DEFAULT_STAGES, STATUSES
from .transitions import read_transitions

NO_FIELDS: dict[str, Any] = {"type": "object", "properties": {}}
MOST_STAGES = 50
LARGEST_LIMIT = 100_000


def accept_type(body: object, *, name: str, container: Container, actor: Actor) -> dict[str, Any]:
    """The document as it is kept, all defaults written out (see `spec.parse` for its reader).

    Raises Invalid naming every problem by its JSON Pointer; unknown keys have the code `unknown_field`.
    """
    push = Body(body)
    schema = _read_schema(push)
    declared = list(schema["properties"])
    stages = _read_stages(push, declared)
    names = [stage["name"] for stage in stages]
    _check_stages_of_writers(push, schema, names)
    privacies = _read_privacies(push, container)
    create = _read_create(push, declared, container)
    _check_files_of_form(push, schema, create)
    spec = {
        "title": push.text("title", default=name),
        "schema": schema,
        "create": create,
        **privacies,
        "function": _read_function(push, container, actor),
        "failover": _read_failover(push, declared, privacies),
        "stages": stages,
        "transitions": read_transitions(push, names, schemas.field_specs(schema), container),
    }
    if not (container.is_peoples or _owns(actor, container)):
        _refuse_actions(push, spec["transitions"])
    if not push.problems:
        push.problems += _told_secrets(spec, name, container)
    push.finish()
    return spec


def _told_secrets(spec: dict[str, Any], type: str, container: Container) -> Iterator[Problem]:
    """Values of secret fields that the document itself says."""
    properties = spec["schema"]["properties"]
    own = {name for name, field in schemas.field_specs(spec["schema"]).items() if field.secret}

    def secrets(value: Value) -> Collection[str]:
        others = secrets_for(container, value) if value.elsewhere else set[str]()
        return {*others, *(own if value.is_for(container, container, type) else ())}

    yield from shown_by_schema(properties, sorted(own))
    yield from refused(proposals((spec["failover"] or {}).get("fields", ())), secrets, at="/failover")
    for index, way in enumerate(spec["transitions"]):
        yield from refused(values_in(way["actions"]), secrets, at=f"/transitions/{index}")


# --- Fields ----------------------------------------------------------------------------------------


def _read_schema(push: Body) -> dict[str, Any]:
    given = push.take("schema", NO_FIELDS)
    try:
        accepted = schemas.accept(given, at="/schema")
        return {**accepted, "properties": accepted.get("properties", {})}
    except Invalid as error:
        push.problems += error.errors
        names = given.get("properties") if isinstance(given, dict) else None
        return {**NO_FIELDS, "properties": {name: {} for name in names} if isinstance(names, dict) else {}}


def _check_stages_of_writers(push: Body, schema: dict[str, Any], stages: Collection[str]) -> None:
    """A field that names the stages in which it is written must name stages that exist."""
    for name, field in schemas.field_specs(schema).items():
        for stage in field.write if isinstance(field.write, dict) else ():
            if stage not in stages:
                at = f"/schema/properties/{escape(name)}/x-taskhub/write/{escape(stage)}"
                push.problems.append(Problem(at, "invalid", _("There is no such stage.")))


def _read_create(push: Body, declared: list[str], container: Container) -> dict[str, Any]:
    """Who may create tasks through the form, and with which fields; null: only the application."""
    usual = Role.CONTRIBUTOR.value if container.is_peoples else None
    body = push.inner("create")
    if body is None:
        return {"by": usual, "fields": declared if usual else []}
    by = body.choice("by", Role.values, default=None if "by" in body.value else usual)
    fields = declared if by else []
    if body.has("fields"):
        fields = read_names(body, "fields", declared)
    body.take("fields")
    body.refuse_unknown()
    return {"by": by, "fields": fields}


def _check_files_of_form(push: Body, schema: dict[str, Any], create: dict[str, Any]) -> None:
    """Files are attached to tasks that are there: a form of new ones that needs a file could never be sent."""
    fields = schemas.field_specs(schema)
    for index, name in enumerate(schema.get("required", ())):
        if create["by"] and name in create["fields"] and name in fields and fields[name].kind == "file":
            detail = _("A new task has no files yet: let a stage require “%(name)s”, or leave it out of create.fields.")
            push.problems.append(Problem(f"/schema/required/{index}", "invalid", detail % {"name": name}))


# --- Privacy, function, fail-over -------------------------------------------------------------------


def _read_privacies(push: Body, container: Container) -> dict[str, str]:
    least = push.choice("min_privacy", PRIVACIES, default="inherit")
    usual = push.choice("default_privacy", PRIVACIES, default=least)
    if rank(usual) < rank(least):
        push.wrong("default_privacy", _("Must not be wider than min_privacy."))
    for key, privacy in (("min_privacy", least), ("default_privacy", usual)):
        if privacy == "application" and container.is_peoples and push.has(key):
            push.wrong(key, _("There is no application here that could see such tasks."))
    return {"default_privacy": usual, "min_privacy": least}


def _read_function(push: Body, container: Container, actor: Actor) -> str | None:
    """A name only: the function itself may be pushed later."""
    name: str | None = push.text("function")
    if name is not None and not _owns(actor, container):
        push.wrong("function", _("Only the application that owns the container can run tasks by a function."))
    return name


def _refuse_actions(push: Body, transitions: list[dict[str, Any]]) -> None:
    """Actions are done as the application: nobody else says what it does."""
    for index, transition in enumerate(transitions):
        if transition["actions"]:
            detail = _("Only the application that owns the container can say what is done in its name.")
            push.problems.append(Problem(f"/transitions/{index}/actions", "invalid", detail))


def _owns(actor: Actor, container: Container) -> bool:
    return actor.is_system or (actor.is_application and actor.id == container.application_id)


def _read_failover(push: Body, declared: list[str], privacies: dict[str, str]) -> dict[str, Any] | None:
    body = push.inner("failover")
    if body is None:
        return None
    privacy, least = privacies["default_privacy"], privacies["min_privacy"]
    return read_failover(body, declared=declared, privacy=privacy, min_privacy=least)


# --- Stages ---------------------------------------------------------------------------------------


def _read_stages(push: Body, declared: list[str]) -> list[dict[str, Any]]:
    if not push.has("stages"):
        push.take("stages")
        return DEFAULT_STAGES
    stages: list[dict[str, Any]] = []
    for body in push.objects("stages", most=MOST_STAGES):
        stage = _read_stage(body, declared)
        if stage["name"] in [other["name"] for other in stages]:
            body.wrong("name", _("This name is taken."))
        stages.append(stage)
    if push.value["stages"] == []:
        push.wrong("stages", _("A type needs at least one stage."))
    return stages


def _read_stage(body: Body, declared: list[str]) -> dict[str, Any]:
    name = read_name(body)
    status = body.choice("status", STATUSES)
    category = body.choice("category", CATEGORIES, default=CATEGORY_OF.get(str(status), "todo"))
    stage = {
        "name": name,
        "title": body.text("title", default=name.replace("-", " ").capitalize()),
        "category": category,
        "status": status,
        "wip_limit": body.whole("wip_limit", least=1, most=LARGEST_LIMIT),
    }
    if requires := read_names(body, "requires", declared):
        stage["requires"] = requires  # kept only where it is said: what was pushed before stays equal
    body.refuse_unknown()
    return stage
