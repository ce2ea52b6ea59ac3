"""The vocabulary of transitions and rules: one class a word, each over the services that everybody uses.

`settings.ACTIONS` names them. `read` accepts the document of an action when it is published, `run` does it as the
actor to whom the rule or the type belongs.
"""

from .changes import AddItems, Assign, RemoveItems, Set, SetPrivacy, Unset
from .people import AddNote, Grant, HandOver, Notify
from .plans import ScheduleUpdate
from .tasks import CreateTask, Emit, ScheduleTask
from .work import Work

__all__ = [
    "AddItems",
    "AddNote",
    "Assign",
    "CreateTask",
    "Emit",
    "Grant",
    "HandOver",
    "Notify",
    "RemoveItems",
    "ScheduleTask",
    "ScheduleUpdate",
    "Set",
    "SetPrivacy",
    "Unset",
    "Work",
]
