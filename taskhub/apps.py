"""Django application configuration."""

from django.apps import AppConfig


class TaskHubConfig(AppConfig):
    """The wiring: commands and checks."""

    name = "taskhub"

    def ready(self) -> None:
        """Register the checks, connect the ports."""
        from taskhub import safety, wiring  # noqa: F401

        wiring.fill_ports()
