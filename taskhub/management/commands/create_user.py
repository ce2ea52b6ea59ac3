"""`manage.py create_user`: a person who can sign in."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from apps.actors import services
from apps.actors.actor import SYSTEM
from apps.actors.models import Team
from apps.core.errors import NotFound
from taskhub.management.base import ServiceCommand


class Command(ServiceCommand):
    help = "Create a user. --staff makes an administrator."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from stdin")
        parser.add_argument("--email", default="")
        parser.add_argument("--team", action="append", default=[], metavar="SLUG", dest="teams")
        parser.add_argument("--staff", action="store_true")

    def run(self, *, name: str, password_stdin: bool, email: str, teams: list[str], staff: bool, **_: Any) -> None:
        members_of = [_team(slug) for slug in teams]
        password = sys.stdin.readline().rstrip("\r\n") if password_stdin else getpass.getpass()
        services.create_user(actor=SYSTEM, name=name, password=password, email=email, teams=members_of, staff=staff)
        self.stderr.write(f"Created user {name}.")


def _team(slug: str) -> Team:
    team = Team.objects.filter(slug=slug).first()
    if team is None:
        raise NotFound(f"There is no team named {slug}.")
    return team
