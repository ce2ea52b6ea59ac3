"""The WSGI application; `manage.py serve` runs it."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskhub.settings")
os.environ.setdefault("TASKHUB_PROCESS", "web")

from django.core.wsgi import get_wsgi_application  # noqa: E402  (settings read the process kind above)

from taskhub.celery import app as celery_app  # noqa: E402, F401  (background hints need the app)

application = get_wsgi_application()
