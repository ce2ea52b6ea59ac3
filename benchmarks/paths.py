"""The requests whose cost is measured: what is prepared, and what is called."""

import io
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from benchmarks.work import FUNCTION, some_body

COOKIE, CSRF = "sessionid", "x" * 32
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
PERSON = "bench-person"


class Application:
    """The WSGI application, called as a web server would: with a key, or as a signed-in person."""

    def __init__(self, **headers: str) -> None:
        from taskhub.wsgi import application

        self.application, self.headers = application, headers

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The JSON that a path of the API answers. Raises RuntimeError on any status but 2xx."""
        content = self.send(method, f"/api/v1{path}", b"" if body is None else json.dumps(body).encode(), **headers)
        return json.loads(content) if content else None

    def post_form(self, path: str, values: dict[str, str]) -> None:
        """A form that is sent from a page."""
        self.send("POST", path, urlencode(values).encode(), content_type=FORM)

    def send(self, method: str, path: str, data: bytes, content_type: str = JSON, **headers: str) -> bytes:
        """What is answered. Raises RuntimeError on a refusal."""
        path, _, query = path.partition("?")
        given = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (self.headers | headers).items()}
        environ = {
            "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8000", "HTTP_ACCEPT_ENCODING": "identity",
            "CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(data)), "wsgi.input": io.BytesIO(data),
            "wsgi.url_scheme": "http", "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
            "wsgi.errors": io.StringIO(), "wsgi.version": (1, 0), **given,
        }  # fmt: skip
        statuses: list[str] = []
        answer = self.application(environ, lambda status, _headers: statuses.append(status))
        content = b"".join(answer)
        answer.close()
        if statuses[0][0] not in "23":
            raise RuntimeError(f"{method} {path}: {statuses[0]} {content[:500]!r}")
        return content


@dataclass(frozen=True)
class Path:
    """What is measured. `prepare` is not measured; `act` gets what it returned."""

    name: str
    act: Callable[[Any], object]
    prepare: Callable[[], Any] = lambda: None
    per: int = 1
    """Of how many calls one is made: bulk ones are dear."""


def paths(hub: Application) -> Iterator[Path]:
    """All of them, in an order in which each finds what it needs."""
    call, body = hub.call, some_body()
    task = call("POST", "/tasks", body)["id"]

    def bulk(_: object) -> None:
        call("POST", "/tasks/bulk", {"tasks": [body] * 1000})

    yield Path("who am I", lambda _: call("GET", "/me"))
    yield Path("create one task", lambda _: _create(hub, body))
    yield _plain_create(hub, body)
    yield Path("read one task", lambda _: call("GET", f"/tasks/{task}"))
    yield Path("list 25 with a filter", lambda _: call("GET", "/tasks?container=bench&status=new&limit=25"))
    yield from _human(hub)
    yield Path("bulk create, 1,000 a call", bulk, per=60)
    for _ in range(4):
        bulk(None)
    yield Path("claim + complete, batch 1", lambda _: _pair(hub, 1))
    yield Path("claim + complete, batch 100", lambda _: _pair(hub, 100), per=15)


def _create(hub: Application, body: dict[str, Any]) -> Any:
    return hub.call("POST", "/tasks", body, **{"Idempotency-Key": str(uuid.uuid4())})


def _pair(hub: Application, most: int) -> None:
    asked = {"claim_id": str(uuid.uuid4()), "functions": [FUNCTION], "max": most, "worker": "bench"}
    tasks = hub.call("POST", "/queue/claim", asked)["tasks"]
    done = [{"task": got["id"], "token": got["lease"]["token"], "result": {"ok": True}} for got in tasks]
    if len(hub.call("POST", "/queue/complete", {"results": done})["results"]) != most:
        raise RuntimeError("too few tasks were ready")


# --- People -----------------------------------------------------------------------------------------------

ASK = {
    "to": f"user:{PERSON}",
    "title": "How many rows?",
    "fields": ["rows"],
    "actions": [{"name": "submit", "label": "Send", "effect": "complete"}],
}


def _human(hub: Application) -> Iterator[Path]:
    person = _signed_in()
    body = {**some_body(), "function": "bench-human"}
    hub.call("PUT", "/functions/bench-human", {})

    def ask() -> str:
        handover: str = hub.call("POST", "/tasks", {**body, "hand_over": ASK})["handover"]
        return handover

    def answer(handover: str) -> None:
        person.call("POST", f"/handovers/{handover}/submit", {"action": "submit", "fields": {"rows": 8}})

    def returned() -> None:
        handed = {**ASK, "actions": [{"name": "submit", "label": "Send", "effect": "return"}]}
        answer(_create(hub, {**body, "hand_over": handed})["handover"])
        asked = {"claim_id": str(uuid.uuid4()), "functions": ["bench-human"], "max": 1, "worker": "bench"}
        got = hub.call("POST", "/queue/claim", asked)["tasks"][0]
        done = {"task": got["id"], "token": got["lease"]["token"], "result": {"ok": True}}
        hub.call("POST", "/queue/complete", {"results": [done]})

    yield Path("create + hand over", lambda _: ask(), per=2)
    yield Path("answer over REST", answer, ask, per=2)
    yield Path("answer over the page", lambda handover: _send_page(person, handover), ask, per=2)
    yield Path("human run: 4 calls", lambda _: returned(), per=2)


def _send_page(person: Application, handover: str) -> None:
    person.post_form(
        f"/handovers/{handover}/submit/", {"csrfmiddlewaretoken": CSRF, "fields.rows": "8", "action": "submit"}
    )


def _signed_in() -> Application:
    """A person with a session, who sends its CSRF token with every call."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from apps.actors.models import User
    from apps.actors.sessions import SessionStore

    user = User.objects.create(username=PERSON)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    cookie = f"{COOKIE}={session.session_key}; csrftoken={CSRF}"
    return Application(cookie=cookie, **{"X-CSRFToken": CSRF})


# --- Beside it: what REST framework and the ORM do by themselves -----------------------------------------


def _plain_create(hub: Application, body: dict[str, Any]) -> Path:
    """One row of the same table and a serializer: no key, event, privacy, type, searched text."""
    from rest_framework import serializers, views
    from rest_framework.request import Request
    from rest_framework.response import Response

    from apps.actors.models import ApiKey
    from apps.containers.models import Container, TypeVersion
    from apps.tasks.models import Task

    class PlainTask(serializers.ModelSerializer[Task]):
        class Meta:
            model = Task
            fields = ("id", "title", "fields", "function", "status", "created_at")

    class Plain(views.APIView):
        def post(self, request: Request) -> Response:
            ApiKey.objects.select_related("application").get(prefix=prefix, revoked_at=None)
            container = Container.objects.select_related("application").get(slug=request.data["container"])
            version = TypeVersion.objects.get(type__container=container, type__name=request.data["type"])
            read = PlainTask(data=request.data)
            read.is_valid(raise_exception=True)
            made = Task(container=container, type_version=version, stage="new", **read.validated_data)
            made.newest = made.pk
            made.save(force_insert=True)
            return Response(PlainTask(made).data, 201)

    from django.test import RequestFactory

    prefix, view, send = hub.headers["authorization"][10:18], Plain.as_view(authentication_classes=[]), RequestFactory()
    view.cls.permission_classes = view.cls.throttle_classes = ()

    def act(_: object) -> None:
        answer = view(send.post("/plain", json.dumps(body), content_type=JSON)).render()
        if answer.status_code != 201:
            raise RuntimeError(answer.content)

    return Path("create, plain DRF and ORM", act)
