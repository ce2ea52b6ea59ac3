"""What a production start refuses, and what it should not do without: `serve` and `check --deploy` read both lists."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

MIN_KEY_LENGTH, MIN_KEY_CHARACTERS = 32, 8


def dangers() -> list[str]:
    """Each unsafe setting as a sentence. With DEBUG on there are none: then serve binds to loopback only."""
    if settings.DEBUG:
        return []
    problems = []
    if "*" in settings.ALLOWED_HOSTS:
        problems.append("ALLOWED_HOSTS must name the hosts; * is refused.")
    if any(is_weak(key) for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]):
        problems.append(f"SECRET_KEY is weak: use at least {MIN_KEY_LENGTH} random characters.")
    return problems


def shared_keys() -> list[str]:
    """Each purpose for which SECRET_KEY stands in: one key that leaks opens everything, and can hardly be changed."""
    warnings = []
    if settings.API_KEY_PEPPER == settings.SECRET_KEY:
        warnings.append("API_KEY_PEPPER is not set: API keys are hashed under SECRET_KEY, and end when that changes.")
    if not settings.SECRETS_KEYS:
        warnings.append("SECRETS_KEYS is not set: secrets at rest are sealed under a key derived from SECRET_KEY.")
    return warnings


def mail_without_links() -> list[str]:
    """Whether mail is sent that cannot say where TaskHub is."""
    sends_mail = settings.EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend"
    return ["BASE_URL is not set: mail has no links."] if sends_mail and not settings.BASE_URL else []


def is_weak(key: str) -> bool:
    """Too short, too even, or Django's own example."""
    return len(key) < MIN_KEY_LENGTH or len(set(key)) < MIN_KEY_CHARACTERS or key.startswith("django-insecure-")


@register(Tags.security, deploy=True)
def check_dangers(**_: Any) -> list[CheckMessage]:
    """The same for `manage.py check --deploy`."""
    errors = [Error(sentence, id=f"taskhub.E{number:03}") for number, sentence in enumerate(dangers(), 1)]
    sentences = [*shared_keys(), *mail_without_links()]
    return [*errors, *(Warning(sentence, id="taskhub.W001") for sentence in sentences)]
