"""Celery entry point of operations."""

from celery import shared_task

from . import run


@shared_task(name=run.JOB, ignore_result=True)
def work() -> None:
    """Go on with the operations that have tasks left, or wait for what they did to settle."""
    run.work_due()
