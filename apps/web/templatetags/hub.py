"""Tags and filters of the pages. Names of parties come from the context: `names` (reference → name) and `me`."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.template.context import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from apps.containers.services import containers
from apps.core.ids import uuid7
from apps.core.timestamps import format_timestamp
from apps.tasks import limits
from apps.web import labels
from apps.web.once import ONCE
from apps.web.people import zone_of
from apps.web.prose import Prose
from apps.web.schema_form.times import offsets_of
from apps.web.timestamps import local_time

register = template.Library()
LONGEST = {
    "title": limits.LONGEST_TITLE,
    "description": limits.LONGEST_DESCRIPTION,
    "message": limits.LONGEST_MESSAGE,
    "text": limits.LONGEST_TEXT,
    "container title": containers.LONGEST_TITLE,
    "container slug": limits.LONGEST_SLUG,
    "container description": containers.LONGEST_DESCRIPTION,
}
SPRITE = "vendor/lucide/icons.svg"


@register.simple_tag
def icon(name: str) -> str:
    """An icon of the sprite: decoration, which screen readers pass over."""
    href = f"{static(SPRITE)}#{name}"
    return format_html('<svg class="i" aria-hidden="true" focusable="false"><use href="{}"/></svg>', href)


@register.simple_tag(takes_context=True)
def once(context: Context) -> str:
    """The token of a form that makes something (see `apps.web.once`); one that was refused keeps its own."""
    token = context["request"].POST.get(ONCE) or uuid7()
    return format_html('<input type="hidden" name="{}" value="{}">', ONCE, token)


@register.inclusion_tag("parts/_offsets.html", takes_context=True)
def offsets(context: Context, name: str, text: str) -> dict[str, object]:
    """Below a picker of date and time: which of the two is meant, where the reader's clock shows the time twice."""
    request = context["request"]
    chosen = request.POST.get(f"{name}.offset", "")
    options = [
        {"id": f"{name}-offset-{number}", "code": code, "title": title, "chosen": code == chosen}
        for number, (code, title) in enumerate(offsets_of(text or "", zone_of(request)))
    ]
    return {"name": name, "offsets": options}


@register.simple_tag
def longest(name: str) -> int:
    """How many characters a text may have: the limit of the services, for `maxlength`."""
    return LONGEST[name]


@register.simple_tag(takes_context=True)
def actor_name(context: Context, reference: str | None) -> str:
    """The name of `user:ana`, `team:dba`, `application:migrator`, `system`; "You" for the reader."""
    return labels.party_name(reference or "", _names(context), _me(context))


@register.simple_tag(takes_context=True)
def avatar(context: Context, reference: str | None, size: str = "") -> str:
    """A small round mark of a party; hidden from screen readers, since its name stands beside it."""
    kind, _colon, _name = (reference or "").partition(":")
    tone = {"application": "bot", "team": "team", "system": "sys", "": "sys"}.get(kind, "")
    picture = {"application": "bot", "team": "users", "system": "settings", "": "user"}.get(kind)
    inner = icon(picture) if picture else labels.initials(labels.party_name(reference or "", _names(context)))
    classes = " ".join(part for part in ("av", tone, size) if part)
    return format_html('<span class="{}" aria-hidden="true">{}</span>', classes, inner)


@register.simple_tag(takes_context=True)
def status_chip(context: Context, state: labels.State) -> str:
    """Where a task stands: "Waiting for you", "The migrator is working on it", "Starts on 3 May"."""
    return _chip(labels.status_chip(state, _names(context), _me(context)))


@register.simple_tag
def due(timestamp: datetime | None, silent: bool = False) -> str:
    """A chip that says when something is due; with `silent`, nothing when there is no date."""
    if timestamp is None and silent:
        return ""
    inner = _chip(labels.due_chip(timestamp), with_icon=False)
    if timestamp is None:
        return inner
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', format_timestamp(timestamp), _exact(timestamp), inner
    )


@register.simple_tag(takes_context=True)
def wrong(context: Context, target: str) -> str:
    """What marks an input that the summary of errors points to: its id is the error's target."""
    errors: Any = context.get("errors") or ()
    targets = {error["target"] if isinstance(error, Mapping) else error.target for error in errors}
    return format_html(' aria-invalid="{}"', "true") if target in targets else ""


@register.simple_tag
def when(timestamp: datetime | None) -> str:
    """A time as a <time>: "Today 09:14", the exact one in its title."""
    if timestamp is None:
        return ""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        format_timestamp(timestamp),
        _exact(timestamp),
        labels.timestamp_text(timestamp),
    )


@register.filter
def duration(span: timedelta | float | None) -> str:
    """A timedelta or seconds: "2 h 40 min"."""
    return "" if span is None else labels.duration_text(span)


@register.filter
def age(timestamp: datetime | None) -> str:
    """How long ago, without "ago": "2 h 40 min"."""
    return "" if timestamp is None else labels.duration_text(timezone.now() - timestamp)


@register.filter
def ago(timestamp: datetime | None) -> str:
    """How long ago: "20 min ago", "just now"."""
    if timestamp is None:
        return ""
    passed = timezone.now() - timestamp
    if passed < timedelta(seconds=45):
        return _("just now")
    return _("%(span)s ago") % {"span": labels.duration_text(passed)}


@register.filter
def prose(text: str | None) -> Prose:
    """Markdown of a note or message, cleaned."""
    return Prose(text or "")


def _names(context: Context) -> Mapping[str, str]:
    names: Any = context.get("names")
    return names or {}


def _me(context: Context) -> str:
    return str(context.get("me") or "")


def _exact(timestamp: datetime) -> str:
    return local_time(timestamp).strftime("%Y-%m-%d %H:%M:%S %Z")


def _chip(chip: labels.Chip, with_icon: bool = True) -> str:
    picture = icon(chip.icon) if with_icon else ""
    return format_html('<span class="chip {}">{}<span>{}</span></span>', chip.tone, picture, chip.label)
