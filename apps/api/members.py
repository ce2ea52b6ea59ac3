"""`/containers/{slug}/members`: who belongs to a container, and as what."""

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from apps.containers import queries, rendering, services
from apps.core.errors import NotFound
from apps.core.json_types import JsonObject

from .containers import hold
from .description import PAGE, describes
from .pagination import answer_page, orders
from .resource import Resource
from .schemas import page_of, ref

ORDERS = orders("created_at")


class Members(Resource):
    """The members of a container."""

    parameters = frozenset(PAGE)

    @describes("list_members", "List the members of a container", answer=page_of("Member"), query=PAGE)
    def get(self, request: Request, slug: str) -> Response:
        rows = queries.list_members(self.actor, slug)
        return answer_page(
            request, rows, render=lambda page: [rendering.member_json(row) for row in page],
            orders=ORDERS, order="created_at",
        )  # fmt: skip


class OneMember(Resource):
    """One membership, by the reference of the member."""

    @describes(
        "put_member",
        "Add a member or change their role",
        answer=ref("Member"), status=(200, 201), body=services.MEMBER, headers=["If-Match"],
        description="If the role opens tasks to the member it answers 409 `confirm_widen` with `gains`, unless "
        "`confirm_widen` is true.",
    )  # fmt: skip
    def put(self, request: Request, slug: str, name: str) -> Response:
        body = services.MEMBER.require(self.body)
        confirmed = bool(body.get("confirm_widen"))
        with self.if_match(lambda: self._current(slug, name), hold=hold(slug)):
            row, created, changed = services.put_member(self.actor, slug, name, body["role"], confirm_widen=confirmed)
        return self.answer_put(rendering.member_json(row), created=created, changed=changed)

    @describes("delete_member", "Remove a member", status=204, headers=["If-Match"])
    def delete(self, request: Request, slug: str, name: str) -> Response:
        with self.if_match(lambda: self._current(slug, name), hold=hold(slug)):
            services.delete_member(self.actor, slug, name)
        return Response(status=204)

    def _current(self, slug: str, name: str) -> JsonObject:
        for row in queries.list_members(self.actor, slug):
            if row.member == name:
                return rendering.member_json(row)
        raise NotFound(_("There is no such member."))
