"""`/notifications`: what the caller has been told."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.notifications import queries, rendering, services

from .description import PAGE, describes, page_of, ref
from .pagination import answer_page, flag_of, orders
from .resource import Outcome, Resource
from .strict import Each, Flag, Shape, Text

ORDERS = orders("created_at")


class ReadBody(Shape):
    """Which ones: `ids`, or `all`."""

    ids = Each(child=Text(max_length=36), required=False, max_length=services.MOST_IDS)
    all = Flag(required=False)

    def validate(self, attrs: Any) -> Any:
        """One of the two."""
        if ("ids" in attrs) == attrs.get("all", False):
            raise serializers.ValidationError(_("Say either ids, or all: true."))
        return attrs


class Notifications(Resource):
    """What the caller has been told of tasks that exist for them."""

    parameters = frozenset([*PAGE, "unread"])

    @describes("List notifications, newest first", answer=page_of("Notification"), query=[*PAGE, "unread"])
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

    @describes("Mark notifications as read", answer=ref("ReadAnswer"), body=ReadBody, headers=["Idempotency-Key"])
    def post(self, request: Request) -> Response:
        body = ReadBody.read(self.body)
        which = "all" if body.get("all") else body["ids"]
        return self.post_once(lambda: Outcome(200, services.mark_read(self.actor, which)), lambda n: {"read": n})
