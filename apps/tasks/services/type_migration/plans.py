"""What is planned for a task names the fields of its version: it follows when they get other names or values."""

from collections.abc import Iterable

from apps.core.json_types import JsonMapping, JsonObject
from apps.tasks.models import ScheduledUpdate, Task

from .orders import Orders, mapped


def carry_plans(tasks: Iterable[Task], orders: Orders) -> None:
    """Write the pending scheduled updates of the tasks, which are locked, for the version that they are on now.

    What does not fit there is refused when its time comes, and its author hears of it.
    """
    if not (orders.rename or orders.map):
        return
    for update in ScheduledUpdate.objects.filter(task__in=tasks, state=ScheduledUpdate.State.PENDING):
        before = update.set.get("fields") or {}
        after = _carried(before, orders)
        if after != before:
            update.set["fields"] = after
            update.save(update_fields=["set"])


def _carried(fields: JsonMapping, orders: Orders) -> JsonObject:
    """The values by the names of the new version. Where both names are planned, nobody guesses which one is meant."""
    taken = [name for name in fields if orders.rename.get(name) in fields]
    names = {name: name if name in taken else orders.rename.get(name, name) for name in fields}
    return {after: mapped(fields[before], orders.map.get(after, {})) for before, after in names.items()}
