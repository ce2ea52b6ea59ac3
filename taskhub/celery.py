"""Celery: hints that work is due, and a tick that looks for it. Rows are the truth, a message is never."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskhub.settings")

TICKS = {"automation.sweep": 1.0, "events.dispatch": 1.0, "notifications.send_mail": 2.0}

app = Celery("taskhub", set_as_current=True)
app.conf.update(
    broker_url=os.environ.get("CELERY_BROKER_URL") or "memory://",
    broker_transport_options={"polling_interval": 0.05, "socket_connect_timeout": 1, "socket_timeout": 5},
    broker_connection_timeout=1,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_serializer="json",
    accept_content=["json"],
    task_publish_retry=False,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_prefetch_multiplier=4,
    beat_schedule={name: {"task": name, "schedule": seconds} for name, seconds in TICKS.items()},
    beat_max_loop_interval=1,
    timezone="UTC",
)
app.autodiscover_tasks(related_name="jobs")


def broker_answers() -> bool:
    """Whether a connection to the broker can be made now, within a second or so."""
    try:
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=1)
    except Exception:  # each transport has errors of its own
        return False
    return True
