"""The result of a task for people: its values by name, groups of them under one label."""

import json
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from apps.tasks.models import Task
from apps.web.contexts.task import LockedGroup
from apps.web.schema_form import FieldText

MOST = 40
DEEPEST = 2


def result_groups(task: Task) -> list[LockedGroup]:
    """The result as one group of `tasks/_locked.html`; nothing if there is none."""
    values = task.result if isinstance(task.result, dict) else {"": task.result}
    fields = [FieldText(label, text) for label, text in _flat(values, "", 1)][:MOST]
    return [{"title": _("Result"), "reason": "", "fields": fields}] if task.result not in (None, {}) else []


def _flat(values: Mapping[str, object], above: str, depth: int) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        label = " · ".join(part for part in (above, _label(name)) if part)
        if isinstance(value, dict) and value and depth < DEEPEST:
            yield from _flat(value, label, depth + 1)
        else:
            yield label, _text(value)


def _label(name: str) -> str:
    return str(name).replace("_", " ").strip().capitalize()


def _text(value: object) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, int):
        return f"{value:,}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
