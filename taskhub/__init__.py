"""TaskHub's wiring: settings, URLs, Celery, the web server and its commands."""

from taskhub.celery import app as celery_app

__all__ = ["celery_app"]
