"""Names in pushed documents: one of its own, and lists of those that exist."""

import re
from collections.abc import Collection

from django.utils.translation import gettext as _

from apps.actors.models import SLUG
from apps.core.body import Body
from apps.core.errors import Problem


def read_name(body: Body) -> str:
    """A slug; underscores may stand in it too, as in names of statuses."""
    name = body.take("name")
    if isinstance(name, str) and re.fullmatch(SLUG, name.replace("_", "-")):
        return name
    body.wrong("name", _("Name it in lower-case letters, digits, hyphens and underscores, at most 63."))
    return ""


def read_names(body: Body, key: str, known: Collection[str]) -> list[str]:
    """A list of names that exist, each once."""
    names: list[str] = []
    for index, name in enumerate(body.items(key, most=500)):
        at = f"{body.pointer(key)}/{index}"
        if not isinstance(name, str) or name not in known:
            body.problems.append(Problem(at, "invalid", _("There is nothing of this name.")))
        elif name in names:
            body.problems.append(Problem(at, "invalid", _("This is there twice.")))
        else:
            names.append(name)
    return names


def title_of(name: str) -> str:
    """What a thing is called that says nothing but its name."""
    return name.replace("-", " ").replace("_", " ").capitalize()
