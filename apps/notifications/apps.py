"""Django application configuration."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Notifications of people, in the page and by e-mail."""

    name = "apps.notifications"
    default_auto_field = "django.db.models.BigAutoField"
