"""A TaskHub for the browser: in processes of its own, on SQLite or in a fresh database beside DATABASE_URL's."""

from collections.abc import Mapping

from tests.servers import Server

PASSWORD = "correct-horse-battery-41"
PEOPLE: dict[str, list[str]] = {
    "ana": [],
    "ben": [],
    "cleo": ["--team", "desk"],
    "dan": ["--team", "desk"],
    "dora": ["--team", "dba"],
    "eve": [],
}
TEAMS = {"dba": "DBA", "desk": "Refunds desk"}
APPLICATIONS = ("migrator", "refunds")
CAST = """
import io, sys
from django.core.management import call_command
for slug, title in {teams!r}.items():
    call_command("create_team", slug, title=title)
for name, arguments in {people!r}.items():
    sys.stdin = io.StringIO({password!r})
    call_command("create_user", name, "--password-stdin", *arguments)
for name in {applications!r}:
    call_command("create_application", name, title=name.capitalize())
"""


class BrowserHub(Server):
    """TaskHub with its people and applications. `keys` are the applications' keys."""

    keys: Mapping[str, str] = {}

    def prepare(self) -> None:
        """Makes the tables and the cast, all in two processes."""
        self.migrate()
        cast = CAST.format(people=PEOPLE, teams=TEAMS, applications=APPLICATIONS, password=PASSWORD)
        lines = self.manage("shell", "--verbosity", "0", "-c", cast).splitlines()
        self.keys = dict(zip(APPLICATIONS, lines, strict=True))
