"""What a found task says around the words that were asked for, cut from texts that this reader reads."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from apps.actors.actor import Actor
from apps.core.ids import parse_uuid
from apps.tasks.access import Standing, visible_fields
from apps.tasks.models import Attachment, Note

from .index import texts_in
from .texts import passages
from .words import Term, hits, terms_of

BEFORE, LONGEST = 40, 180

Part = Literal["description", "field", "note", "file"]


@dataclass(frozen=True)
class Passage:
    """A piece of one text of a task, in pieces: `(text, is it what was asked for)`. `label` is a field's title."""

    part: Part
    label: str
    pieces: tuple[tuple[str, bool], ...]

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(text for text, _ in self.pieces)


def snippets(actor: Actor, standings: Sequence[Standing], query: str) -> dict[UUID, Passage]:
    """Of each task the first passage with a word that was asked for; none where the title alone has it."""
    terms = [term for group in terms_of(query) for term in group if not term.negated]
    parts = passages(actor, [standing.task for standing in standings], query)
    said = _said(part for found in parts.values() for part in found)
    result: dict[UUID, Passage] = {}
    for standing in standings:
        own = parts.get(standing.task.pk, [])
        texts = [*_texts(standing), *(said[part] for part in own if part in said)]
        passage = next((cut for part, label, text in texts if (cut := _cut(part, label, text, terms))), None)
        if passage:
            result[standing.task.pk] = passage
    return result


def _texts(standing: Standing) -> Iterator[tuple[Part, str, str]]:
    yield "description", "", standing.task.description
    for name in visible_fields(standing):
        field = standing.spec.fields[name]
        if not field.secret:
            yield "field", field.title, "\n".join(texts_in(standing.task.fields.get(name)))


def _said(parts: Iterable[str]) -> dict[str, tuple[Part, str, str]]:
    """The texts of notes and the names of files that were found."""
    ids: dict[str, list[UUID]] = {"note": [], "file": []}
    for part in parts:
        kind, _colon, number = part.partition(":")
        pk = parse_uuid(number)
        if kind in ids and pk:
            ids[kind].append(pk)
    notes: Any = Note.objects.filter(pk__in=ids["note"]) if ids["note"] else ()
    files: Any = Attachment.objects.filter(pk__in=ids["file"]) if ids["file"] else ()
    found: dict[str, tuple[Part, str, str]] = {f"note:{note.pk}": ("note", "", note.text) for note in notes}
    return found | {f"file:{file.pk}": ("file", "", file.name) for file in files}


def _cut(part: Part, label: str, text: str, terms: Sequence[Term]) -> Passage | None:
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
    return Passage(part, label, tuple(piece for piece in pieces if piece[0]))
