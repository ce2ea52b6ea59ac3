"""`/notifications`: what the caller has been told."""

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import Invalid
from apps.core.shapes import Flag, Items, Object, Text
from apps.notifications import queries, rendering, services

from .description import PAGE, describes
from .pagination import answer_page, flag_of, orders
from .resource import Outcome, Resource
from .schemas import page_of, ref

ORDERS = orders("created_at")


READ = Object(
    {"ids": Items(Text(36), services.MOST_IDS), "all": Flag()}, name="ReadBody", about="Which ones: `ids`, or `all`."
)


class Notifications(Resource):
    """What the caller has been told of tasks that exist for them."""

    parameters = frozenset([*PAGE, "unread"])

    @describes(
        "list_notifications",
        "List notifications, newest first",
        answer=page_of("Notification"),
        query=[*PAGE, "unread"],
    )
    def get(self, request: Request) -> Response:
        rows = queries.list_notifications(self.actor)
        if flag_of(request, "unread"):
            rows = rows.filter(read_at=None)
        return answer_page(
            request,
            rows,
            render=lambda page: rendering.render_many(self.actor, page),
            orders=ORDERS,
            order="-created_at",
        )


class ReadNotifications(Resource):
    """Marking them as read."""

    @describes(
        "read_notifications",
        "Mark notifications as read",
        answer=ref("ReadAnswer"),
        body=READ,
        headers=["Idempotency-Key"],
    )
    def post(self, request: Request) -> Response:
        body = READ.require(self.body)
        if ("ids" in body) == body.get("all", False):
            raise Invalid.at("", _("Say either ids, or all: true."))
        which = "all" if body.get("all") else body["ids"]
        return self.post_once(lambda: Outcome(200, services.mark_read(self.actor, which)), lambda n: {"read": n})
