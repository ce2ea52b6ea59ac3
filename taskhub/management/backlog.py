"""TaskHub's own backlog: the cards that `manage.py seed` puts on a board."""

from dataclasses import dataclass
from typing import Any

SLUG = "taskhub-backlog"
TITLE = "TaskHub backlog"
DESCRIPTION = "What TaskHub can do, and what it shall do next."

TYPE: dict[str, Any] = {
    "title": "Card",
    "schema": {
        "type": "object",
        "properties": {
            "area": {
                "type": "string",
                "title": "Area",
                "enum": ["tasks", "automation", "people", "pages", "integrations", "operations"],
            },
            "size": {
                "type": "string",
                "title": "Size",
                "oneOf": [
                    {"const": "s", "title": "A day"},
                    {"const": "m", "title": "A week"},
                    {"const": "l", "title": "More than a week"},
                ],
            },
            "done_when": {
                "type": "string",
                "title": "Done when",
                "maxLength": 2000,
                "ui:widget": "textarea",
            },
        },
    },
    "stages": [
        {"name": "ideas", "title": "Ideas", "category": "todo", "status": "new"},
        {"name": "ready", "title": "Ready", "category": "todo"},
        {"name": "doing", "title": "Doing", "category": "doing", "status": "in_progress", "wip_limit": 3},
        {"name": "review", "title": "Review", "category": "waiting"},
        {"name": "done", "title": "Done", "category": "done", "status": "complete"},
    ],
}


@dataclass(frozen=True)
class Card:
    """One card, and where it stands."""

    stage: str
    title: str
    area: str
    size: str
    done_when: str
    tags: tuple[str, ...] = ()


CARDS = (
    Card("done", "Leases with fencing tokens", "automation", "l",
         "A worker that was replaced can no longer complete, fail, note or attach.", ("safety",)),
    Card("done", "Hand a task to a person", "people", "l",
         "An application asks for named fields and actions; everything else is locked until the answer."),
    Card("done", "Fail over to a team", "people", "m",
         "What no retry can save stays in place and waits for people, with the error as a work note."),
    Card("done", "Task types as JSON Schema", "tasks", "l",
         "Pushing the same type again changes nothing; a changed one makes a new version."),
    Card("done", "Hidden is the same as absent", "tasks", "l",
         "Nobody can tell a task that they may not see from one that does not exist.", ("privacy",)),
    Card("review", "Keyboard-only work on the board", "pages", "m",
         "Every card can be moved without a mouse, and the page says what happened.", ("accessibility",)),
    Card("review", "Checkpoints survive a retry", "automation", "s",
         "The task that takes over starts where its predecessor stopped."),
    Card("doing", "Inbox with the answers in it", "pages", "m",
         "Up to four actions are buttons in the row; after an answer comes the next one."),
    Card("doing", "Long polling that costs no connection", "operations", "m",
         "A thousand waiting workers leave the database alone.", ("speed",)),
    Card("ready", "Push functions", "automation", "l",
         "TaskHub calls an address with the task and reads the answer; a dead one is retried."),
    Card("ready", "Schedules", "automation", "m",
         "Cron with a time zone, or every so many seconds; each tick makes one task, exactly once."),
    Card("ready", "Webhooks", "integrations", "l",
         "Every committed event reaches every subscriber at least once, signed.", ("safety",)),
    Card("ideas", "Workflows", "automation", "l",
         "Steps and flows as a graph; every step that works is a task that people can see and finish."),
    Card("ideas", "Rules", "automation", "m",
         "On an event, when a condition holds, do actions: set, notify, hand over, create a task."),
    Card("ideas", "Inbound hooks for code reviews", "integrations", "m",
         "A review on another system moves the task that belongs to it."),
    Card("ideas", "Calendar feed of what is due", "integrations", "s",
         "A private address that a calendar can read; it shows what its owner may see."),
    Card("ideas", "Digest and quiet hours", "people", "m",
         "Nobody is woken; the morning brings one message instead of ten."),
    Card("ideas", "Sign in with the company's account", "people", "m",
         "OpenID Connect and a second factor.", ("security",)),
)  # fmt: skip
