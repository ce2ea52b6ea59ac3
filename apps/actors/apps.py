"""Django application configuration."""

from django.apps import AppConfig


class ActorsConfig(AppConfig):
    """Who acts: users, teams, applications, their keys."""

    name = "apps.actors"
    default_auto_field = "django.db.models.BigAutoField"
