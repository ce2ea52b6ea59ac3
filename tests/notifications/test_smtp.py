"""Mail over a real connection: a server that is down at first, and two senders at once."""

import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.notifications import mail
from apps.notifications.models import Notification
from apps.tasks import services

controller = pytest.importorskip("aiosmtpd.controller")
handlers = pytest.importorskip("aiosmtpd.handlers")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def inbox(port, tmp_path):
    box = handlers.Mailbox(str(tmp_path / "mail"))
    server = controller.Controller(box, hostname="127.0.0.1", port=port)
    yield box.mailbox, server
    if server.loop.is_running():
        server.stop()


@pytest.fixture
def asked(task, told, application_actor, member, settings, port):
    settings.BASE_URL = "https://hub.example.org"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    services.hand_over(application_actor, task.pk, {"to": "user:member", "title": "Üben?", "fields": ["target"]})
    services.add_note(application_actor, task.pk, text="x", kind="comment")
    told()
    return task


def make_due():
    Notification.objects.filter(mail_due_at__isnull=False).update(mail_due_at=timezone.now() - timedelta(seconds=1))


def test_nothing_is_lost_while_the_server_is_down(asked, inbox):
    kept, server = inbox
    assert mail.send_due() == 0
    assert Notification.objects.filter(mail_due_at__isnull=False).count() == 4
    server.start()
    make_due()
    assert mail.send_due() == 4
    assert sorted(message["To"] for message in kept) == [
        "assignee@example.org", "member@example.org", "member@example.org", "reporter@example.org",
    ]  # fmt: skip
    assert all(f"/tasks/{asked.key}/" in message.get_payload(decode=True).decode() for message in kept)


def test_two_senders_send_each_once(asked, inbox):
    kept, server = inbox
    server.start()

    def send(_number):
        try:
            return mail.send_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(send, range(4))) == 4
    assert len(kept) == 4
