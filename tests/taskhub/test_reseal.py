"""`manage.py reseal`: afterwards the old key is needed no more."""

import io
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command

from apps.actors.actor import Actor
from apps.automation.functions import services
from apps.automation.models import Function
from apps.automation.push.signing_secrets import signing_secrets
from apps.containers.models import Container, TypeVersion
from apps.tasks.access import TaskPermissions
from apps.tasks.models import Task
from apps.tasks.rendering import render_handover, visible_values
from apps.tasks.services import create_task, hand_over
from tests.automation.conftest import make_type

pytestmark = pytest.mark.django_db
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
SECRET = {"type": "string", "x-taskhub": {"secret": True}}


@pytest.fixture
def kind(container: Container, application_actor: Actor, settings: Any) -> TypeVersion:
    settings.SECRETS_KEYS = [OLD]
    schema = {"type": "object", "properties": {"password": SECRET, "user": {"type": "string"}}}
    return make_type(container, application_actor, "login", {"schema": schema})


def reseal() -> str:
    out = io.StringIO()
    call_command("reseal", stdout=out)
    return out.getvalue()


def test_old_key_can_be_taken_away(
    kind: TypeVersion, container: Container, application_actor: Actor, settings: Any
) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1/32"]
    made = services.put_function(application_actor, "copy", {"mode": "push", "url": "http://127.0.0.1:9/"})[
        0
    ].new_secret
    fields = {"password": "hunter2", "user": "ana"}
    task, _ = create_task(application_actor, {"container": container.slug, "type": "login", "fields": fields})
    asked = hand_over(
        application_actor, task.pk, {"to": "user:member", "fields": [{"name": "password", "proposed": "other"}]}
    )
    settings.SECRETS_KEYS = [NEW, OLD]
    assert reseal() == "Sealed anew: 3. Unreadable, their key is gone: 0.\n"
    settings.SECRETS_KEYS = [NEW]
    permissions = TaskPermissions(application_actor, Task.objects.get(pk=task.pk))
    assert visible_values(permissions) == fields
    asked.refresh_from_db()
    assert render_handover(permissions, asked)["fields"][0]["proposed"] == "other"
    assert signing_secrets(Function.objects.get()) == [made]


def test_what_nobody_can_read_stays_and_is_counted(
    kind: TypeVersion, container: Container, application_actor: Actor, settings: Any
) -> None:
    body = {"container": container.slug, "type": "login", "fields": {"password": "hunter2"}}
    task, _ = create_task(application_actor, body)
    settings.SECRETS_KEYS = [NEW]
    before = task.fields
    assert reseal() == "Sealed anew: 0. Unreadable, their key is gone: 1.\n"
    task.refresh_from_db()
    assert task.fields == before
