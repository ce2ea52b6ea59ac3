"""Actions that make something new: tasks, runs of functions at a time, events for the outside."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.containers.type_document.actions import Setting
from apps.containers.type_document.expressions import Computed
from apps.containers.type_document.literals import Value, values_of_fields
from apps.core.body import Body
from apps.core.errors import Invalid
from apps.core.shapes import Anything, Flag, FreeObject, Object, Shape, Text
from apps.events import event_types
from apps.tasks import limits, services
from apps.tasks.access import TaskPermissions, visible_fields
from apps.tasks.services import writing

from . import work as words
from .changes import check_party
from .documents import NamedEvent, NewTask
from .work import Work

LONGEST_NAME = 200
ELSEWHERE = gettext_lazy("In a container of people tasks are made there alone: nobody's rights reach further.")


MADE: dict[str, Shape] = {
    "container": Text(limits.LONGEST_SLUG),
    "type": Text(limits.LONGEST_SLUG),
    "title": Computed(words.PROPERTIES["title"]),
    "description": Computed(words.PROPERTIES["description"]),
    "function": Text(LONGEST_NAME),
    "fields": FreeObject(),
    "data": Anything(),
    "priority": Computed(words.PROPERTIES["priority"]),
    "tags": Computed(words.PROPERTIES["tags"]),
    "correlation_id": Computed(words.PROPERTIES["correlation_id"]),
    "start_at": words.TIME,
    "after": words.DELAY,
    "due_at": words.TIME,
}
"""What actions say of a task that they make."""


class CreateTask:
    """`{"do": "create_task", "type", "title", "fields", "child": true, …}`: here, if no `container` is given."""

    first = False
    shape = Object({**MADE, "assignee": Computed(Text(200)), "child": Flag()}, drops_null=True)

    def accept(self, body: Body, setting: Setting) -> dict[str, object]:
        place = setting.container
        if place.is_peoples and body.get("container") not in (None, place.slug):
            body.wrong("container", str(ELSEWHERE))
        assignee = body.get("assignee")
        check_party(body, "assignee", assignee, kinds=("user",), people=("reporter", "assignee", "actor"))
        return {**_read_task(body), "assignee": assignee, "child": body.get("child", False)}

    def values(self, action: NewTask) -> Iterator[Value]:
        """See `WithValues` in `type_document/actions.py`."""
        return _values_of_made(action)

    def run(self, work: Work, action: NewTask) -> dict[str, object]:
        source = work.task()
        request = {"container": source.container.slug, **_request(work, action)}
        if work.actor.is_system and request["container"] != source.container.slug:
            raise Invalid.at("/container", str(ELSEWHERE))
        if action["assignee"] is not None:
            request["assignee"] = work.party(action["assignee"])
        if action["child"]:
            request["parent"] = work.name
        made, _new = services.create_task(work.actor, request)
        return {"task": str(made.pk)}


class ScheduleTask:
    """`{"do": "schedule_task", "function": …, "start_at" | "after", "data", …}`: runs a function, now or at a time.

    Without a type it is a plain call: a task in the application's own container whose `data` names this one.
    """

    first = False
    shape = Object(MADE, required=["function"], drops_null=True)

    def accept(self, body: Body, setting: Setting) -> dict[str, object]:
        if setting.container.is_peoples:
            body.wrong("do", _("There is no application here whose functions could run."))
        return _read_task(body)

    def values(self, action: NewTask) -> Iterator[Value]:
        """See `WithValues` in `type_document/actions.py`."""
        return _values_of_made(action)

    def run(self, work: Work, action: NewTask) -> dict[str, object]:
        task = work.task()
        request = {"correlation_id": task.correlation_id, "title": task.title, **_request(work, action)}
        if action["type"] is not None:
            request.setdefault("container", task.container.slug)
        elif "data" not in request:
            request["data"] = _about(TaskPermissions(work.actor, task))
        made, _new = services.create_task(work.actor, request)
        return {"task": str(made.pk), "function": action["function"]}


def _values_of_made(action: NewTask) -> Iterator[Value]:
    return values_of_fields(action["fields"], elsewhere=True, container=action["container"], type=action["type"])


def _about(permissions: TaskPermissions) -> dict[str, object]:
    """The input of a function that runs because of a task: what its application sees of the task, secrets apart."""
    task = permissions.task
    names = {"task": str(task.pk), "key": task.key, "container": task.container.slug, "stage": task.stage}
    shown = visible_fields(permissions).keys() - permissions.spec.secrets
    return {**names, "fields": {name: value for name, value in task.fields.items() if name in shown}}


def _read_task(body: Body) -> dict[str, object]:
    return {name: body.get(name) for name in MADE}


def _request(work: Work, action: NewTask) -> dict[str, object]:
    """The body of a new task, with every value computed; what is None is left out."""
    given = {name: action[name] for name in ("container", "type", "function") if action[name] is not None}
    for name in ("title", "description", "priority", "tags", "correlation_id"):
        if action.get(name) is not None:
            given[name] = words.require_fit(name, work.value(action[name], at=f"/{name}"))
    if action["fields"] is not None:
        given["fields"] = work.value(action["fields"], at="/fields")
    if action["data"] is not None:
        given["data"] = work.value(action["data"], at="/data")
    start, due = words.timestamp_at(work, action, "start_at", "after"), words.timestamp_at(work, action, "due_at")
    return {**given, **({"start_at": start} if start else {}), **({"due_at": due} if due else {})}


class Emit:
    """`{"do": "emit", "name": …, "data": {…}}`: the event `rule.emitted`, for webhooks and those who read events."""

    first = False
    shape = Object({"name": Text(LONGEST_NAME), "data": FreeObject()}, required=["name"], drops_null=True)

    def accept(self, body: Body, setting: Setting) -> dict[str, object]:
        return {"name": body.get("name"), "data": body.get("data", {})}

    def run(self, work: Work, action: NamedEvent) -> dict[str, object]:
        permissions = writing.lock(work.actor, work.name)
        data = {"name": action["name"], "data": work.value(action["data"], at="/data")}
        writing.emit(permissions.task, event_types.RULE_EMITTED, actor=work.actor, internal=True, **data)
        writing.update(permissions.task, quiet=True)
        return {"name": action["name"]}
