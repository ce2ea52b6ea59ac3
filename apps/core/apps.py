"""Django application configuration."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Foundations without domain words: records, errors, clock, ids, conditions, egress."""

    name = "apps.core"
    default_auto_field = "django.db.models.BigAutoField"
