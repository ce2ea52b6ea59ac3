"""Settings of the test suite: the product's own, in a directory of its own, with cheap passwords."""

import atexit
import os
import shutil
import tempfile

if "TASKHUB_DATA_DIR" not in os.environ:
    os.environ["TASKHUB_DATA_DIR"] = tempfile.mkdtemp(prefix="taskhub-tests-")
    atexit.register(shutil.rmtree, os.environ["TASKHUB_DATA_DIR"], ignore_errors=True)
os.environ.setdefault("SECRET_KEY", "only-for-tests-only-for-tests-only-for-tests-only-for-tests")
os.environ.pop("CELERY_BROKER_URL", None)

from taskhub.settings import *  # noqa: F403
from taskhub.settings import DATA_DIR, DATABASES, PLAIN_STATIC, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": PLAIN_STATIC}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
BACKGROUND_HINTS = False
PERSON_WRITES_PER_MINUTE = KEY_WRITES_PER_MINUTE = 0  # tests about them set their own
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]

# No test cuts the power under this process, so nothing waits for the disk. Servers of tests have the settings of life.
DATABASE = DATABASES["default"]
if DATABASE["ENGINE"].endswith("sqlite3"):  # a file: threads and processes share it as in life
    DATABASE["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    DATABASE["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
else:
    limits = DATABASE["OPTIONS"].get("options", "")
    DATABASE["OPTIONS"]["options"] = f"{limits} -c synchronous_commit=off".strip()
