"""`/manifest`: a whole application in one document."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.automation import manifest
from apps.containers.models import Role
from apps.core.errors import NotFound

from .components import CONTAINER_WORDS, FLAG, TEXT, WHOLE, Schema, answer, body, listed, one_of, optional, ref
from .description import describes
from .functions import FUNCTION_BODY
from .pagination import flag_of
from .resource import Rendered, Resource
from .rules import RULE_BODY

KIND = one_of("function", "container", "member", "type", "rule")
DIFFERENCE = answer(pointer=TEXT, breaking=FLAG, detail=TEXT)
CHANGE = answer(
    ("role", "version", "breaking", "differences", "secret"),
    kind=KIND, container=optional(TEXT), name=TEXT, change=one_of("created", "changed", "unchanged"), what=listed(TEXT),
    role=TEXT, secret={**TEXT, "description": "Made for a push function just now: this once."},
    version=WHOLE, breaking=FLAG, differences=listed(DIFFERENCE),
)  # fmt: skip


def _by_name(entry: Schema) -> Schema:
    """A map from names to bodies of single pushes."""
    return {"type": "object", "additionalProperties": entry}


LEFT = answer(kind=KIND, container=optional(TEXT), name=TEXT)
MANIFEST = answer(dry_run=FLAG, changed=FLAG, changes=listed(CHANGE), unmanaged=listed(LEFT))


MANIFEST_BODY = body(
    application={**TEXT, "description": "The application's name: another one's key is refused."},
    functions=_by_name(FUNCTION_BODY),
    containers=_by_name(
        body(
            **CONTAINER_WORDS,
            members=_by_name(one_of(*Role.values)),
            types=_by_name(ref("TypeBody")),
            rules=_by_name(RULE_BODY),
        )
    ),
)


class Manifest(Resource):
    """All that an application declares."""

    write_parameters = frozenset({"dry_run"})

    @describes(
        "Apply a manifest: a whole application in one document",
        answer=MANIFEST,
        body=MANIFEST_BODY,
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
