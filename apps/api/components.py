"""The objects of the API as JSON Schemas: what answers look like. Each has a name of its own in the document."""

from django.conf import settings

from apps.containers.models import Everyone, Role
from apps.containers.type_document.failover import PASSABLE, PRIVACIES
from apps.containers.type_document.requests import EFFECTS
from apps.containers.type_document.stages import CATEGORIES, STATUSES
from apps.core.codes import DETAIL_CODES, Code
from apps.notifications.models import Notification
from apps.tasks.lifecycle import Status
from apps.tasks.models import Handover, Note, ScheduledUpdate

from .schemas import (
    ANY,
    FLAG,
    FREE,
    ID,
    NUMBER,
    TEXT,
    TIME,
    WHOLE,
    Schema,
    answer,
    component,
    listed,
    maybe,
    one_of,
    optional,
    optional_choice,
    ref,
)  # fmt: skip

# --- Refusals ----------------------------------------------------------------------------------------

ERROR_CODE = component(
    "ErrorCode", {**one_of(*Code), "description": "What it means and what to do is listed at `/api/v1/errors`."}
)
DETAIL = component(
    "ErrorDetail",
    answer(
        pointer={**TEXT, "description": "A JSON Pointer into the body; the empty one is all of it."},
        code={**TEXT, "description": f"An error code, a keyword of JSON Schema, or one of: {', '.join(DETAIL_CODES)}."},
        detail=TEXT,
    ),
)
GAIN = component(
    "Gain",
    answer(
        ("tasks",),
        who=TEXT, title=TEXT, what=listed(one_of("task", "fields", "work_notes")), fields=listed(TEXT),
        tasks={**WHOLE, "description": "How many tasks a change of a container opens."},
    ),
)  # fmt: skip
EXCLUDED = component("Excluded", answer(why=TEXT, count=WHOLE, sample=listed(ID)))
LOSS = component("Loss", answer(who=TEXT, title=TEXT))
PROBLEM = component(
    "Problem",
    answer(
        ("gains", "loses", "matched", "excluded", "plan"),
        type={"type": "string", "format": "uri-reference", "description": "Where the code is explained."},
        title=TEXT, status=WHOLE, detail=TEXT, code=ERROR_CODE, errors=listed(DETAIL),
        gains={**listed(GAIN), "description": "With `confirm_widen`: who would see it, or more of it."},
        loses={**listed(LOSS), "description": "With `confirm_widen`: who would see it no longer."},
        matched={**WHOLE, "description": "With `plan_changed`: how many tasks the operation would do now."},
        excluded={**listed(EXCLUDED), "description": "With `plan_changed`: which tasks it would leave out, and why."},
        plan={**TEXT, "description": "With `plan_changed`: the new plan."},
    ),
)  # fmt: skip
TASK_ERROR = component(
    "TaskError",
    answer(
        ("type", "message", "recoverable", "details", "retry_after_seconds"),
        name=TEXT, type=optional(TEXT), message=TEXT, recoverable=FLAG, details=ANY,
        retry_after_seconds=optional(NUMBER),
    ),
)  # fmt: skip

# --- Containers and types ----------------------------------------------------------------------------

