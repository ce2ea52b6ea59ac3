"""The environment, read once and typed: the only place that looks at variables.

Every reader raises ImproperlyConfigured naming the variable, never its value.
"""

import base64
import binascii
import contextlib
import os
import re
import secrets
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def flag(name: str, default: bool = False) -> bool:
    value = text(name, str(default)).lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} must be true or false.")
    return value in TRUE


def choice(name: str, *choices: str) -> str:
    """One of the choices; the first is the default."""
    value = text(name) or choices[0]
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be {' or '.join(choices)}.")
    return value


def number(name: str, default: int, *, at_least: int = 0) -> int:
    try:
        value = int(text(name) or default)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number.") from error
    if value < at_least:
        raise ImproperlyConfigured(f"{name} must be at least {at_least}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list; empty items are dropped."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def proxies(name: str, default: int) -> int | list[IPv4Network | IPv6Network]:
    """How many proxies there are, or the networks in which they are."""
    value = text(name)
    if not value or value.isdigit():
        return number(name, default)
    try:
        return [ip_network(word, strict=False) for word in words(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a number or networks like 10.0.0.0/8.") from error


def keys(name: str) -> list[str]:
    """A comma-separated list of keys: 32 bytes each in URL-safe base64."""
    result = words(name)
    for key in result:
        try:
            whole = len(base64.b64decode(key, altchars=b"-_", validate=True)) == 32
        except (binascii.Error, ValueError):
            whole = False
        if not whole:
            raise ImproperlyConfigured(f"{name} must be keys of 32 bytes in URL-safe base64.")
    return result


def data_dir(default: Path) -> Path:
    """TASKHUB_DATA_DIR, made if it does not exist, for its owner's eyes only."""
    path = Path(text("TASKHUB_DATA_DIR") or default).resolve()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def origin(name: str) -> str:
    """An `http(s)://host[:port]` without path, or empty."""
    url = text(name).rstrip("/")
    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.path):
        raise ImproperlyConfigured(f"{name} must look like https://hub.example.org.")
    return url


def secret_key(directory: Path, *, debug: bool) -> str:
    """SECRET_KEY; with DEBUG on one is made in the data directory, once, also under a race."""
    if key := text("SECRET_KEY"):
        return key
    if not debug:
        raise ImproperlyConfigured("SECRET_KEY is not set. Set it, or DEBUG=true on your own machine.")
    path = directory / "secret_key"
    made = directory / f"secret_key.{os.getpid()}.{secrets.token_hex(4)}"
    if not path.exists():
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(made, path)
        made.unlink()
    return path.read_text().strip()


def database(directory: Path) -> dict[str, Any]:
    """DATABASE_URL (postgres://… or sqlite:///path) as Django's settings; default a SQLite file."""
    url = urlsplit(text("DATABASE_URL"))
    if not url.scheme:
        return _sqlite(str(directory / "taskhub.sqlite3"), synchronous="NORMAL")
    if url.scheme == "sqlite":
        return _sqlite(unquote(url.path[1:]) or str(directory / "taskhub.sqlite3"), **dict(parse_qsl(url.query)))
    if url.scheme in {"postgres", "postgresql"}:
        return _postgresql(url.geturl())
    raise ImproperlyConfigured("DATABASE_URL must begin with postgres:// or sqlite:///.")


def _sqlite(name: str, *, timeout: str = "20", synchronous: str = "FULL", **unknown: str) -> dict[str, Any]:
    """A write waits for the lock from its first statement on, `timeout` seconds. When it returns it survives the end of
    every process; that of the machine's power only if `synchronous` is FULL, else once the next checkpoint is done.
    """
    numeric = re.fullmatch(r"[0-9]{1,4}(\.[0-9]+)?", timeout)
    if unknown or not numeric or synchronous not in ("FULL", "NORMAL"):
        raise ImproperlyConfigured(
            "DATABASE_URL of SQLite takes ?timeout=SECONDS and synchronous=FULL or NORMAL, and nothing else."
        )
    pragmas = f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA cache_size=-16000;"
    options = {"transaction_mode": "IMMEDIATE", "timeout": float(timeout), "init_command": pragmas}
    return {"ENGINE": "apps.core.sqlite3", "NAME": name, "OPTIONS": options, "CONN_MAX_AGE": 60}


def _postgresql(raw: str) -> dict[str, Any]:
    url = urlsplit(raw)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path[1:]),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or ""),
        "PORT": str(url.port or ""),
        "OPTIONS": dict(parse_qsl(url.query)),
        "CONN_HEALTH_CHECKS": True,
    }


def email() -> dict[str, Any]:
    """EMAIL_URL (smtp://, smtps://, smtp+tls://user:password@host:port) as Django's EMAIL_ settings.

    Without one, mail is written to the log of the process that sends it.
    """
    url = urlsplit(text("EMAIL_URL"))
    if not url.scheme:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if url.scheme not in {"smtp", "smtps", "smtp+tls"}:
        raise ImproperlyConfigured("EMAIL_URL must begin with smtp://, smtps:// or smtp+tls://.")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": url.hostname or "localhost",
        "EMAIL_PORT": url.port or (465 if url.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_USE_TLS": url.scheme == "smtp+tls",
        "EMAIL_TIMEOUT": 10,
    }
