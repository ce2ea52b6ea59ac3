"""`manage.py prove_privacy [TASK]`: who sees what of a task, and that nobody else can tell that it is there."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import CommandError

from apps.actors.actor import SYSTEM
from apps.core.errors import NotFound
from apps.tasks import access
from taskhub.management.base import ServiceCommand
from taskhub.proof.proving import Finding, nothing_kept, prove, some_tasks

DIFFERENCES_SHOWN = 20


class Command(ServiceCommand):
    help = (
        "Ask every URL as every kind of caller, with a task and without it, and fail if any answer tells that it is "
        "there. Changes nothing: all is rolled back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("task", nargs="?", help="key or id; without it some tasks of each privacy")
        parser.add_argument("--limit", type=int, default=4, help="how many tasks, when none is named (4)")

        parser.add_argument("--below", default="", help="only routes that begin so: api/v1/ or admin/")

    def run(self, *, task: str | None, limit: int, below: str, **_: Any) -> None:
        with nothing_kept():
            names = [task] if task else [str(found.pk) for found in some_tasks(limit)]
            failed = sum(self._prove(name, below) for name in names)
        if not names:
            raise NotFound("There is no task.")
        if failed:
            raise CommandError(f"{failed} answers tell of what is hidden.")
        self.stdout.write("Nothing that is hidden changes an answer.")

    def _prove(self, name: str, below: str) -> int:
        """Prints the proof of one task; how many answers failed it."""
        found = access.get_task(SYSTEM, name)
        self.stdout.write(f"{found.key or found.pk}: {found.privacy} in {found.container.slug}")
        findings = []
        for finding in prove(name, below=below):
            self._tell(finding)
            findings.append(finding)
        self._tell_urls(findings)
        return sum(len(each.comparison.differences) + len(each.comparison.broken) for each in findings)

    def _tell(self, finding: Finding) -> None:
        sees = "sees it" if finding.sees else "does not see it"
        notes = ", work notes" if finding.reads_work_notes else ""
        fields = f"; reads {', '.join(finding.reads) or 'no field'}{notes}" if finding.sees else ""
        self.stdout.write(f"  {finding.party}: {sees}{fields}. {finding.comparison}")
        wrong = [*map(str, finding.comparison.differences), *finding.comparison.broken]
        for line in wrong[:DIFFERENCES_SHOWN]:
            self.stdout.write(f"    ! {line}")
        if len(wrong) > DIFFERENCES_SHOWN:
            self.stdout.write(f"    ! and {len(wrong) - DIFFERENCES_SHOWN} more")

    def _tell_urls(self, findings: list[Finding]) -> None:
        """Each URL that names the task, and the status that each party got, in the order above."""
        routes = sorted({route for finding in findings for route in finding.answers})
        for route in routes:
            statuses = " ".join(str(finding.answers.get(route, "–")) for finding in findings)
            self.stdout.write(f"  {route:60} {statuses}")
