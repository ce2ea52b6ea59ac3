"""`manage.py rebuild_search`: the searched texts of every task anew, beside whatever goes on meanwhile."""

from typing import Any

from apps.tasks import search
from taskhub.management.base import ServiceCommand


class Command(ServiceCommand):
    help = "Write what search reads anew: after rows were written past the services, or rules of search changed."

    def run(self, **_: Any) -> None:
        last = search.rebuild()
        while last is not None:
            last = search.rebuild(last)
        self.stderr.write("Search is up to date.")
