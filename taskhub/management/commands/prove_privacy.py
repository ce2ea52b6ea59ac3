"""`manage.py prove_privacy [TASK]`: reports who sees what of a task, and proves that others cannot tell it exists."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import CommandError

from apps.actors.actor import SYSTEM
from apps.core.errors import NotFound
from apps.tasks import access
from taskhub.management.base import ServiceCommand
from taskhub.rehearsal.privacy_proof.proof import Finding, latest_tasks, prove, rolled_back

MOST_DIFFERENCES = 20
"""How many differences are printed for each caller."""


class Command(ServiceCommand):
    help = (
        "Request every URL as every kind of caller, with a task and without it, and fail if any answer reveals that "
        "it is there. Changes nothing: everything is rolled back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("task", nargs="?", help="key or id; without it some tasks of each privacy")
        parser.add_argument("--limit", type=int, default=4, help="how many tasks, when none is named (4)")
        parser.add_argument("--below", default="", help="only routes with this beginning: api/v1/ or admin/")

    def run(self, *, task: str | None, limit: int, below: str, **_: Any) -> None:
        with rolled_back():
            names = [task] if task else [str(row.pk) for row in latest_tasks(limit)]
            failed = sum(self._prove(name, below) for name in names)
        if not names:
            raise NotFound("There is no task.")
        if failed:
            raise CommandError(f"{failed} answers tell of what is hidden.")
        self.stdout.write("Nothing that is hidden changes an answer.")

    def _prove(self, name: str, below: str) -> int:
        """Print the proof of one task and return how many responses failed it."""
        task = access.get_task(SYSTEM, name)
        self.stdout.write(f"{task.key or task.pk}: {task.privacy} in {task.container.slug}")
        findings = []
        for finding in prove(name, below=below):
            self._print_finding(finding)
            findings.append(finding)
        self._print_statuses(findings)
        return sum(len(each.comparison.differences) + len(each.comparison.broken) for each in findings)

    def _print_finding(self, finding: Finding) -> None:
        sees = "sees it" if finding.sees else "does not see it"
        notes = ", work notes" if finding.reads_work_notes else ""
        fields = f"; reads {', '.join(finding.reads) or 'no field'}{notes}" if finding.sees else ""
        self.stdout.write(f"  {finding.identity}: {sees}{fields}. {finding.comparison}")
        wrong = [*map(str, finding.comparison.differences), *finding.comparison.broken]
        for line in wrong[:MOST_DIFFERENCES]:
            self.stdout.write(f"    ! {line}")
        if len(wrong) > MOST_DIFFERENCES:
            self.stdout.write(f"    ! and {len(wrong) - MOST_DIFFERENCES} more")

    def _print_statuses(self, findings: list[Finding]) -> None:
        """For each URL that names the task, print the status that each caller got, in the order above."""
        routes = sorted({route for finding in findings for route in finding.statuses})
        for route in routes:
            statuses = " ".join(str(finding.statuses.get(route, "–")) for finding in findings)
            self.stdout.write(f"  {route:60} {statuses}")
