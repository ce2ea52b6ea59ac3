"""Who would see a task after a change and did not before, and the other way round: what is shown before it is done.

There is no third form of the rule here: `can_see` is asked for everybody whom the task or its container names, for
each team as one who is in it alone, and for one whom nothing names at all: everybody else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from apps.actors import references
from apps.actors.actor import Actor
from apps.actors.models import Application, Team, User
from apps.actors.references import Party
from apps.containers import access as containers
from apps.containers.models import Container, Membership
from apps.core.errors import Widens
from apps.core.ids import uuid7
from apps.tasks.access import Standing, open_handover, unexpired
from apps.tasks.models import Grant, Handover, Task

EVERYONE = "everyone"


@dataclass(frozen=True)
class Viewer:
    """One whom `can_see` is asked about: `who` is a reference, or `everyone` for whom nothing names."""

    who: str
    title: str
    actor: Actor

    def as_json(self) -> dict[str, str]:
        """How answers name them."""
        return {"who": self.who, "title": self.title}


@dataclass(frozen=True)
class Exposure:
    """What a change does to who sees a task."""

    gains: tuple[Viewer, ...]
    loses: tuple[Viewer, ...]

    def as_json(self) -> dict[str, object]:
        """The preview of a change."""
        return {
            "widens": bool(self.gains),
            "gains": [viewer.as_json() for viewer in self.gains],
            "loses": [viewer.as_json() for viewer in self.loses],
        }


def require_confirmed(exposure: Exposure, confirmed: bool) -> None:
    """Raises Widens if the change lets somebody in and nobody said that this is meant."""
    if exposure.gains and not confirmed:
        said = exposure.as_json()
        detail = _("More people would see it. Say confirm_widen: true if that is meant.")
        raise Widens(detail, gains=said["gains"], loses=said["loses"])  # type: ignore[arg-type]


def compare(before: Task, after: Task) -> Exposure:
    """Who gains and who loses sight when the task becomes as `after`; both are looked at as they are in memory."""
    handover = open_handover(before)
    viewers = _viewers([*_named(before, handover), *_named(after, handover)])
    seeing, then = _seeing(before, handover, viewers), _seeing(after, handover, viewers)
    return Exposure(
        gains=tuple(viewer for viewer in viewers if viewer.who in then - seeing),
        loses=tuple(viewer for viewer in viewers if viewer.who in seeing - then),
    )


def _seeing(task: Task, handover: Handover | None, viewers: Sequence[Viewer]) -> set[str]:
    """Those of the viewers who see the task."""
    roles = containers.roles_of([viewer.actor for viewer in viewers], task.container)
    grants = list(Grant.objects.filter(unexpired(), task=task.newest))
    standings = {
        viewer.who: Standing(
            viewer.actor,
            task,
            known_role=roles[viewer.actor.id],
            known_handover=handover,
            known_grant=any(_is_for(grant, viewer.actor) for grant in grants),
        )
        for viewer in viewers
    }
    return {who for who, standing in standings.items() if standing.sees()}


def _is_for(grant: Grant, actor: Actor) -> bool:
    return actor.is_user and (grant.user_id == actor.id or grant.team_id in actor.team_ids)


# --- Whom to ask about --------------------------------------------------------------------------------


def _named(task: Task, handover: Handover | None) -> Iterable[Party | None]:
    """Everybody whom the task and its container name."""
    yield from (task.reporter, task.assignee, task.private_to, task.created_by_application, task.container.application)
    if handover is not None:
        yield from (handover.to_user, handover.to_team, handover.claimed_by)
    for grant in Grant.objects.filter(unexpired(), task=task.newest).select_related("user", "team"):
        yield grant.user or grant.team
    yield from _members(task.container)


def _members(container: Container) -> Iterable[Party | None]:
    rows = Membership.objects.filter(container=container)
    for row in rows.select_related("user", "team", "application").order_by("created_at", "id"):
        yield row.user or row.team or row.application


def _viewers(parties: Iterable[Party | None]) -> list[Viewer]:
    """Each of them once, everybody else first; nobody sees anything who is no longer active."""
    found = {party.reference: party for party in parties if party is not None and _is_active(party)}
    actors = references.actors_of(party for party in found.values() if isinstance(party, User))
    return [
        Viewer(EVERYONE, _("Everybody who is signed in"), _somebody()),
        *(Viewer(who, _title(party), _actor(party, actors)) for who, party in found.items()),
    ]


def _is_active(party: Party) -> bool:
    if isinstance(party, User):
        return party.is_active
    return party.active if isinstance(party, Application) else True


def _actor(party: Party, users: dict[UUID, Actor]) -> Actor:
    if isinstance(party, User):
        return users[party.pk]
    return references.actor_of_application(party) if isinstance(party, Application) else _somebody(party)


def _somebody(*teams: Team) -> Actor:
    """A person whom nothing names but the teams."""
    ids, slugs = frozenset(team.pk for team in teams), frozenset(team.slug for team in teams)
    return Actor(kind="user", name="", id=uuid7(), team_ids=ids, team_slugs=slugs)


def _title(party: Party) -> str:
    return party.display_name if isinstance(party, User) else party.title
