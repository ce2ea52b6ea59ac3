"""Django application configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActorsConfig(AppConfig):
    """Who acts: users, teams, applications, their keys."""

    name = "apps.actors"
    verbose_name = _("People and applications")
    default_auto_field = "django.db.models.BigAutoField"
