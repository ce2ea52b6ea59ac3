"""The doors: each outside thing, and each dangerous one of our own, enters in one place.

A door is found by import (`packages`) or by syntax (`sees`), and stands open to the paths that match.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .source import Module

Seer = Callable[[ast.AST], bool]


@dataclass(frozen=True)
class Door:
    name: str
    open_to: str
    packages: tuple[str, ...] = ()
    sees: Seer | None = None

    def breaches(self, module: Module) -> list[str]:
        if re.fullmatch(self.open_to, module.path):
            return []
        lines = [*self._imports(module), *self._sights(module)]
        return [f"{module.path}:{line} {self.name}" for line in sorted(set(lines))]

    def _imports(self, module: Module) -> Iterator[int]:
        for line, name in module.imports():
            if any(name == package or name.startswith(package + ".") for package in self.packages):
                yield line

    def _sights(self, module: Module) -> Iterator[int]:
        if self.sees:
            yield from (node.lineno for node in ast.walk(module.tree) if self.sees(node))  # type: ignore[attr-defined]


def _dotted(node: ast.AST) -> str:
    """`a.b.c` of an attribute chain; what is called or computed in it reads `?`."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def task_rows(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and _dotted(node) in {"Task.objects", "Task._default_manager"}


def new_events(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    return _dotted(node.func) == "Event" or bool(
        re.fullmatch(r"Event\.objects\.(bulk_|get_or_)?create", _dotted(node.func))
    )


def lease_writes(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign):
        return any(isinstance(to, ast.Attribute) and to.attr.startswith("lease_") for to in node.targets)
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update"):
        return False
    return any(keyword.arg and keyword.arg.startswith("lease_") for keyword in node.keywords)


def status_writes(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(to, ast.Attribute) and to.attr == "status" and _dotted(to.value) == "task" for to in node.targets
    )


def raw_sql(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute) and node.attr == "vendor":
        return True
    if not isinstance(node, ast.Call):
        return False
    name = _dotted(node.func)
    return name in {"RawSQL", "Statement"} or name.endswith((".raw", ".extra", ".cursor", ".execute", ".executemany"))


def trusted_html(node: ast.AST) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and _dotted(node).split(".")[-1] in {
        "mark_safe",
        "SafeString",
        "SafeText",
    }


def environment(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and _dotted(node) in {"os.environ", "os.getenv"}


CLIENTS = ("httpx2", "httpx", "httpcore2", "requests", "urllib3", "urllib.request", "http.client", "aiohttp", "smtplib")
SQL = (
    r"apps/(tasks/leases|automation/queue|tasks/bulk|tasks/search|events/(feed|positions)|core/(wakeups|sql))"
    r"(/\w+)?\.py"
)

DOORS = [
    Door("rest_framework", r"apps/api/.*", ("rest_framework", "drf_spectacular")),
    Door(
        "HTTP classes",
        r"(apps/(api|web)|taskhub)/.*|apps/\w+/admin\.py",
        ("django.http", "django.shortcuts", "django.views"),
    ),
    Door("celery", r"apps/\w+/jobs\.py|apps/core/background\.py|taskhub/celery\.py", ("celery", "kombu")),
    Door("HTTP client", r"apps/core/egress(/\w+)?\.py", CLIENTS),
    Door("jsonschema", r"apps/containers/schema(/\w+)?\.py", ("jsonschema", "jsonschema_rs", "referencing")),
    Door("cron", r"apps/automation/schedules/recurrence\.py", ("cronsim",)),
    Door("CEL", r"apps/core/conditions(/\w+)?\.py", ("cel_expr_python", "celpy", "cel")),
    Door("django_fsm", r"apps/\w+/lifecycle\.py", ("django_fsm",)),
    Door("Task.objects", r"apps/tasks/.*", sees=task_rows),
    Door("new events", r"apps/events/log\.py", sees=new_events),
    Door("leases", r"apps/tasks/leases\.py|apps/automation/queue(/\w+)?\.py", sees=lease_writes),
    Door("a task's status", r"apps/tasks/lifecycle\.py", sees=status_writes),
    Door("raw SQL", SQL, sees=raw_sql),
    Door("trusted HTML", r"(?!)", sees=trusted_html),
    Door("signals", r"(?!)", ("django.dispatch", "django.db.models.signals")),
    Door(
        "the environment",
        r"taskhub/(env|settings|celery|wsgi|processes|server)\.py|taskhub/management/commands/serve\.py",
        ("os.environ", "os.getenv"),
        sees=environment,
    ),
]
