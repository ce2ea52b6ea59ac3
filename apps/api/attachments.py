"""`/attachments`: files of tasks, in as raw bytes or a form, out as downloads that no browser opens in the page."""

from django.http import FileResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import media
from apps.core.json_types import JsonObject
from apps.core.sql.connections import release_connection
from apps.tasks import access, bodies, queries, rendering, services
from apps.tasks.models import Attachment

from .description import PAGE, describes
from .pagination import answer_page, orders
from .resource import Outcome, Resource
from .schemas import component, page_of, ref
from .tasks import TaskResource
from .uploads import FORM, PART, Upload

ATTACHMENT_ORDERS = orders("created_at", created_at="id")
WORDS = ("name", "kind", "field", "lease_token")
BYTES = {"type": "string", "format": "binary"}
TEXT = {"type": "string"}
BODIES = {
    FORM: component(
        "AttachmentForm",
        {"type": "object", "required": [PART], "properties": {PART: BYTES, **dict.fromkeys(WORDS, TEXT)}},
    ),
    "application/octet-stream": BYTES,
}  # fmt: skip


class Attachments(TaskResource):
    """The files of a task."""

    parameters = frozenset(PAGE)
    write_parameters = frozenset(WORDS)

    @describes("list_attachments", "List the files of a task", answer=page_of("Attachment"), query=PAGE)
    def get(self, request: Request, id: str) -> Response:
        return answer_page(
            request, queries.attachments(self.permissions(id)),
            render=lambda page: [rendering.render_attachment(row) for row in page],
            orders=ATTACHMENT_ORDERS, order="created_at",
        )  # fmt: skip

    @describes(
        "create_attachment",
        "Attach a file", answer=ref("Attachment"), status=201, headers=("If-Match", "Idempotency-Key"),
        query=WORDS, bodies=BODIES,
        description="The bytes themselves with their Content-Type, and `name`, `kind`, `field`, `lease_token` in the "
        "query; or a form (`multipart/form-data`) with one `file`, and the same words as its other parts. With a "
        "`field` the file is for the readers of that field alone. A `lease_token` that is given must be current.",
    )  # fmt: skip
    def post(self, request: Request, id: str) -> Response:
        upload = Upload(request._request)
        words = bodies.ATTACHMENT.require(upload.words)
        kind = words.get("kind") or Attachment.Kind.COMMENT
        access.require_attacher(self.actor, id, kind, words.get("field"))
        release_connection()
        name = words.get("name") or upload.name
        with services.receive(upload.chunks(), name=name, content_type=upload.content_type) as received:
            upload.require_whole(received.size)
            named = {**words, "name": name, "content_type": upload.content_type, "sha256": received.sha256}
            return self.post_once(lambda: self._attach(id, received, kind, words), self._render, body=named)

    def _attach(self, id: str, received: services.Received, kind: str, words: JsonObject) -> Outcome:
        given = {name: words.get(name) for name in ("field", "lease_token")}
        with self.of_version(id):
            made = services.attach(self.actor, id, received, kind=kind, **given)
            return Outcome(201, str(made.pk))

    def _render(self, made: str) -> JsonObject:
        return rendering.render_attachment(queries.get_attachment(self.actor, made))


class OneAttachment(Resource):
    """A file."""

    @describes(
        "get_attachment",
        "Download a file", answer=BYTES, media_type=media.UNKNOWN,
        description="Always as an attachment; types that a browser could run are answered as plain bytes.",
    )  # fmt: skip
    def get(self, request: Request, id: str) -> HttpResponseBase:
        attachment = queries.get_attachment(self.actor, id)
        file = queries.open_attachment(attachment)
        release_connection()
        return FileResponse(
            file, as_attachment=True, filename=attachment.name, content_type=attachment.content_type,
            headers=media.DOWNLOAD_HEADERS,
        )  # fmt: skip

    @describes("delete_attachment", "Remove a file for good", status=204)
    def delete(self, request: Request, id: str) -> Response:
        services.remove_attachment(self.actor, id)
        return Response(status=204)
