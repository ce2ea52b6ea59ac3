"""`manage.py serve`: the production web server, with `--background` also worker and beat."""

import ipaddress
import json
import logging
import os
import socket
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from taskhub import safety, server, static
from taskhub.management.base import VersionedCommand
from taskhub.rehearsal.chaos import read_plan

logger = logging.getLogger(__name__)

PROCESS = "TASKHUB_PROCESS"


class Command(VersionedCommand):
    help = "Serve TaskHub. With --background also run the worker and its clock."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bind", default="127.0.0.1:8000", metavar="HOST:PORT")
        parser.add_argument("--background", action="store_true", help="worker and beat too, ended together")
        parser.add_argument(
            "--chaos",
            nargs="?",
            const="",
            metavar="seed=N,lose=0.25,…",
            help="disturb workers on purpose, and say in the end whether they kept the protocol (DEBUG only)",
        )

    def handle(self, *, bind: str, background: bool, chaos: str | None, **options: Any) -> None:
        host, port = _address(bind)
        embedded = background and not settings.CELERY_BROKER_URL
        _require_process("embedded" if embedded else "web")
        _refuse_unsafe(host, embedded=embedded)
        _refuse_taken(host, port)
        _refuse_unmigrated()
        settings.CHAOS = _plan(chaos)
        if not settings.DEBUG:
            static.collect()
        server.serve(host, port, with_children=background and not embedded)
        if chaos is not None:
            sys.exit(_conclude())


def _address(bind: str) -> tuple[str, int]:
    """The IP address and port to listen on; a name is looked up."""
    host, _, port = bind.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise CommandError("--bind must look like 127.0.0.1:8000.")
    try:
        addresses = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
    except OSError as error:
        raise CommandError(f"--bind: {host} is not an address of this machine.") from error
    return str(addresses[0][4][0]), int(port)


def _refuse_taken(host: str, port: int) -> None:
    """Say plainly what the web server would say in a crash."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise CommandError(f"Cannot listen on {host} port {port}: {error.strerror}.") from error


def _refuse_unsafe(host: str, *, embedded: bool) -> None:
    if settings.DEBUG and not ipaddress.ip_address(host).is_loopback:
        raise CommandError("DEBUG is on: serve binds to a loopback address only.")
    if embedded and settings.WEB_PROCESSES > 1:
        raise CommandError("More than one web process needs a broker: set CELERY_BROKER_URL.")
    for sentence in safety.dangers():
        raise CommandError(sentence)
    for sentence in safety.mail_without_links():
        logger.warning(sentence)


def _refuse_unmigrated() -> None:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error as error:  # it may come up later; until then answers are 503
        logger.warning("The database does not answer: %s", error)
        return
    if missing:
        raise CommandError("The database is not up to date: run `manage.py migrate` first.")


def _plan(chaos: str | None) -> str:
    """What `--chaos` does, spelled out; empty without it."""
    if chaos is None:
        return ""
    if not settings.DEBUG:
        raise CommandError("--chaos breaks answers on purpose: it needs DEBUG=true, and a TaskHub to throw away.")
    if settings.WEB_PROCESSES > 1:
        raise CommandError("--chaos keeps one book: WEB_PROCESSES must be 1.")
    settings.CHAOS_REPORT.unlink(missing_ok=True)
    try:
        return str(read_plan(chaos))
    except ValueError as error:
        raise CommandError(f"--chaos: {error}") from error


def _conclude() -> int:
    """Print what the web process found out; the exit status says it in one figure."""
    if not settings.CHAOS_REPORT.exists():
        raise CommandError("The web process left no report.", returncode=3)
    report = json.loads(settings.CHAOS_REPORT.read_text())
    print(report["text"], end="", flush=True)  # noqa: T201
    return int(report["code"])


def _require_process(process: str) -> None:
    """The settings must know what this process is; `manage.py` says it before they are read, for the usual words."""
    if process != settings.PROCESS:
        sys.stdout.flush()
        command = [sys.executable, str(Path(settings.BASE_DIR, "manage.py")), *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, PROCESS: process})  # noqa: S606
