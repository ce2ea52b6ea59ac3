"""What a push refuses of the form of new tasks."""

import pytest

from apps.containers.type_document.accept import accept_type
from apps.core.errors import Invalid

PROOF = {"type": "string", "x-taskhub": {"kind": "file"}}


@pytest.mark.parametrize(
    ("create", "required", "refused"),
    [
        ({"by": "requester", "fields": ["note", "proof"]}, ["note", "proof"], ["/schema/required/1"]),
        ({"by": "requester"}, ["proof"], ["/schema/required/0"]),
        ({"by": "requester", "fields": ["note"]}, ["proof"], []),
        ({"by": "requester", "fields": ["proof"]}, ["note"], []),
        (None, ["proof"], []),
    ],
)
def test_form_of_new_tasks_requires_no_file(create, required, refused, container, application_actor):
    """A file is attached to a task that is there: a form that needs one could never be sent."""
    schema = {"type": "object", "required": required, "properties": {"note": {"type": "string"}, "proof": PROOF}}
    body, refusals = {"schema": schema, "create": create}, []
    try:
        accept_type(body, name="claim", container=container, actor=application_actor)
    except Invalid as refusal:
        refusals = [problem.pointer for problem in refusal.errors]
    assert refusals == refused
