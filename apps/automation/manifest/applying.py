"""Applying a manifest: every entry by the service of its single push, all in one transaction, or none of it."""

from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.automation.access import require_application
from apps.automation.functions.services import hold_functions
from apps.core.codes import Code
from apps.core.errors import Conflict, Forbidden, Invalid, Problem, TaskHubError
from apps.events.unit_of_work import unit_of_work

from .document import PLACE, Entry, all_parts, read_document
from .parts import Json


class _Undone(Exception):
    """Ends a trial: nothing of it stays, and nobody hears of it."""


def apply_manifest(actor: Actor, body: object, *, dry_run: bool = False) -> Json:
    """Put all that the document declares: `{dry_run, changed, changes, unmanaged}`; what it does not name stays.

    A trial does the very same and undoes it. Raises Forbidden (a person asks), Invalid with every problem of the
    document; Forbidden or Conflict if all of the problems are of that kind.
    """
    require_application(actor)
    entries = read_document(actor, body)
    answer: Json = {}
    try:
        with unit_of_work():
            hold_functions(actor)  # so that two manifests never wait for each other's rows
            answer = _Run(actor, entries, dry_run=dry_run).apply()
            if dry_run:
                raise _Undone
    except _Undone:
        pass
    return {"dry_run": dry_run, **answer}


class _Run:
    """One run over the entries: what it did, and what it could not do."""

    def __init__(self, actor: Actor, entries: list[Entry], *, dry_run: bool) -> None:
        self.actor, self.entries, self.dry_run = actor, entries, dry_run
        self.parts = all_parts()
        self.problems: list[Problem] = []
        self.closed: set[str] = set()
        """Containers that cannot be had: what lies in them is not looked at."""

    def apply(self) -> Json:
        """All entries in order. Raises as `apply_manifest`."""
        changes = [change for entry in self.entries if (change := self._apply_one(entry))]
        if self.problems:
            raise _refusal(self.problems)
        changed = any(change["change"] != "unchanged" for change in changes)
        return {"changed": changed, "changes": changes, "unmanaged": self._unmanaged()}

    def _apply_one(self, entry: Entry) -> Json | None:
        if entry.container in self.closed:
            return None
        try:
            with unit_of_work():
                return self._put(entry)
        except TaskHubError as error:
            self.problems += _problems(error, entry)
        if entry.part == PLACE:
            self._stand_in(entry)
        return None

    def _put(self, entry: Entry) -> Json:
        part = self.parts[entry.part]
        before = part.read(self.actor, entry.container, entry.name)
        put = part.put(self.actor, entry.container, entry.name, entry.body)
        after = part.read(self.actor, entry.container, entry.name) if put.changed else before
        change = "created" if put.created else "changed" if put.changed else "unchanged"
        old, new = before or {}, after or {}
        what = [key for key in new if before is not None and old.get(key) != new[key]]
        return {
            "kind": part.kind,
            "container": entry.container,
            "name": entry.name,
            "change": change,
            "what": what,
            "values": {key: [old.get(key), new[key]] for key in what},
            **put.more,
            **({} if self.dry_run else put.once),
        }

    def _stand_in(self, entry: Entry) -> None:
        """What lies in a container that is wrong itself is looked at too, in a plain one: all of this is undone."""
        part = self.parts[PLACE]
        if part.read(self.actor, None, entry.name) is not None:
            return
        try:
            with unit_of_work():
                part.put(self.actor, None, entry.name, {})
        except TaskHubError:
            self.closed.add(entry.name)

    def _unmanaged(self) -> list[Json]:
        """What there is and the document does not name: of the application, and in the containers that it names."""
        named = {(entry.part, entry.container, entry.name) for entry in self.entries}
        places = [entry.name for entry in self.entries if entry.part == PLACE]
        return [
            {"kind": part.kind, "container": place, "name": name}
            for key, part in self.parts.items()
            for place in (places if key.startswith(f"{PLACE}/") else [None])
            for name in part.names(self.actor, place)
            if (key, place, name) not in named
        ]


def _problems(error: TaskHubError, entry: Entry) -> list[Problem]:
    """What is wrong, as pointers into the whole document. A name, or a value that is no object, is its entry's key."""
    problems = error.errors or [Problem("", error.code, error.detail)]
    return [
        Problem(_inside(problem.pointer, entry.body), problem.code, problem.detail).under(entry.pointer)
        for problem in problems
    ]


def _inside(pointer: str, body: object) -> str:
    """Services know a name by the address: here it is the key of the entry. So is all about a member's mere role."""
    if isinstance(body, dict):
        return "" if pointer == "/name" and "name" not in body else pointer
    return "" if pointer in ("/name", "/role", "/confirm_widen") else pointer


def _refusal(problems: list[Problem]) -> TaskHubError:
    codes = {problem.code for problem in problems}
    detail = problems[0].detail
    if codes == {"forbidden"}:
        return Forbidden(detail, errors=problems)
    if codes == {"conflict"}:
        return Conflict(detail, errors=problems)
    return Invalid(
        detail or _("The manifest is wrong."),
        code=Code.UNKNOWN_FIELD if "unknown_field" in codes else None,
        errors=problems,
    )
