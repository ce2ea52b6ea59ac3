"""Django application configuration."""

from django.apps import AppConfig
from django.core.signals import request_finished, request_started


class CoreConfig(AppConfig):
    """Foundations without domain words: records, errors, clock, ids, conditions, egress."""

    name = "apps.core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The conditions of one request share an allowance."""
        from . import conditions  # the settings are read by now

        request_started.connect(conditions.begin_page)
        request_finished.connect(conditions.end_page)
