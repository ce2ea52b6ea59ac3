"""TaskHub's wiring: settings, URLs, Celery, the web server and its commands."""

# The version of the product; CHANGELOG.md says what each version brings. The Python client has a version of its own.
__version__ = "1.0.0"

from taskhub.celery import app as celery_app

__all__ = ["__version__", "celery_app"]
