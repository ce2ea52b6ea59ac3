"""Commands over services: what a service refuses is one line on stderr and exit status 1."""

from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import TaskHubError
from taskhub import __version__


class VersionedCommand(BaseCommand):
    """`--version` prints the version of TaskHub, not that of Django."""

    def get_version(self) -> str:
        return __version__


class ServiceCommand(VersionedCommand):
    """Subclasses write `run`; it may raise what services raise."""

    requires_system_checks = ()
    run: Callable[..., str | None]

    def handle(self, **options: Any) -> str | None:
        try:
            return self.run(**options)
        except TaskHubError as error:
            raise CommandError(error.detail) from error
