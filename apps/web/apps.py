"""Django application configuration."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The pages."""

    name = "apps.web"
    default_auto_field = "django.db.models.BigAutoField"
