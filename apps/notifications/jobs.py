"""Celery entry points of notifications."""

from celery import shared_task

from . import mail


@shared_task(name="notifications.send_mail", ignore_result=True)
def send_mail() -> None:
    """Send the mails that are due; a full batch of sent ones means that more may wait."""
    while mail.send_due() == mail.BATCH:
        pass
