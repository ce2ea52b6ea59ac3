"""`/me`: who the caller is."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.json_types import JsonObject

from .description import describes
from .resource import Resource
from .schemas import ref


class Me(Resource):
    """The caller."""

    @describes("get_me", "Who am I", answer=ref("Me"))
    def get(self, request: Request) -> Response:
        return self.answer(self._body())

    def _body(self) -> JsonObject:
        actor = self.actor
        return {
            "actor": str(actor),
            "kind": actor.kind,
            "name": actor.name,
            "id": actor.id,
            "teams": sorted(f"team:{slug}" for slug in actor.team_slugs),
            "administrator": actor.is_administrator,
        }
