"""References: `user:NAME`, `team:SLUG`, `application:NAME`, as bodies write them and answers show them."""

from apps.core.errors import Invalid

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
    teams = list(user.teams.values_list("id", "slug"))
    return Actor(
        kind="user",
        name=user.username,
        id=user.pk,
        team_ids=frozenset(id for id, _ in teams),
        team_slugs=frozenset(slug for _, slug in teams),
        is_administrator=user.is_staff and user.is_superuser,
    )


def actor_of_application(application: Application) -> Actor:
    """The application as an actor."""
    return Actor(kind="application", name=application.name, id=application.pk)