LEVELS = one_of("read", "locked", "write")
PRIVACY = one_of(*PRIVACIES)
CONTAINER_WORDS = {
    "title": {"type": "string", "maxLength": 200},
    "description": {"type": "string", "maxLength": 10_000},
    "everyone": one_of(*Everyone.values),
    "managers_see_restricted": FLAG,
}
CONTAINER = component(
    "Container",
    answer(
        ("changed",), slug=TEXT, **CONTAINER_WORDS, application=optional(TEXT), role=one_of(*Role.values),
        created_at=TIME, updated_at=TIME, changed=FLAG,
    ),
)  # fmt: skip
APPLICATION = component(
    "Application",
    answer(("changed",), name=TEXT, title=TEXT, active=FLAG, owners=listed(TEXT), created_at=TIME, changed=FLAG),
)
MEMBER = component(
    "Member",
    answer(("changed",), member=TEXT, title=TEXT, role=one_of(*Role.values), created_at=TIME, changed=FLAG),
)
STAGE = component(
    "Stage",
    answer(
        ("requires",), name=TEXT, title=TEXT, category=one_of(*CATEGORIES), status=optional_choice(*STATUSES),
        wip_limit=optional(WHOLE), requires=listed(TEXT),
    ),
)  # fmt: skip
ACTION = component(
    "Action",
    {
        "type": "object", "required": ["do"], "additionalProperties": True,
        "properties": {"do": one_of(*settings.ACTIONS)},
        "description": "What is done, with its keys as published. A value may be computed: `{\"cel\": \"…\"}`.",
    },
)  # fmt: skip
CONDITION: Schema = {"type": ["string", "null"], "maxLength": 2000, "description": "CEL, checked when it is published."}
TRANSITION = component(
    "Transition",
    answer(
        **{
            "name": TEXT, "title": TEXT, "from": listed(TEXT), "to": TEXT, "kind": one_of("manual", "automatic"),
            "who": listed(TEXT), "when": CONDITION,
            "input": {"type": ["object", "null"], "additionalProperties": True, "description": "A JSON Schema."},
            "actions": listed(ACTION),
        }
    ),
)  # fmt: skip
ASKED = component("HandoverField", answer(name=TEXT, required=FLAG, proposed=ANY, label=optional(TEXT)))
OFFERED = component(
    "HandoverAction", answer(name=TEXT, label=TEXT, effect=optional_choice(*EFFECTS), needs_comment=FLAG)
)
FAILOVER = component(
    "Failover",
    answer(
        to=TEXT, after=optional(WHOLE), title=optional(TEXT), message=TEXT, fields=listed(ASKED),
        actions=optional(listed(OFFERED)), privacy=optional_choice(*PASSABLE),
    ),
)  # fmt: skip
CREATE_FORM = component("CreateForm", answer(by=optional_choice(*Role.values), fields=listed(TEXT)))
DIFFERENCE = component("TypeDifference", answer(pointer=TEXT, breaking=FLAG, detail=TEXT))
TYPE = component(
    "Type",
    answer(
        ("changed", "breaking", "differences"), container=TEXT, name=TEXT, title=TEXT,
        schema={**FREE, "description": "JSON Schema 2020-12 of the fields, with `x-taskhub` for access."},
        create=CREATE_FORM, default_privacy=PRIVACY, min_privacy=PRIVACY, function=optional(TEXT),
        failover=maybe(FAILOVER), stages=listed(STAGE), transitions=listed(TRANSITION),
        form_support=one_of("full", "partial"),
        advanced={**listed(TEXT), "description": "Pointers to what a form has no control of its own for."},
        application=optional(TEXT), version=WHOLE, retired_at=optional(TIME), created_at=TIME, updated_at=TIME,
        changed=FLAG, breaking=FLAG, differences=listed(DIFFERENCE),
    ),
)  # fmt: skip
TYPE_VERSION = component("TypeVersion", answer(version=WHOLE, pushed_by=TEXT, created_at=TIME))

# --- Tasks -------------------------------------------------------------------------------------------

