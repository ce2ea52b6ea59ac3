"""Background entry points of accounts."""

from celery import shared_task

from . import sessions


@shared_task(name="actors.forget_sign_ins", ignore_result=True)
def forget_sign_ins() -> None:
    """Delete the sessions that ended."""
    sessions.delete_ended_sessions()
