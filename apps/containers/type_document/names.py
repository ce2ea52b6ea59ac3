"""Names in published documents: one of its own, and lists of those that exist."""

from collections.abc import Collection

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.actors.models import SLUG
from apps.core.body import Body
from apps.core.shapes import Items, Text

LONGEST_NAME, LONGEST_TITLE, LONGEST_FIELD_NAME, MOST_NAMES = 63, 200, 64, 500
NAME = Text(
    LONGEST_NAME,
    pattern=SLUG.replace("a-z0-9-", "a-z0-9_-"),
    hint=gettext_lazy("Name it in lower-case letters, digits, hyphens and underscores, at most 63."),
)
"""A slug; underscores may stand in it too, as in names of statuses."""
FIELD_NAMES = Items(Text(LONGEST_FIELD_NAME), MOST_NAMES)


def read_names(body: Body, key: str, known: Collection[str]) -> list[str]:
    """A list of names that exist, each once."""
    names: list[str] = []
    for index, name in enumerate(body.get(key, ())):
        if name not in known:
            body.wrong(key, _("There is nothing of this name."), index=index)
        elif name in names:
            body.wrong(key, _("This is there twice."), index=index)
        else:
            names.append(name)
    return names


def title_of(name: str) -> str:
    """The title of a thing that has only a name."""
    return name.replace("-", " ").replace("_", " ").capitalize()
