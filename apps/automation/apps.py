"""Django application configuration."""

from django.apps import AppConfig


class AutomationConfig(AppConfig):
    """Functions and the queue: claim, heartbeat, outcome, failure, sweep."""

    name = "apps.automation"
    default_auto_field = "django.db.models.BigAutoField"
