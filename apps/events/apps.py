"""Django application configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    """The append-only event log and its dispatch to consumers."""

    name = "apps.events"
    verbose_name = _("History")
    default_auto_field = "django.db.models.BigAutoField"
