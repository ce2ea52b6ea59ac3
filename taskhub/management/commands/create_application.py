"""`manage.py create_application`: an integrating program; prints its first key, alone on stdout."""

from argparse import ArgumentParser
from typing import Any

from apps.actors import references, services
from apps.actors.actor import SYSTEM
from apps.actors.models import Team, User
from taskhub.management.base import ServiceCommand


class Command(ServiceCommand):
    help = "Create an application and print its key. The key is shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--title", default="")
        about = "user:NAME or team:SLUG, told when it fails silently; may be repeated"
        parser.add_argument("--owner", action="append", default=[], help=about)

    def run(self, *, name: str, title: str, owner: list[str], **_: Any) -> str:
        parties = [references.find(each, pointer="/owner", kinds=("user", "team")) for each in owner]
        application, key = services.create_application(actor=SYSTEM, name=name, title=title)
        users = [party for party in parties if isinstance(party, User)]
        teams = [party for party in parties if isinstance(party, Team)]
        services.change_owners(actor=SYSTEM, application=application, users=users, teams=teams)
        return key
