"""Django application configuration."""

from django.apps import AppConfig


class ContainersConfig(AppConfig):
    """Places of tasks, their members, and the versioned task types in them."""

    name = "apps.containers"
    default_auto_field = "django.db.models.BigAutoField"
