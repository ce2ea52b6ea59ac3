"""Django application configuration."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The REST surface under /api/v1."""

    name = "apps.api"
    default_auto_field = "django.db.models.BigAutoField"
