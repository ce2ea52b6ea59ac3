"""The objects of the API as JSON Schemas: what answers look like (and the bodies that other modules judge)."""

from typing import Any

from django.conf import settings

from apps.containers.failover import PRIVACIES
from apps.containers.models import Everyone, Role
from apps.containers.stages import CATEGORIES, STATUSES
from apps.notifications.models import Notification
from apps.tasks.lifecycle import Status
from apps.tasks.models import Handover, Note, ScheduledUpdate

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
ID: Schema = {"type": "string", "format": "uuid"}
TIME: Schema = {"type": "string", "format": "date-time"}
FREE: Schema = {"type": "object", "additionalProperties": True}
ANY: Schema = {}


def optional(schema: Schema) -> Schema:
    """The same, or null."""
    return {**schema, "type": [schema["type"], "null"]}


def one_of(*names: str) -> Schema:
    """One of some words."""
    return {"type": "string", "enum": list(names)}


def listed(schema: Schema) -> Schema:
    """An array."""
    return {"type": "array", "items": schema}


def ref(name: str) -> Schema:
    """Another component."""
    return {"$ref": f"#/components/schemas/{name}"}


def maybe(name: str) -> Schema:
    """Another component, or null."""
    return {"oneOf": [ref(name), {"type": "null"}]}


def answer(extra: tuple[str, ...] = (), /, **properties: Schema) -> Schema:
    """An object of which every key is always there, but for those in `extra`."""
    required = [name for name in properties if name not in extra]
    return {"type": "object", "required": required, "properties": properties}


def body(*required: str, **properties: Schema) -> Schema:
    """An object that is taken: unknown keys are refused."""
    closed: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**closed, "required": list(required)} if required else closed


WHO = {
    "type": "array", "items": {"type": "string"},
    "description": "Who may write it now: references, or reporter, assignee, contributor, manager, everyone.",
}  # fmt: skip
LEVELS = one_of("read", "locked", "write")
GAIN = answer(who=TEXT, title=TEXT, what=listed(one_of("task", "fields", "work_notes")), fields=listed(TEXT))
PRIVACY = one_of(*PRIVACIES)
PROBLEM = answer(pointer=TEXT, code=TEXT, detail=TEXT)
CONTAINER_WORDS = {
    "title": {"type": "string", "maxLength": 200},
    "description": {"type": "string", "maxLength": 10_000},
    "everyone": one_of(*Everyone.values),
    "managers_see_restricted": FLAG,
}
STAGE = {
    "name": TEXT, "title": TEXT, "category": one_of(*CATEGORIES), "status": {"enum": [*STATUSES, None]},
    "wip_limit": optional(WHOLE), "requires": listed(TEXT),
}  # fmt: skip
ACTION: Schema = {
    "type": "object", "required": ["do"], "additionalProperties": True, "properties": {"do": one_of(*settings.ACTIONS)},
    "description": "A value may be computed: `{\"cel\": \"…\"}`.",
}  # fmt: skip
CONDITION: Schema = {"type": ["string", "null"], "maxLength": 2000, "description": "CEL, checked when it is pushed."}
TRANSITION = {
    "name": TEXT, "title": TEXT, "from": listed(TEXT), "to": TEXT, "kind": one_of("manual", "automatic"),
    "who": listed(TEXT), "when": CONDITION,
    "input": {"type": ["object", "null"], "additionalProperties": True, "description": "JSON Schema of an object."},
    "actions": listed(ACTION),
}  # fmt: skip
FAILOVER = {
    "to": TEXT, "after": optional(WHOLE), "title": optional(TEXT), "message": TEXT, "fields": {"type": "array"},
    "actions": optional({"type": "array"}), "privacy": {"enum": [*PRIVACIES, None]},
}  # fmt: skip
TYPE_WORDS: Schema = {
    "title": TEXT,
    "schema": {**FREE, "description": "JSON Schema 2020-12 of the fields, with `x-taskhub` for access."},
    "create": answer(by={"enum": [*Role.values, None]}, fields=listed(TEXT)),
    "default_privacy": PRIVACY,
    "min_privacy": PRIVACY,
    "function": optional(TEXT),
    "failover": {"oneOf": [answer(**FAILOVER), {"type": "null"}]},
    "stages": listed(answer(("requires",), **STAGE)),
    "transitions": listed(answer(**TRANSITION)),
}
TYPE_BODY = body(
    **{
        **TYPE_WORDS,
        "create": body(by={"enum": [*Role.values, None]}, fields=listed(TEXT)),
        "failover": {"oneOf": [body("to", **FAILOVER), {"type": "null"}]},
        "stages": listed(body("name", **STAGE)),
        "transitions": listed(body("name", "from", "to", **TRANSITION, manual=FLAG, automatic=FLAG)),
    }
)

