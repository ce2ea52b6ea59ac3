"""Django application configuration."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """The append-only event log and its dispatch to consumers."""

    name = "apps.events"
    default_auto_field = "django.db.models.BigAutoField"
