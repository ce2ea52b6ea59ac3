"""Actions that make something new: tasks, runs of functions at a time, events for the outside."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.containers.acts import Setting
from apps.containers.said_values import Value, values_of_fields
from apps.core.body import Body
from apps.core.errors import Invalid
from apps.events import verbs
from apps.tasks import services
from apps.tasks.access import Standing, visible_fields
from apps.tasks.services import writing

from . import work as words
from .changes import check_party
from .work import Work

LONGEST_NAME = 200
ELSEWHERE = gettext_lazy("In a container of people tasks are made there alone: nobody's rights reach further.")


class CreateTask:
    """`{"do": "create_task", "type", "title", "fields", "child": true, …}`: here, if no `container` is said."""

    first = False

    def read(self, body: Body, setting: Setting) -> dict[str, Any]:
        place = setting.container
        if place.is_peoples and body.value.get("container") not in (None, place.slug):
            body.wrong("container", str(ELSEWHERE))
        assignee = words.read_word(body, "assignee")
        check_party(body, "assignee", assignee, kinds=("user",), people=("reporter", "assignee", "actor"))
        return {**_read_task(body), "assignee": assignee, "child": body.flag("child")}

    def values(self, said: Mapping[str, Any]) -> Iterator[Value]:
        """See `acts.Saying`."""
        return _values_of_made(said)

    def run(self, work: Work, said: Mapping[str, Any]) -> dict[str, Any]:
        source = work.task()
        request = {"container": source.container.slug, **_request(work, said)}
        if work.actor.is_system and request["container"] != source.container.slug:
            raise Invalid.at("/container", str(ELSEWHERE))
        if said["assignee"] is not None:
            request["assignee"] = work.party(said["assignee"])
        if said["child"]:
            request["parent"] = work.name
        made, _new = services.create_task(work.actor, request)
        return {"task": str(made.pk)}


class ScheduleTask:
    """`{"do": "schedule_task", "function": …, "start_at" | "after", "data", …}`: runs a function, now or at a time.

    Without a type it is a plain call: a task in the application's own container whose `data` names this one.
    """

    first = False

    def read(self, body: Body, setting: Setting) -> dict[str, Any]:
        if setting.container.is_peoples:
            body.wrong("do", _("There is no application here whose functions could run."))
        if not body.has("function"):
            body.wrong("function", _("Name the function."))
        return _read_task(body)

    def values(self, said: Mapping[str, Any]) -> Iterator[Value]:
        """See `acts.Saying`."""
        return _values_of_made(said)

    def run(self, work: Work, said: Mapping[str, Any]) -> dict[str, Any]:
        task = work.task()
        request = {"correlation_id": task.correlation_id, "title": task.title, **_request(work, said)}
        if said["type"] is not None:
            request.setdefault("container", task.container.slug)
        elif "data" not in request:
            request["data"] = _about(Standing(work.actor, task))
        made, _new = services.create_task(work.actor, request)
        return {"task": str(made.pk), "function": said["function"]}


def _values_of_made(said: Mapping[str, Any]) -> Iterator[Value]:
    return values_of_fields(said["fields"], elsewhere=True, container=said["container"], type=said["type"])


def _about(standing: Standing) -> dict[str, Any]:
    """What a function is told that runs because of a task: what its application sees of it, secrets apart."""
    task = standing.task
    names = {"task": str(task.pk), "key": task.key, "container": task.container.slug, "stage": task.stage}
    shown = visible_fields(standing).keys() - standing.spec.secrets
    return {**names, "fields": {name: value for name, value in task.fields.items() if name in shown}}


def _read_task(body: Body) -> dict[str, Any]:
    fields = body.inner("fields")
    if fields is not None:
        fields.known |= set(fields.value)
    return {
        "container": body.text("container", most=63),
        "type": body.text("type", most=63),
        "title": words.read_word(body, "title", most=300),
        "description": words.read_word(body, "description", most=100_000, blank=True),
        "function": body.text("function", most=LONGEST_NAME),
        "fields": dict(fields.value) if fields is not None else None,
        "data": body.take("data"),
        "priority": words.check_literal(body, "priority"),
        "tags": words.check_literal(body, "tags"),
        "correlation_id": words.check_literal(body, "correlation_id"),
        **words.read_moment(body, "start_at", delay="after"),
        **words.read_moment(body, "due_at"),
    }


def _request(work: Work, said: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a new task, with every value computed; what is not said is left out."""
    given = {name: said[name] for name in ("container", "type", "function") if said[name] is not None}
    for name in ("title", "description", "priority", "tags", "correlation_id"):
        if said[name] is not None:
            given[name] = words.require_fit(name, work.value(said[name], at=f"/{name}"))
    for name in ("fields", "data"):
        if said[name] is not None:
            given[name] = work.value(said[name], at=f"/{name}")
    start, due = words.moment_at(work, said, "start_at", "after"), words.moment_at(work, said, "due_at")
    return {**given, **({"start_at": start} if start else {}), **({"due_at": due} if due else {})}


class Emit:
    """`{"do": "emit", "name": …, "data": {…}}`: the event `rule.emitted`, for webhooks and those who read events."""

    first = False

    def read(self, body: Body, setting: Setting) -> dict[str, Any]:
        if not body.has("name"):
            body.wrong("name", _("Name the event."))
        data = body.inner("data")
        if data is not None:
            data.known |= set(data.value)
        return {"name": body.text("name", most=LONGEST_NAME), "data": dict(data.value) if data is not None else {}}

    def run(self, work: Work, said: Mapping[str, Any]) -> dict[str, Any]:
        standing = writing.lock(work.actor, work.name)
        said_data = work.value(said["data"], at="/data")
        data = {"name": said["name"], "data": said_data}
        writing.emit(standing.task, verbs.RULE_EMITTED, actor=work.actor, internal=True, **data)
        writing.update(standing.task, quiet=True)
        return {"name": said["name"]}