TASK = answer(
    ("data",),
    id=ID, key=optional(TEXT), container=TEXT, type=TEXT, type_version=WHOLE,
    version={**TEXT, "description": "What If-Match names; equal to the ETag without its quotes."},
    title=TEXT, description=TEXT, status=one_of(*Status.values), status_changed_at=TIME, stage=TEXT,
    fields={**FREE, "description": "Those that you may see."},
    access={"type": "object", "additionalProperties": LEVELS},
    function=optional(TEXT), priority=WHOLE, start_at=TIME, due_at=optional(TIME), tags=listed(TEXT),
    correlation_id=optional(TEXT), external_id=optional(TEXT), progress=ANY, privacy=PRIVACY,
    private_to=optional(TEXT), app_readable=FLAG, reporter=optional(TEXT), assignee=optional(TEXT),
    created_by_application=optional(TEXT), created_by_user=optional(TEXT), custody=ref("Custody"),
    handover=optional(ID), error=ANY, result=ANY, retry_for_task_ids=listed(ID), retried_by_task_id=optional(ID),
    run=optional(ID), step=optional(TEXT), cancel_requested=FLAG, created_at=TIME, updated_at=TIME,
    data={**ANY, "description": "For the owning application alone."},
)  # fmt: skip

HANDOVER = answer(
    version=TEXT,
    id=ID, task=ID, key=optional(TEXT), state=one_of(*Handover.State.values), reason=TEXT, title=TEXT, message=TEXT,
    to=TEXT, claimed_by=optional(TEXT), asked_by=TEXT,
    fields=listed(answer(name=TEXT, required=FLAG, proposed=ANY, label=optional(TEXT))),
    actions=listed(
        answer(name=TEXT, label=TEXT, effect=one_of("complete", "return", "fail", "cancel", "skip"), needs_comment=FLAG)
    ),
    due_at=optional(TIME), on_timeout=optional(FREE), reminders={"type": "array"}, exclude=listed(TEXT),
    delegated_by=optional(TEXT), draft=optional(FREE),
    answer=optional(FREE), created_at=TIME, ended_at=optional(TIME),
)  # fmt: skip

