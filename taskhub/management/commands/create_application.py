"""`manage.py create_application`: an integrating program; prints its first key, alone on stdout."""

from argparse import ArgumentParser
from typing import Any

from apps.actors import services
from apps.actors.actor import SYSTEM
from taskhub.management.base import ServiceCommand


class Command(ServiceCommand):
    help = "Create an application and print its key. The key is shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--title", default="")

    def run(self, *, name: str, title: str, **_: Any) -> str:
        _application, key = services.create_application(actor=SYSTEM, name=name, title=title)
        return key
