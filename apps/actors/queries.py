"""Reads of parties for surfaces: the names that people know."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from .actor import Actor
from .models import Application, Team, User


def display_names(references: Iterable[str]) -> dict[str, str]:
    """Reference → name for those that exist; one query a kind, whatever their number."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for reference in references:
        kind, _, name = reference.partition(":")
        wanted[kind].add(name)
    users = User.objects.filter(username__in=wanted["user"]) if wanted["user"] else ()
    teams = Team.objects.filter(slug__in=wanted["team"]) if wanted["team"] else ()
    applications = Application.objects.filter(name__in=wanted["application"]) if wanted["application"] else ()
    return {
        **{user.reference: user.display_name for user in users},
        **{team.reference: team.title for team in teams},
        **{application.reference: application.title for application in applications},
    }


def active_users() -> QuerySet[User]:
    """Whom a task can be given to."""
    return User.objects.filter(is_active=True).order_by("username")


def teams_of(actor: Actor) -> QuerySet[Team]:
    """The teams that the actor is in."""
    return Team.objects.filter(pk__in=actor.team_ids).order_by("title")


def all_teams() -> QuerySet[Team]:
    """Every team: an audience that a task can be given to."""
    return Team.objects.order_by("title", "slug")


def owners_of(application_id: UUID) -> QuerySet[User]:
    """The active people who own an application, by themselves or in a team."""
    owns = Q(owned_applications=application_id) | Q(teams__owned_applications=application_id)
    return User.objects.filter(owns, is_active=True).distinct()


def applications_owned_by(user_id: UUID) -> QuerySet[Application]:
    """The applications that a person owns, by themselves or in a team."""
    return Application.objects.filter(Q(owners=user_id) | Q(owner_teams__members=user_id))