SCHEMAS: dict[str, Schema] = {
    "Problem": answer(type=TEXT, title=TEXT, status=WHOLE, detail=TEXT, code=TEXT, errors=listed(PROBLEM)),
    "Me": answer(
        actor=TEXT, kind=one_of("user", "application"), name=TEXT, id=ID, teams=listed(TEXT), administrator=FLAG
    ),
    "Container": answer(
        ("changed",), slug=TEXT, **CONTAINER_WORDS, application=optional(TEXT), role=one_of(*Role.values),
        created_at=TIME, updated_at=TIME, changed=FLAG,
    ),
    "ContainerBody": body(**CONTAINER_WORDS),
    "Member": answer(("changed",), member=TEXT, title=TEXT, role=one_of(*Role.values), created_at=TIME, changed=FLAG),
    "Type": answer(
        ("changed", "breaking", "differences"), container=TEXT, name=TEXT, **TYPE_WORDS, application=optional(TEXT),
        version=WHOLE, retired_at=optional(TIME), created_at=TIME, updated_at=TIME, changed=FLAG, breaking=FLAG,
        differences=listed(answer(pointer=TEXT, breaking=FLAG, detail=TEXT)),
    ),
    "TypeBody": TYPE_BODY,
    "TypeVersion": answer(version=WHOLE, pushed_by=TEXT, created_at=TIME),
    "Task": TASK,
    "Exposure": answer(
        widens=FLAG, gains=listed(GAIN), loses=listed(answer(who=TEXT, title=TEXT))
    ),
    "FoundTask": {"allOf": [ref("Task"), answer(passage=maybe("Passage"))]},
    "Passage": answer(part=one_of("description", "field", "note", "file"), label=TEXT, text=TEXT),
    "Custody": answer(
        holder=one_of("lease", "handover", "application", "people"), who=optional(TEXT), until=optional(TIME)
    ),
    "CustodyAndFields": answer(
        task=ID, holder=TEXT, who=optional(TEXT), until=optional(TIME),
        fields={"type": "object", "additionalProperties": answer(access=LEVELS, reason=optional(TEXT), who=WHO)},
    ),
    "BulkResults": answer(
        results=listed(
            answer(
                ("detail", "errors"), ok=FLAG, status=WHOLE, task=optional(ID), key=optional(TEXT), code=optional(TEXT),
                detail=TEXT, errors=listed(PROBLEM),
            )
        )
    ),
    "BulkAnswers": answer(
        results=listed(
            answer(
                ("detail", "errors"), ok=FLAG, status=WHOLE, handover=optional(TEXT), code=optional(TEXT), detail=TEXT,
                errors=listed(PROBLEM),
            )
        )
    ),
    "Handover": HANDOVER,
    "Note": answer(id=ID, task=ID, kind=one_of(*Note.Kind.values), text=TEXT, author=TEXT, created_at=TIME),
    "Attachment": answer(
        id=ID, task=ID, kind=one_of(*Note.Kind.values), field=optional(TEXT), name=TEXT, content_type=TEXT,
        size=WHOLE, sha256=TEXT, author=TEXT, created_at=TIME,
    ),
    "Event": answer(
        specversion=TEXT, id=ID, source=TEXT, type=TEXT, time=TIME, subject=optional(ID), sequence=WHOLE,
        correlationid=optional(TEXT), causationid=optional(ID), actor=TEXT, data=FREE,
    ),
    "Link": answer(
        id=ID, kind=one_of("blocks", "relates", "parent"), task=ID, target=ID, task_title=TEXT, target_title=TEXT
    ),
    "Watch": answer(task=ID, watcher=TEXT),
    "Grant": answer(("changed",), to=TEXT, expires_at=optional(TIME), created_at=TIME, changed=FLAG),
    "Receipt": answer(
        handover=ID, by=TEXT, at=TIME, title=TEXT, message=TEXT, asked_by=TEXT, reason=TEXT, actions=listed(FREE),
        due_at=optional(TIME), type=TEXT, type_version=WHOLE, task=answer(title=TEXT, description=TEXT, stage=TEXT),
        fields=listed(answer(name=TEXT, label=TEXT, asked=FLAG, required=FLAG, proposed=ANY, value=ANY)),
    ),
    "ScheduledUpdate": answer(
        id=ID, task=ID, at=TIME, set=FREE, transition=optional(TEXT), input=FREE, created_by=TEXT,
        state=one_of(*ScheduledUpdate.State.values), error=ANY, created_at=TIME, ended_at=optional(TIME),
    ),
    "Notification": answer(
        id=ID, task=ID, key=optional(TEXT), title=TEXT, reason=one_of(*Notification.Reason.values), actor=TEXT,
        handover=optional(ID), created_at=TIME, read_at=optional(TIME),
    ),
    "ReadAnswer": answer(read=WHOLE),
}  # fmt: skip

REFUSALS: dict[str, Schema] = {
    "Problem": {
        "description": "A refusal: RFC 9457, with a `code`, and `errors` that point into the body.",
        "content": {"application/problem+json": {"schema": ref("Problem")}},
    }
}
SECURITY: dict[str, Schema] = {
    "key": {"type": "http", "scheme": "bearer", "description": "An application's key: `th_…`."},
    "session": {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "A signed-in person, with CSRF."},
}
