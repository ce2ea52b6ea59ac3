"""The base of every REST framework view here: who calls, what they sent, and how an object is answered."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, NoReturn

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.actors.actor import Actor
from apps.core.errors import Invalid, NotFound, Problem, VersionMismatch
from apps.core.json_types import Json, JsonMapping, JsonObject
from apps.core.shapes import Object

from .description import Operation
from .idempotency import Outcome, once
from .parsers import read_object
from .permissions import AnyActor
from .versions import etag, require_version, version_of

Rendered = JsonMapping
NOTHING = Object({})


class Resource(APIView):
    """A path. `parameters` names the query parameters of its GET, `write_parameters` those of its other methods; all
    others are refused, by name."""

    permission_classes = (AnyActor,)
    http_method_names: tuple[str, ...] = ("get", "head", "post", "put", "patch", "delete")
    parameters: frozenset[str] = frozenset()
    write_parameters: frozenset[str] = frozenset()
    schema = Operation()

    @property
    def actor(self) -> Actor:
        """The caller."""
        actor: Actor = self.request.auth  # type: ignore[assignment]
        return actor

    @cached_property
    def body(self) -> JsonObject:
        """What they sent; `{}` if nothing. Raises TooLarge, Invalid, UnsupportedMediaType."""
        return read_object(self.request._request)

    def require_no_body(self) -> None:
        """Raises Invalid for every key of a body that takes none."""
        NOTHING.require(self.body)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if any("\0" in str(part) for part in kwargs.values()):
            raise NotFound
        if request.method in (None, "GET", "HEAD"):
            self.check_parameters(request)
        elif unknown := request.query_params.keys() - self.write_parameters:
            self.refuse_parameters(sorted(unknown))

    def check_parameters(self, request: Request) -> None:
        """Raises Invalid naming the query parameters that do not exist here, or are given twice."""
        unknown = [name for name in request.query_params if not self.knows_parameter(name)]
        if unknown:
            self.refuse_parameters(unknown)
        twice = [name for name, values in request.query_params.lists() if len(values) > 1]
        if twice:
            self.refuse_parameters(twice, _("“%(name)s” is given twice."))
        for name, value in request.query_params.items():
            if "\0" in value:
                self.refuse_parameters([name], _("“%(name)s” contains the character NUL."))

    def knows_parameter(self, name: str) -> bool:
        """Whether GET takes a query parameter of that name."""
        return name in self.parameters

    def refuse_parameters(self, names: list[str], message: str = "") -> NoReturn:
        """Raises Invalid for each of the names."""
        message = message or _("There is no query parameter “%(name)s” here.")
        problems = [Problem(f"/{name[:100]}", "invalid", message % {"name": name[:100]}) for name in names]
        raise Invalid(problems[0].detail, errors=problems)

    def answer(self, body: Rendered, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        """An object, with its version as ETag."""
        return Response(body, status, headers={"ETag": etag(version_of(body)), **(headers or {})})

    def answer_put(self, body: Rendered, *, created: bool, changed: bool) -> Response:
        """What was put, whether it is new, and whether anything changed. The ETag is that of a read."""
        answer = self.answer(body, 201 if created else 200)
        answer.data = {**body, "changed": changed}
        return answer

    @contextmanager
    def if_match(self, current: Callable[[], Rendered], *, hold: Callable[[], object]) -> Iterator[None]:
        """The write inside happens only if what it changes is what the caller read. Raises VersionMismatch.

        Without If-Match it adds nothing. `hold` locks what orders such writes before `current` is rendered.
        Absent and hidden fail the condition alike.
        """
        request = self.request._request
        if "If-Match" not in request.headers:
            yield
            return
        with transaction.atomic():
            hold()
            try:
                require_version(request, current())
            except NotFound:
                raise VersionMismatch(_("There is nothing of that version.")) from None
            yield

    def post_once(
        self,
        work: Callable[[], Outcome],
        render: Callable[[Json], Rendered | None],
        *,
        body: Json = None,
        likely: Outcome | None = None,
    ) -> Response:
        """A POST that honours Idempotency-Key: `render` turns what `work` made into the body, as it is now.

        Without a body it answers 204.
        `body` stands for the body of a call that sends no JSON; `likely` is the outcome that is expected.
        """
        outcome = once(self.request._request, self.actor, self.body if body is None else body, work, likely).outcome
        rendered = render(outcome.made)
        return Response(status=204) if rendered is None else self.answer(rendered, outcome.status)


__all__ = ["Outcome", "Rendered", "Resource"]
