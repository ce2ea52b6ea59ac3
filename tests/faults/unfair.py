"""The product's settings with SQLite as Django has it: writers do not queue up."""

from taskhub.settings import *  # noqa: F403
from taskhub.settings import DATABASES

DATABASES["default"]["ENGINE"] = "django.db.backends.sqlite3"
