"""The people and teams that a form offers."""

from apps.actors import queries
from apps.web.contexts.parts import Choice

MOST_OFFERED = 200


def people(chosen: str = "") -> list[Choice]:
    """Active people, by reference; also the chosen one who is not among them any more, or beyond the most."""
    offered = [(user.reference, user.display_name) for user in queries.active_users()[:MOST_OFFERED]]
    if chosen and chosen not in dict(offered):
        offered += queries.display_names([chosen]).items()
    return offered


def teams() -> list[Choice]:
    """Teams, by reference."""
    return [(team.reference, team.title) for team in queries.all_teams()[:MOST_OFFERED]]
