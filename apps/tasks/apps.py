"""Django application configuration."""

from django.apps import AppConfig


class TasksConfig(AppConfig):
    """Tasks: lifecycle, access, custody, handovers, notes, links."""

    name = "apps.tasks"
    default_auto_field = "django.db.models.BigAutoField"
