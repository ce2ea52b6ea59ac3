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

from apps.web import words
from apps.web.prose import Prose

register = template.Library()
SPRITE = "vendor/lucide/icons.svg"


@register.simple_tag
def icon(name: str, label: str = "") -> str:
    """An icon of the sprite: decoration by default, an image with a name if `label` is given."""
    href = f"{static(SPRITE)}#{name}"
    if label:
        return format_html('<svg class="i" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="i" aria-hidden="true" focusable="false"><use href="{}"/></svg>', href)


@register.simple_tag(takes_context=True)
def actor_name(context: Context, reference: str | None) -> str:
    """The name of `user:ana`, `team:dba`, `application:migrator`, `system`; "You" for the reader."""
    return words.party_name(reference or "", _names(context), _me(context))


@register.simple_tag(takes_context=True)
def avatar(context: Context, reference: str | None, size: str = "") -> str:
    """A small round mark of a party; hidden from screen readers, since its name stands beside it."""
    kind, _colon, _name = (reference or "").partition(":")
    tone = {"application": "bot", "team": "team", "system": "sys", "": "sys"}.get(kind, "")
    picture = {"application": "bot", "team": "users", "system": "settings", "": "user"}.get(kind)
    inner = icon(picture) if picture else words.initials(words.party_name(reference or "", _names(context)))
    classes = " ".join(part for part in ("av", tone, size) if part)
    return format_html('<span class="{}" aria-hidden="true">{}</span>', classes, inner)


@register.simple_tag(takes_context=True)
def status_chip(context: Context, state: words.State) -> str:
    """Where a task stands: "Waiting for you", "The migrator is working on it", "Starts on 3 May"."""
    return _chip(words.status_words(state, _names(context), _me(context)))


@register.simple_tag
def due(moment: datetime | None, silent: bool = False) -> str:
    """A chip that says when something is due; with `silent`, nothing when there is no date."""
    if moment is None and silent:
        return ""
    inner = _chip(words.due_words(moment), with_icon=False)
    if moment is None:
        return inner
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), _exact(moment), inner)


@register.simple_tag(takes_context=True)
def wrong(context: Context, target: str) -> str:
    """What marks an input that the summary of errors points to: its id is the error's target."""
    errors: Any = context.get("errors") or ()
    targets = {error["target"] if isinstance(error, Mapping) else error.target for error in errors}
    return format_html(' aria-invalid="{}"', "true") if target in targets else ""


@register.simple_tag
def when(moment: datetime | None) -> str:
    """A moment as a <time>: "Today 09:14", the exact one in its title."""
    if moment is None:
        return ""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), _exact(moment), words.moment_words(moment)
    )


@register.filter
def duration(span: timedelta | float | None) -> str:
    """A timedelta or seconds: "2 h 40 min"."""
    return "" if span is None else words.span_words(span)


@register.filter
def age(moment: datetime | None) -> str:
    """How long ago, without "ago": "2 h 40 min"."""
    return "" if moment is None else words.span_words(timezone.now() - moment)


@register.filter
def ago(moment: datetime | None) -> str:
    """How long ago: "20 min ago", "just now"."""
    if moment is None:
        return ""
    passed = timezone.now() - moment
    if passed < timedelta(seconds=45):
        return _("just now")
    return _("%(span)s ago") % {"span": words.span_words(passed)}


@register.filter
def prose(text: str | None) -> Prose:
    """Markdown of a note or message, cleaned."""
    return Prose(text or "")


def _names(context: Context) -> Mapping[str, str]:
    names: Any = context.get("names")
    return names or {}


def _me(context: Context) -> str:
    return str(context.get("me") or "")


def _exact(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S %Z")


def _chip(said: words.Words, with_icon: bool = True) -> str:
    picture = icon(said.icon) if with_icon else ""
    return format_html('<span class="chip {}">{}<span>{}</span></span>', said.tone, picture, said.label)
