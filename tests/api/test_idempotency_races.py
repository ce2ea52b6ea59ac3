"""Concurrent duplicates: one does the work, the others get its answer."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from apps.actors.actor import SYSTEM
from apps.actors.services import create_application
from apps.tasks.models import Task

from .world import Caller, Json

RACERS = 6


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", ["same", None])
def test_duplicates_at_the_same_moment(key: str | None) -> None:
    """Without a key (the control) each of them makes a task."""
    secret = create_application(actor=SYSTEM, name="racer")[1]
    Caller(key=secret).post("/tasks", {"title": "First, so that the container is there"})

    def post(_number: int) -> tuple[int, Json]:
        headers = {"Idempotency_Key": key} if key else {}
        try:
            answer = Caller(key=secret).post("/tasks", {"title": "Once"}, **headers)
            return answer.status_code, answer.json()
        finally:
            connection.close()

    with ThreadPoolExecutor(RACERS) as pool:
        answers = list(pool.map(post, range(RACERS)))
    assert {status for status, _ in answers} == {201}
    assert len({body["id"] for _, body in answers}) == (1 if key else RACERS)
    assert Task.objects.filter(title="Once").count() == (1 if key else RACERS)
