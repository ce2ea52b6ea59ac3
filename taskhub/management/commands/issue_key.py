"""`manage.py issue_key`: a further key of an application; prints it, alone on stdout."""

from argparse import ArgumentParser
from typing import Any

from apps.actors import services
from apps.actors.actor import SYSTEM
from apps.actors.models import Application
from apps.core.errors import NotFound
from taskhub.management.base import ServiceCommand


class Command(ServiceCommand):
    help = "Issue a further key of an application and print it. The key is shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("application")

    def run(self, *, application: str, **_: Any) -> str:
        owner = Application.objects.filter(name=application).first()
        if owner is None:
            raise NotFound(f"There is no application named {application}.")
        return services.issue_key(actor=SYSTEM, application=owner)
