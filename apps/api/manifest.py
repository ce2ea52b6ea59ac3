"""`/manifest`: a whole application in one document."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.automation import manifest
from apps.core.errors import NotFound

from .components import DIFFERENCE
from .description import describes
from .pagination import flag_of
from .resource import Rendered, Resource
from .schemas import ANY, FLAG, TEXT, WHOLE, answer, component, listed, one_of, optional

KIND = one_of("function", "container", "member", "type", "rule")
CHANGE = component("ManifestChange", answer(
    ("role", "version", "breaking", "differences", "secret"),
    kind=KIND, container=optional(TEXT), name=TEXT, change=one_of("created", "changed", "unchanged"), what=listed(TEXT),
    values={
        "type": "object",
        "additionalProperties": {"type": "array", "items": ANY, "minItems": 2, "maxItems": 2},
        "description": "From and to, for each of `what`.",
    },
    role=TEXT, secret={**TEXT, "description": "Made for a push function just now: this once."},
    version=WHOLE, breaking=FLAG, differences=listed(DIFFERENCE),
))  # fmt: skip
LEFT = component("Unmanaged", answer(kind=KIND, container=optional(TEXT), name=TEXT))
MANIFEST = component(
    "ManifestAnswer", answer(dry_run=FLAG, changed=FLAG, changes=listed(CHANGE), unmanaged=listed(LEFT))
)


class Manifest(Resource):
    """All that an application declares."""

    write_parameters = frozenset({"dry_run"})

    @describes(
        "put_manifest",
        "Apply a manifest: a whole application in one document",
        answer=MANIFEST,
        body=manifest.MANIFEST,
        query=["dry_run"],
        headers=["If-Match"],
        description="In one transaction. What it does not name stays, and is listed as `unmanaged`. "
        "With `dry_run=true` the answer is the same and nothing is written.",
    )
    def put(self, request: Request) -> Response:
        dry_run = flag_of(request, "dry_run")
        with self.if_match(_absent, hold=lambda: None):
            return Response(manifest.apply_manifest(self.actor, self.body, dry_run=dry_run))


def _absent() -> Rendered:
    """A manifest is never read, so that there is no version that If-Match could name."""
    raise NotFound
