"""What a production start refuses, in one list: `serve` and `check --deploy` both read it."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

MIN_KEY_LENGTH, MIN_KEY_CHARACTERS = 32, 8


def dangers() -> list[str]:
    """Each unsafe setting as a sentence. With DEBUG on there are none: then serve binds to loopback only."""
    if settings.DEBUG:
        return []
    found = []
    if "*" in settings.ALLOWED_HOSTS:
        found.append("ALLOWED_HOSTS must name the hosts; * is refused.")
    if any(is_weak(key) for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]):
        found.append(f"SECRET_KEY is weak: use at least {MIN_KEY_LENGTH} random characters.")
    return found


def is_weak(key: str) -> bool:
    """Too short, too even, or Django's own example."""
    return len(key) < MIN_KEY_LENGTH or len(set(key)) < MIN_KEY_CHARACTERS or key.startswith("django-insecure-")


@register(Tags.security, deploy=True)
def check_dangers(**_: Any) -> list[CheckMessage]:
    """The same for `manage.py check --deploy`."""
    return [Error(sentence, id=f"taskhub.E{number:03}") for number, sentence in enumerate(dangers(), 1)]
