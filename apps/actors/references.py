"""References: `user:NAME`, `team:SLUG`, `application:NAME`, as bodies write them and answers show them."""

from collections.abc import Iterable
from uuid import UUID

from apps.core.errors import Invalid
from apps.core.ids import uuid7
from apps.core.sql.prepared import Prepared

from .actor import Actor
from .models import Application, Team, User

Party = User | Team | Application


def find(reference: object, *, pointer: str, kinds: tuple[str, ...] = ("user", "team", "application")) -> Party:
    """The active party that `reference` names. Raises Invalid at `pointer`; unknown and inactive read the same."""
    kind, _, name = reference.partition(":") if isinstance(reference, str) else ("", "", "")
    if kind not in kinds or not name:
        wanted = " or ".join(f"{kind}:NAME" for kind in kinds)
        raise Invalid.at(pointer, f"Write {wanted}.")
    party = _lookup(kind, name)
    if party is None:
        raise Invalid.at(pointer, f"There is no {kind} named {name[:100]}.")
    return party


def _lookup(kind: str, name: str) -> Party | None:
    if "\x00" in name:
        return None
    if kind == "user":
        return User.objects.filter(username=name, is_active=True).first()
    if kind == "team":
        return Team.objects.filter(slug=name).first()
    return Application.objects.filter(name=name, active=True).first()


def actor_of_user(user: User) -> Actor:
    """The user as an actor, with their teams: one query."""
    return _actor(user, [(team.pk, team.slug) for team in _TEAMS.rows(user.pk)])


_TEAMS = Prepared(lambda user: Team.objects.filter(members=user).order_by())


def actors_of(users: Iterable[User]) -> dict[UUID, Actor]:
    """Users as actors, with their teams, by id: one query for all of them."""
    people = {user.pk: user for user in users}
    teams: dict[UUID, list[tuple[UUID, str]]] = {id: [] for id in people}
    rows = Team.objects.filter(members__in=people) if people else Team.objects.none()
    for user_id, team_id, slug in rows.values_list("members", "id", "slug"):
        teams[user_id].append((team_id, slug))
    return {id: _actor(user, teams[id]) for id, user in people.items()}


def find_actor(reference: str) -> Actor | None:
    """The active user or application of that reference as an actor; None if there is none (any more)."""
    kind, _, name = reference.partition(":")
    party = _lookup(kind, name) if kind in ("user", "application") else None
    if isinstance(party, User):
        return actor_of_user(party)
    return actor_of_application(party) if isinstance(party, Application) else None


def _actor(user: User, teams: list[tuple[UUID, str]]) -> Actor:
    return Actor(
        kind="user",
        name=user.username,
        id=user.pk,
        team_ids=frozenset(id for id, _ in teams),
        team_slugs=frozenset(slug for _, slug in teams),
        is_administrator=user.is_staff and user.is_superuser,
    )


def somebody(*teams: Team) -> Actor:
    """A person whom nothing names but the teams."""
    ids, slugs = frozenset(team.pk for team in teams), frozenset(team.slug for team in teams)
    return Actor(kind="user", name="", id=uuid7(), team_ids=ids, team_slugs=slugs)


def actor_of_application(application: Application) -> Actor:
    """The application as an actor."""
    return Actor(kind="application", name=application.name, id=application.pk)
