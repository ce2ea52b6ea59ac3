"""`manage.py seed`: a board with cards in every column, made once."""

from collections import Counter

import pytest
from django.core.management import CommandError, call_command

from apps.actors.actor import SYSTEM
from apps.actors.services import create_user
from apps.tasks.models import Task
from taskhub.management import backlog

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator():
    return create_user(actor=SYSTEM, name="admin", password="long-enough-41-words", staff=True)


def test_cards_stand_in_every_stage(administrator):
    call_command("seed")
    stages = Counter(Task.objects.values_list("stage", flat=True))
    assert stages.keys() == {stage["name"] for stage in backlog.TYPE["stages"]}
    assert sum(stages.values()) == len(backlog.CARDS) >= 15
    assert set(Task.objects.filter(stage="done").values_list("status", flat=True)) == {"complete"}


def test_second_board_is_refused(administrator):
    call_command("seed")
    with pytest.raises(CommandError, match="already"):
        call_command("seed")
    assert Task.objects.count() == len(backlog.CARDS)


def test_it_needs_a_user():
    with pytest.raises(CommandError, match="no user"):
        call_command("seed")
