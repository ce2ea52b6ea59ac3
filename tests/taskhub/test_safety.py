"""What `check --deploy` says of an installation, and what the settings make of variables."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from taskhub import safety
from tests.architecture.source import ROOT

KEY = "QyBwZXJ5IHNhZmUga2V5IGZvciB0aGVzZSB0ZXN0cyBvbmx5"
OTHER = "b3RoZXIga2V5IHRoYXQgaXMgc2FmZSBmb3IgdGhlc2UgdGVzdHM"
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def warnings(settings: object, **values: object) -> list[str]:
    """What the check warns of with these settings and otherwise good ones."""
    good = {"DEBUG": False, "SECRET_KEY": KEY, "API_KEY_PEPPER": OTHER, "SECRETS_KEYS": ["x"], "EMAIL_BACKEND": SMTP}
    for name, value in {**good, "BASE_URL": "https://hub.example.org", "ALLOWED_HOSTS": ["hub"], **values}.items():
        setattr(settings, name, value)
    return [message.msg for message in safety.check_dangers()]


def test_good_settings_are_quiet(settings: object) -> None:
    assert warnings(settings) == []


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"API_KEY_PEPPER": KEY}, "API_KEY_PEPPER"),
        ({"SECRETS_KEYS": []}, "SECRETS_KEYS"),
        ({"BASE_URL": ""}, "BASE_URL"),
        ({"ALLOWED_HOSTS": ["*"]}, "ALLOWED_HOSTS"),
    ],
)
def test_each_weakness_is_named(settings: object, values: dict[str, object], named: str) -> None:
    (message,) = warnings(settings, **values)
    assert message.startswith(named)


def test_without_mail_links_are_not_missed(settings: object) -> None:
    assert warnings(settings, BASE_URL="", EMAIL_BACKEND="django.core.mail.backends.console.EmailBackend") == []


@pytest.mark.parametrize(("variables", "preload"), [({}, "False"), ({"HSTS_PRELOAD": "true"}, "True")])
def test_preload_must_be_asked_for(tmp_path: Path, variables: dict[str, str], preload: str) -> None:
    environment = {"PATH": os.environ["PATH"], "SECRET_KEY": KEY, "TASKHUB_DATA_DIR": str(tmp_path), **variables}
    environment["BASE_URL"] = "https://hub.example.org"
    read = "from taskhub import settings; print(settings.SECURE_HSTS_PRELOAD, settings.SECURE_HSTS_SECONDS > 0)"
    done = subprocess.run(
        [sys.executable, "-c", read], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [preload, "True"]
