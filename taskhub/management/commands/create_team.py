"""`manage.py create_team`: an audience of users."""

from argparse import ArgumentParser
from typing import Any

from apps.actors import services
from apps.actors.actor import SYSTEM
from taskhub.management.base import ServiceCommand


class Command(ServiceCommand):
    help = "Create a team."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--title", default="")

    def run(self, *, slug: str, title: str, **_: Any) -> None:
        services.create_team(actor=SYSTEM, slug=slug, title=title)
        self.stderr.write(f"Created team {slug}.")
