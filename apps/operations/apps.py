"""The app's configuration."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """Operations over many tasks."""

    name = "apps.operations"
