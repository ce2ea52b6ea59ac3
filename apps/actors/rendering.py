"""Applications as those who look after them get them: the JSON of the REST contract."""

from apps.core.json_types import JsonObject
from apps.core.timestamps import format_timestamp

from .models import Application


def application_json(application: Application) -> JsonObject:
    """An application and its owners."""
    owners = [user.reference for user in application.owners.all()]
    owners += [team.reference for team in application.owner_teams.all()]
    return {
        "name": application.name,
        "title": application.title,
        "active": application.active,
        "owners": sorted(owners),
        "created_at": format_timestamp(application.created_at),
    }
