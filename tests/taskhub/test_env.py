"""The environment, read typed; a wrong value names its variable and never its content."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from taskhub import env


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "SECRET_KEY", "EMAIL_URL", "TASKHUB_DATA_DIR", "X"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("TRUE", True), ("on", True), ("0", False), ("", False), ("no", False)]
)
def test_flag(monkeypatch: pytest.MonkeyPatch, text: str, value: bool) -> None:
    monkeypatch.setenv("X", text)
    assert env.flag("X") is value


def test_wrong_values_name_the_variable_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "hunter2")
    for read in (env.flag, lambda name: env.number(name, 1), env.origin):
        with pytest.raises(ImproperlyConfigured, match=r"^X must") as error:
            read("X")
        assert "hunter2" not in str(error.value)


def test_words_drop_what_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", " a, ,b ,")
    assert env.words("X") == ["a", "b"]


@pytest.mark.parametrize("text", ["hunter2", "A" * 43, "A" * 44, "A" * 43 + "=,x", "é"])
def test_keys_that_are_none_are_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("X", "A" * 43 + "=")
    assert env.keys("X") == ["A" * 43 + "="]
    monkeypatch.setenv("X", text)
    with pytest.raises(ImproperlyConfigured, match=r"^X must"):
        env.keys("X")


def test_sqlite_is_the_default_and_survives_its_processes(tmp_path: Path) -> None:
    settings = env.database(tmp_path)
    assert settings["NAME"] == str(tmp_path / "taskhub.sqlite3")
    assert settings["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in settings["OPTIONS"]["init_command"]
    assert "synchronous=NORMAL" in settings["OPTIONS"]["init_command"]


@pytest.mark.parametrize(("query", "synchronous"), [("", "FULL"), ("?synchronous=NORMAL", "NORMAL")])
def test_a_named_file_survives_a_power_cut_unless_it_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, query: str, synchronous: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:////var/hub.sqlite3{query}")
    assert f"synchronous={synchronous};" in env.database(tmp_path)["OPTIONS"]["init_command"]


def test_sqlite_says_how_long_a_write_waits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert env.database(tmp_path)["OPTIONS"]["timeout"] == 20
    monkeypatch.setenv("DATABASE_URL", "sqlite:////var/hub.sqlite3?timeout=2.5")
    settings = env.database(tmp_path)
    assert (settings["NAME"], settings["OPTIONS"]["timeout"]) == ("/var/hub.sqlite3", 2.5)


@pytest.mark.parametrize("query", ["timeout=soon", "timeout=-1", "timeout=nan", "synchronous=OFF", "mode=ro"])
def test_other_options_of_sqlite_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, query: str) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:////var/hub.sqlite3?{query}")
    with pytest.raises(ImproperlyConfigured, match="timeout"):
        env.database(tmp_path)


def test_postgresql_url_is_unquoted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://a%40b:p%2Fw@db:5433/hub?sslmode=require")
    settings = env.database(tmp_path)
    assert (settings["USER"], settings["PASSWORD"], settings["NAME"]) == ("a@b", "p/w", "hub")
    assert (settings["HOST"], settings["PORT"], settings["OPTIONS"]) == ("db", "5433", {"sslmode": "require"})


def test_other_databases_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://x")
    with pytest.raises(ImproperlyConfigured):
        env.database(tmp_path)


def test_secret_key_is_made_once_for_debugging(tmp_path: Path) -> None:
    key = env.secret_key(tmp_path, debug=True)
    assert len(key) > 50
    assert env.secret_key(tmp_path, debug=True) == key
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_secret_key_is_never_made_in_production(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
        env.secret_key(tmp_path, debug=False)


def test_mail_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", "smtp+tls://me:pw@mail.example.org:587")
    settings = env.email()
    assert (settings["EMAIL_HOST"], settings["EMAIL_PORT"], settings["EMAIL_USE_TLS"]) == (
        "mail.example.org",
        587,
        True,
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [("", 1), ("0", 0), ("2", 2), ("10.0.0.0/8, ::1", [ip_network("10.0.0.0/8"), ip_network("::1")])],
)
def test_proxies_are_a_number_or_networks(monkeypatch: pytest.MonkeyPatch, value: str, expected: object) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", value)
    assert env.proxies("TRUSTED_PROXIES", 1) == expected


def test_wrong_proxies_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "proxy.example.org")
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
        env.proxies("TRUSTED_PROXIES", 1)
