#!/usr/bin/env python
"""TaskHub's command line: `manage.py help` lists what it can do."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskhub.settings")
    if sys.argv[1:2] == ["serve"]:  # the settings ask what this process is
        embedded = "--background" in sys.argv and not os.environ.get("CELERY_BROKER_URL", "").strip()
        os.environ["TASKHUB_PROCESS"] = "embedded" if embedded else "web"
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"TaskHub cannot start: {error}")


if __name__ == "__main__":
    main()
