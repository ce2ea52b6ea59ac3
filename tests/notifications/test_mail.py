"""Mail of notifications: what it says and does not say, when it is sent, and that none is lost."""

import sys
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from apps.notifications import jobs, mail
from apps.notifications.models import Notification
from apps.notifications.services import mark_read
from apps.tasks import services

ASK = {"to": "user:member", "title": "Which\nserver?", "message": "hunter2", "fields": ["target"]}


class Broken(EmailBackend):
    """A server that answers nobody."""

    def send_messages(self, messages):
        raise ConnectionRefusedError("no mail today")


@pytest.fixture
def asked(task, told, application_actor, member, settings):
    settings.BASE_URL = "https://hub.example.org"
    services.hand_over(application_actor, task.pk, {**ASK, "title": "Which server?"})
    told()
    return task


@pytest.fixture
def broken(monkeypatch):
    backend = f"{__name__}.Broken"
    with monkeypatch.context() as patch:
        patch.setattr("django.conf.settings.EMAIL_BACKEND", backend)
        yield


def make_due():
    Notification.objects.filter(mail_due_at__isnull=False).update(mail_due_at=timezone.now() - timedelta(seconds=1))


def test_one_mail_with_a_link_and_no_values(asked):
    jobs.send_mail()
    (message,) = outbox.outbox
    assert message.to == ["member@example.org"]
    assert message.subject == f"{asked.key}: Which server? (you are asked)"
    assert f"https://hub.example.org/tasks/{asked.key}/" in message.body
    assert "Migrator: you are asked." in message.body
    everything = str(message.message())
    assert "hunter2" not in everything
    assert "db-b.internal" not in everything
    assert message.extra_headers["Message-ID"].endswith("@hub.example.org>")


def test_without_an_address_there_is_no_link(asked, settings):
    settings.BASE_URL = ""
    jobs.send_mail()
    (message,) = outbox.outbox
    assert "/tasks/" not in message.body


def test_it_is_sent_once(asked):
    assert mail.send_due() == 1
    assert mail.send_due() == 0
    row = Notification.objects.get()
    assert row.mail_due_at is None
    assert row.mailed_at is not None


def test_who_has_no_address_gets_none(asked, stranger, told, application_actor):
    stranger.email = ""
    stranger.save()
    services.grant(application_actor, asked.pk, "user:stranger")
    handover = asked.handovers.get()
    services.delegate_handover(application_actor, str(handover.pk), to="user:stranger")
    told()
    assert Notification.objects.get(user=stranger).mail_due_at is None


def test_a_line_break_in_a_title_breaks_no_header(task, told, application_actor, member):
    services.hand_over(application_actor, task.pk, ASK)
    told()
    mail.send_due()
    assert "\n" not in outbox.outbox[0].subject


def test_what_became_hidden_is_not_sent(asked, application_actor):
    services.withdraw_handover(application_actor, str(asked.handovers.get().pk))
    asked.container.memberships.all().delete()
    assert mail.send_due() == 0
    assert outbox.outbox == []
    assert Notification.objects.get().mail_due_at is None


def test_a_failed_mail_is_tried_again_later_and_later(asked, broken):
    waits = []
    for _ in range(4):
        assert mail.send_due() == 0
        row = Notification.objects.get()
        waits.append((row.mail_due_at - timezone.now()).total_seconds())
        make_due()
    assert 2 <= waits[0] <= 5
    assert waits[3] > 2 * waits[0]
    assert row.mail_attempts == 4


def test_it_arrives_when_the_server_is_back(asked, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Broken"
    mail.send_due()
    make_due()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert mail.send_due() == 1
    assert len(outbox.outbox) == 1


def test_what_was_read_meanwhile_is_not_sent_late(asked, settings, member_actor):
    settings.EMAIL_BACKEND = f"{__name__}.Broken"
    mail.send_due()
    make_due()
    mark_read(member_actor, "all")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert mail.send_due() == 0
    assert Notification.objects.get().mail_due_at is None


def test_a_sender_that_dies_leaves_it_due_again(asked, monkeypatch):
    """Nobody takes it while the time of the dead one runs."""
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(outbox.EmailMessage, "send", lambda message: sys.exit())
        mail.send_due()
    assert mail.send_due() == 0
    make_due()
    assert mail.send_due() == 1


def test_one_bad_mail_does_not_hold_up_the_others(asked, told, application_actor, monkeypatch):
    services.add_note(application_actor, asked.pk, text="x", kind="comment")
    told()
    send = mail.EmailMessage.send

    def send_but_to_member(message, *args):
        if message.to == ["member@example.org"]:
            raise ValueError("refused")
        return send(message, *args)

    monkeypatch.setattr(mail.EmailMessage, "send", send_but_to_member)
    assert mail.send_due() == 2
    assert {message.to[0] for message in outbox.outbox} == {"reporter@example.org", "assignee@example.org"}
