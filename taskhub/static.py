"""The static files of a production: collected, hashed and compressed in the data directory, once a version."""

import fcntl
import hashlib
import os
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from taskhub import __version__

MANIFEST = "staticfiles.json"


def collect() -> None:
    """Collect them unless it is done: compressing takes seconds.

    One at a time: servers that start at the same moment would take each other's files away.
    """
    done, found = settings.DATA_DIR / "static.sources", _sources()
    with open(settings.DATA_DIR / "static.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if Path(settings.STATIC_ROOT, MANIFEST).exists() and done.exists() and done.read_text() == found:
            return
        done.unlink(missing_ok=True)
        call_command("collectstatic", interactive=False, verbosity=0)
        done.write_text(found)


def _sources() -> str:
    """Another text when a file is another one, or TaskHub is."""
    files = [(name, os.stat(rows.path(name))) for finder in get_finders() for name, rows in finder.list([])]
    known = sorted((name, found.st_size, found.st_mtime_ns) for name, found in files)
    return hashlib.sha256(repr((__version__, known)).encode()).hexdigest()
