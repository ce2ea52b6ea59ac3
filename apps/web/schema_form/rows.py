"""Adding and taking away rows of a list without scripts: a button posts the form, and it comes back changed."""

from collections.abc import Iterator
from dataclasses import dataclass

from .parser import Posted, rows_of

ADD, REMOVE = "add-row", "remove-row"


@dataclass(frozen=True)
class Reshaped:
    """A post with one row more or less."""

    texts: dict[str, list[str]]

    def getlist(self, key: str) -> list[str]:
        """The texts of one input."""
        return self.texts.get(key, [])

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)


def reshaped(posted: Posted) -> Reshaped | None:
    """The post as its row button changes it; None if no row button sent it."""
    texts = {name: posted.getlist(name) for name in posted if name not in (ADD, REMOVE)}
    for path in posted.getlist(ADD):
        rows = rows_of(posted, path)
        texts[f"{path}.{rows[-1] + 1 if rows else 0}"] = [""]
        return Reshaped(texts)
    for path in posted.getlist(REMOVE):
        others = {name: value for name, value in texts.items() if name != path and not name.startswith(f"{path}.")}
        return Reshaped(others)
    return None
