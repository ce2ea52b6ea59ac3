"""Background entry points of the API."""

from celery import shared_task

from . import idempotency


@shared_task(name="api.forget_keys", ignore_result=True)
def forget_keys() -> None:
    """Delete idempotency records that nobody may use any more; a full batch means that there may be more."""
    while idempotency.forget_expired() == idempotency.MOST_FORGOTTEN:
        pass
