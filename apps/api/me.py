"""`/me`: who the caller is."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from .description import describes, ref
from .resource import Resource


class Me(Resource):
    """The caller."""

    @describes("Who am I", answer=ref("Me"))
    def get(self, request: Request) -> Response:
        return self.answer(self._body())

    def _body(self) -> dict[str, Any]:
        actor = self.actor
        return {
            "actor": str(actor),
            "kind": actor.kind,
            "name": actor.name,
            "id": actor.id,
            "teams": sorted(f"team:{slug}" for slug in actor.team_slugs),
            "administrator": actor.is_administrator,
        }