CUSTODY = component(
    "Custody",
    answer(holder=one_of("lease", "handover", "application", "people"), who=optional(TEXT), until=optional(TIME)),
)
PROGRESS = component("Progress", answer(percent=optional(NUMBER), message=optional(TEXT)))
WAITING_FOR = component(
    "WaitingFor",
    answer(kind=one_of("paused"), who=TEXT, reason=TEXT, since=TIME, until=optional(TIME)),
)
TASK_KEYS = {
    "id": ID, "key": optional(TEXT), "container": TEXT, "type": TEXT, "type_version": WHOLE,
    "version": {**TEXT, "description": "What If-Match names; equal to the ETag without its quotes."},
    "title": TEXT, "description": TEXT, "status": one_of(*Status.values), "status_changed_at": TIME, "stage": TEXT,
    "fields": {**FREE, "description": "Those that you may see."},
    "access": {"type": "object", "additionalProperties": LEVELS},
    "function": optional(TEXT), "priority": WHOLE, "start_at": TIME, "due_at": optional(TIME), "tags": listed(TEXT),
    "correlation_id": optional(TEXT), "external_id": optional(TEXT), "progress": maybe(PROGRESS), "privacy": PRIVACY,
    "private_to": optional(TEXT), "app_readable": FLAG, "reporter": optional(TEXT), "assignee": optional(TEXT),
    "created_by_application": optional(TEXT), "created_by_user": optional(TEXT), "custody": CUSTODY,
    "handover": optional(ID), "error": maybe(TASK_ERROR), "result": ANY,
    "origin_id": {**ID, "description": "The id of the first attempt, the same in all: key your effects on it."},
    "newest_id": {**ID, "description": "The id of the newest attempt, which stands in the place of the others."},
    "retry_for_task_ids": listed(ID),
    "retried_by_task_id": optional(ID), "run": optional(ID), "step": optional(TEXT), "cancel_requested": FLAG,
    "skipped": {**FLAG, "description": "Somebody skipped it: it is `failed`, and no failure."},
    "waiting_for": {**maybe(WAITING_FOR), "description": "What it waits for, besides its turn and its time."},
    "created_at": TIME, "updated_at": TIME,
    "data": {"description": "Any JSON value: the input of the function, for the owning application alone."},
}  # fmt: skip
"""A task's keys. Variants of tasks (claimed, found) repeat them: generators of clients read no `allOf` well."""
TASK = component("Task", answer(("data",), **TASK_KEYS))
UNSEEN = component(
    "UnseenTask",
    {
        **answer(("retry_after",), id=ID, retry_after=NUMBER),
        "additionalProperties": False,
        "description": "It is done, and you do not see the task any more.",
    },
)
EXPOSURE = component("Exposure", answer(widens=FLAG, gains=listed(GAIN), loses=listed(LOSS)))
PASSAGE = component("Passage", answer(part=one_of("description", "field", "note", "file"), label=TEXT, text=TEXT))
FOUND = component("FoundTask", answer(("data",), **TASK_KEYS, passage=maybe(PASSAGE)))
FIELD_CUSTODY = component(
    "FieldCustody",
    answer(
        access=LEVELS, reason=optional(TEXT),
        who={
            **listed(TEXT),
            "description": "Who may write it now: references, or reporter, assignee, contributor, manager, everyone.",
        },
    ),
)  # fmt: skip
CUSTODY_AND_FIELDS = component(
    "CustodyAndFields",
    answer(
        task=ID, holder=TEXT, who=optional(TEXT), until=optional(TIME),
        fields={"type": "object", "additionalProperties": FIELD_CUSTODY},
    ),
)  # fmt: skip
BULK_RESULT = component(
    "BulkResult",
    answer(
        ("detail", "errors"), ok=FLAG, status=WHOLE, task=optional(ID), key=optional(TEXT), code=maybe(ERROR_CODE),
        detail=TEXT, errors=listed(DETAIL),
    ),
)  # fmt: skip
BULK_RESULTS = component("BulkResults", answer(results=listed(BULK_RESULT)))
NOTE = component(
    "Note", answer(id=ID, task=ID, kind=one_of(*Note.Kind.values), text=TEXT, author=TEXT, created_at=TIME)
)
ATTACHMENT = component(
    "Attachment",
    answer(
        id=ID, task=ID, kind=one_of(*Note.Kind.values), field=optional(TEXT), name=TEXT, content_type=TEXT,
        size=WHOLE, sha256=TEXT, author=TEXT, created_at=TIME,
    ),
)  # fmt: skip
EVENT = component(
    "Event",
    answer(
        specversion=TEXT, id=ID, source=TEXT, type=TEXT, time=TIME, subject=optional(ID), sequence=WHOLE,
        correlationid=optional(TEXT), causationid=optional(ID), actor=TEXT,
        data={**FREE, "description": "What each type of event carries is listed in the guide for integrators."},
    ),
)  # fmt: skip
LINK = component(
    "Link",
    answer(id=ID, kind=one_of("blocks", "relates", "parent"), task=ID, target=ID, task_title=TEXT, target_title=TEXT),
)
WATCH = component("Watch", answer(task=ID, watcher=TEXT))
GRANT = component("Grant", answer(("changed",), to=TEXT, expires_at=optional(TIME), created_at=TIME, changed=FLAG))
SCHEDULED_UPDATE = component(
    "ScheduledUpdate",
    answer(
        id=ID, task=ID, at=TIME, set={**FREE, "description": "As in a change of a task."}, transition=optional(TEXT),
        input={**FREE, "description": "What the transition asks for."}, created_by=TEXT,
        state=one_of(*ScheduledUpdate.State.values), error=maybe(PROBLEM), created_at=TIME, ended_at=optional(TIME),
    ),
)  # fmt: skip

