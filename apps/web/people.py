"""The reader of a page: their actor, their zone, and the names of the parties on it."""

from collections.abc import Iterable, Iterator, Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest

from apps.actors import queries
from apps.actors.actor import Actor
from apps.actors.models import Application, Team, User
from apps.actors.references import actor_of_user


def user_of(request: HttpRequest) -> User:
    """The signed-in person; pages are behind the sign-in rule."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError("a page without a signed-in person has no reader")
    return user


def actor_of(request: HttpRequest) -> Actor:
    """The person as an actor, read once a request."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        actor = request.actor = actor_of_user(user_of(request))  # type: ignore[attr-defined]
    return actor


def zone_named(name: str) -> ZoneInfo:
    """The zone of that name; UTC if this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def zone_of(request: HttpRequest) -> ZoneInfo:
    """The reader's time zone."""
    return zone_named(user_of(request).time_zone)


class Names(Mapping[str, str]):
    """Reference → the name people know. Expected ones are read together, at the first lookup."""

    def __init__(self) -> None:
        self._known: dict[str, str | None] = {}
        self._expected: set[str] = set()

    def know(self, *parties: User | Team | Application | None) -> None:
        """Parties that were read anyhow."""
        for party in parties:
            if isinstance(party, User):
                self._known[party.reference] = party.display_name
            elif party is not None:
                self._known[party.reference] = party.title

    def expect(self, *references: str | None) -> None:
        """References that the page is going to name."""
        self._expected |= {reference for reference in references if reference and ":" in reference}

    def __getitem__(self, reference: str) -> str:
        if reference not in self._known:
            self.expect(reference)
            self._read()
        name = self._known.get(reference)
        if name is None:
            raise KeyError(reference)
        return name

    def _read(self) -> None:
        missing = self._expected - set(self._known)
        self._known |= {**dict.fromkeys(missing), **queries.display_names(missing)}

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def __bool__(self) -> bool:
        return True


def names_of(request: HttpRequest, expected: Iterable[str | None] = ()) -> Names:
    """The names on this page, one table a request."""
    names: Names | None = getattr(request, "names", None)
    if names is None:
        names = request.names = Names()  # type: ignore[attr-defined]
        names.know(user_of(request))
    names.expect(*expected)
    return names
