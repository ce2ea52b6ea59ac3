"""Twin worlds: what is hidden from somebody changes no answer that they get, from any URL."""

import pytest
from django.db.models import Q

from apps.tasks import access
from apps.tasks.access import visibility
from taskhub.rehearsal.privacy_proof.requests import READS, WRITES

from . import hiding
from .cast import IDENTITIES, READERS, base
from .stillness import Dice
from .twins import hide_for_all, report, twins

pytestmark = pytest.mark.django_db
ALL = (*READS, *WRITES)
MOST = 3


@pytest.mark.parametrize("role", ["stranger", "contributor", "member application", "staff"])
def test_hidden_things_change_no_answer(dice: Dice, role: str) -> None:
    report(*twins(base(), dice, role, hide_for_all, methods=("GET", "POST"), most=1))


@pytest.mark.long
@pytest.mark.parametrize("role", IDENTITIES)
def test_hidden_things_change_no_answer_to_any_method(dice: Dice, role: str) -> None:
    report(*twins(base(), dice, role, hide_for_all, methods=ALL, most=MOST))


@pytest.mark.usefixtures("fresh_caches")
def test_without_the_policy_the_twins_differ(dice: Dice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite can fail: it does as soon as everything is visible to everybody."""
    monkeypatch.setattr(visibility, "visible_condition", lambda actor: Q())
    monkeypatch.setattr(access, "views_any", lambda *_: True)  # else only one's own are looked for
    cast = base()
    for role, below in (("contributor", "api/v1/tasks"), ("stranger", "search/"), ("staff", "admin/tasks/task")):
        found, marks = twins(cast, dice, role, hide_for_all, methods=("GET",), most=1, below=below)
        assert found.differences, below
        assert marks or below == "search/", below  # there the callers said the marks themselves


@pytest.mark.parametrize("role", ["viewer"])
def test_work_notes_change_no_answer_of_readers(dice: Dice, role: str) -> None:
    report(*twins(base(), dice, role, hiding.hide_notes, methods=("GET",), most=1))


@pytest.mark.long
@pytest.mark.parametrize("role", READERS)
def test_work_notes_change_no_answer_to_any_method(dice: Dice, role: str) -> None:
    report(*twins(base(), dice, role, hiding.hide_notes, methods=ALL, most=MOST))
