"""Django application configuration."""

from django.apps import AppConfig


class TaskHubConfig(AppConfig):
    """The wiring: commands and checks."""

    name = "taskhub"

    def ready(self) -> None:
        """Register the checks."""
        from taskhub import safety  # noqa: F401
