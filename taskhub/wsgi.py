"""The WSGI application; `manage.py serve` imports it once, and runs it in each web process."""

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskhub.settings")
os.environ.setdefault("TASKHUB_PROCESS", "web")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

application: Callable[..., Any] = get_wsgi_application()

if settings.CHAOS:
    from taskhub.rehearsal.chaos import Chaos, read_plan

    application = Chaos(application, read_plan(settings.CHAOS))
