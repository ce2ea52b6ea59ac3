"""Snippets of matching tasks around the words of the query, cut from texts that this reader reads."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from apps.actors.actor import Actor
from apps.core.ids import parse_uuid
from apps.core.json_types import Json
from apps.tasks.access import TaskPermissions, visible_fields
from apps.tasks.models import Attachment, Note

from .index import texts_in
from .matching import matching_parts
from .words import Term, hits, terms_of

BEFORE, LONGEST = 40, 180

Part = Literal["description", "field", "note", "file"]


@dataclass(frozen=True)
class Snippet:
    """A piece of one text of a task, in pieces: `(text, whether it matches)`. `label` is a field's title."""

    part: Part
    label: str
    pieces: tuple[tuple[str, bool], ...]

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(text for text, _ in self.pieces)


def snippets(actor: Actor, all_permissions: Sequence[TaskPermissions], query: str) -> dict[UUID, Snippet]:
    """Of each task the first snippet with a word of the query; none where the title alone has it."""
    terms = [term for group in terms_of(query) for term in group if not term.negated]
    parts = matching_parts(actor, [permissions.task for permissions in all_permissions], query)
    value = _notes_and_files(part for matches in parts.values() for part in matches)
    result: dict[UUID, Snippet] = {}
    for permissions in all_permissions:
        own = parts.get(permissions.task.pk, [])
        texts = [*_texts(permissions), *(value[part] for part in own if part in value)]
        snippet = next((cut for part, label, text in texts if (cut := _cut(part, label, text, terms))), None)
        if snippet:
            result[permissions.task.pk] = snippet
    return result


def _texts(permissions: TaskPermissions) -> Iterator[tuple[Part, str, str]]:
    yield "description", "", permissions.task.description
    for name in visible_fields(permissions):
        field = permissions.spec.fields[name]
        if not field.secret:
            yield "field", field.title, "\n".join(texts_in(permissions.task.fields.get(name)))


def _notes_and_files(parts: Iterable[str]) -> dict[str, tuple[Part, str, str]]:
    """The texts of matching notes and the names of matching files, by part."""
    ids: dict[str, list[UUID]] = {"note": [], "file": []}
    for part in parts:
        kind, _colon, number = part.partition(":")
        pk = parse_uuid(number)
        if kind in ids and pk:
            ids[kind].append(pk)
    notes: Json = Note.objects.filter(pk__in=ids["note"]) if ids["note"] else ()
    files: Json = Attachment.objects.filter(pk__in=ids["file"]) if ids["file"] else ()
    result: dict[str, tuple[Part, str, str]] = {f"note:{note.pk}": ("note", "", note.text) for note in notes}
    return result | {f"file:{file.pk}": ("file", "", file.name) for file in files}


def _cut(part: Part, label: str, text: str, terms: Sequence[Term]) -> Snippet | None:
    text = " ".join(text.split())
    spans = hits(text, terms)
    if not spans:
        return None
    start = max(0, spans[0][0] - BEFORE)
    start = text.find(" ", start, spans[0][0]) + 1 or spans[0][0] if start else 0
    end = min(len(text), start + LONGEST)
    pieces: list[tuple[str, bool]] = [("…" if start else "", False)]
    at = start
    for begin, stop in (span for span in spans if span[1] <= end):
        pieces += [(text[at:begin], False), (text[begin:stop], True)]
        at = stop
    pieces += [(text[at:end], False), ("…" if end < len(text) else "", False)]
    return Snippet(part, label, tuple(piece for piece in pieces if piece[0]))
