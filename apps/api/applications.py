"""`/applications/{name}`: an application as those see it who look after it, and who owns it."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.actors import access, rendering, services
from apps.core.json_types import JsonObject

from .description import describes
from .resource import Resource
from .schemas import ref


class _ApplicationResource(Resource):
    """An application by its name; only those who look after it know that there is one."""

    def current(self, name: str) -> JsonObject:
        """The application as it is now. Raises NotFound."""
        return rendering.application_json(access.get_application(self.actor, name))


class OneApplication(_ApplicationResource):
    """The application itself."""

    @describes(
        "get_application", "Read an application", answer=ref("Application"),
        description="For the application itself, its owners and administrators; for everybody else there is none.",
    )  # fmt: skip
    def get(self, request: Request, name: str) -> Response:
        return self.answer(self.current(name))

    @describes(
        "update_application", "Change an application", answer=ref("Application"), body=services.APPLICATION,
        headers=["If-Match"],
    )  # fmt: skip
    def patch(self, request: Request, name: str) -> Response:
        with self.if_match(lambda: self.current(name), hold=lambda: access.lock_application(self.actor, name)):
            services.patch_application(self.actor, name, self.body)
        return self.answer(self.current(name))


class OneOwner(_ApplicationResource):
    """One owner of it, by their reference."""

    @describes(
        "put_owner", "Add an owner to an application", answer=ref("Application"), status=(200, 201),
        headers=["If-Match"],
        description="Owners look after the application and hear when it fails in silence. By that they see none of "
        "its tasks.",
    )  # fmt: skip
    def put(self, request: Request, slug: str, name: str) -> Response:
        self.require_no_body()
        with self.if_match(lambda: self.current(slug), hold=lambda: access.lock_application(self.actor, slug)):
            created = services.put_owner(self.actor, slug, name)
        return self.answer_put(self.current(slug), created=created, changed=created)

    @describes("delete_owner", "Remove an owner of an application", status=204, headers=["If-Match"])
    def delete(self, request: Request, slug: str, name: str) -> Response:
        with self.if_match(lambda: self.current(slug), hold=lambda: access.lock_application(self.actor, slug)):
            services.delete_owner(self.actor, slug, name)
        return Response(status=204)
