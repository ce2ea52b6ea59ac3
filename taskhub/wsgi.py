"""The WSGI application; `manage.py serve` runs it, with worker and beat inside if it is embedded."""

import os
from collections.abc import Callable
from multiprocessing.util import Finalize
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskhub.settings")
os.environ.setdefault("TASKHUB_PROCESS", "web")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

application: Callable[..., Any] = get_wsgi_application()

if settings.CHAOS:
    from taskhub.rehearsal.chaos import Chaos, read_plan

    application = chaos = Chaos(application, read_plan(settings.CHAOS))
    Finalize(None, chaos.conclude, [settings.CHAOS_REPORT], exitpriority=50)

if settings.PROCESS == "embedded":
    from taskhub.celery import Background

    background = Background(settings.WORKER_THREADS)
    background.start()
    # The web server's process ends after its last answer; jobs that run then are waited for.
    Finalize(None, background.stop, exitpriority=100)