# --- Handovers ---------------------------------------------------------------------------------------

VALUES: Schema = {**FREE, "description": "Values of fields, by name."}
ANSWER_KEYS = {
    "handover": ID, "key": optional(TEXT), "reason": one_of("asked", "failed_over", "taken_over", "returned"),
    "action": TEXT, "effect": TEXT,
    "fields": VALUES, "comment": TEXT, "by": TEXT, "at": optional(TIME),
}  # fmt: skip
ANSWER = component("Answer", answer(("handover", "key", "reason", "action", "effect", "by", "at"), **ANSWER_KEYS))
TIMEOUT = component(
    "Timeout",
    answer(
        ("due_in", "on_timeout", "to", "action", "fields"),
        do=one_of("submit", "escalate", "return", "fail"), to=optional(TEXT), action=optional(TEXT),
        fields=VALUES, due_in=optional(WHOLE), on_timeout=maybe(ref("Timeout")),
    ),
)  # fmt: skip
REMINDERS = listed(
    {"oneOf": [{**TEXT, "description": "A time."}, {**WHOLE, "description": "Seconds before `due_at`."}]}
)
HANDOVER = component(
    "Handover",
    answer(
        version=TEXT,
        id=ID, task=ID, key=optional(TEXT), state=one_of(*Handover.State.values),
        reason=one_of(*Handover.Reason.values), title=TEXT, message=TEXT,
        to=TEXT, claimed_by=optional(TEXT), asked_by=TEXT, fields=listed(ASKED), actions=listed(OFFERED),
        due_at=optional(TIME), on_timeout=maybe(TIMEOUT), reminders=REMINDERS, exclude=listed(TEXT),
        delegated_by=optional(TEXT), draft={**optional(FREE), "description": "What was typed so far, for who answers."},
        draft_comment={**optional(TEXT), "description": "The comment that was typed so far, for who answers."},
        answer=maybe(ANSWER), created_at=TIME, ended_at=optional(TIME),
    ),
)  # fmt: skip
BULK_ANSWER = component(
    "BulkAnswer",
    answer(
        ("detail", "errors"),
        ok=FLAG,
        status=WHOLE,
        handover=optional(TEXT),
        code=maybe(ERROR_CODE),
        detail=TEXT,
        errors=listed(DETAIL),
    ),
)
BULK_ANSWERS = component("BulkAnswers", answer(results=listed(BULK_ANSWER)))
SHOWN_FIELD = component(
    "ReceiptField", answer(name=TEXT, label=TEXT, asked=FLAG, required=FLAG, proposed=ANY, value=ANY)
)
SHOWN_TASK = component("ReceiptTask", answer(title=TEXT, description=TEXT, stage=TEXT))
RECEIPT = component(
    "Receipt",
    answer(
        handover=ID,
        by=TEXT,
        at=TIME,
        title=TEXT,
        message=TEXT,
        asked_by=TEXT,
        reason=TEXT,
        actions=listed(OFFERED),
        due_at=optional(TIME),
        type=TEXT,
        type_version=WHOLE,
        task=SHOWN_TASK,
        fields=listed(SHOWN_FIELD),
    ),
)

# --- People ------------------------------------------------------------------------------------------

ME = component(
    "Me",
    answer(actor=TEXT, kind=one_of("user", "application"), name=TEXT, id=ID, teams=listed(TEXT), administrator=FLAG),
)
NOTIFICATION = component(
    "Notification",
    answer(
        id=ID,
        task=optional(ID),
        key=optional(TEXT),
        application=optional(TEXT),
        title=TEXT,
        reason=one_of(*Notification.Reason.values),
        actor=TEXT,
        handover=optional(ID),
        created_at=TIME,
        read_at=optional(TIME),
    ),
)
READ_ANSWER = component("ReadAnswer", answer(read=WHOLE))

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
