"""`/me`: who the caller is."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from .resource import Resource


class Me(Resource):
    """The caller."""

    @extend_schema(summary="Who am I", responses={200: {"type": "object"}})
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
