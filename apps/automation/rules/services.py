"""Publishing and deleting rules. On an event, when a condition holds, a rule does actions."""

import re
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.actors.models import SLUG
from apps.automation import access
from apps.automation.models import Rule
from apps.containers.models import Container
from apps.containers.services.writing import lock_container
from apps.containers.type_document.actions import SOME, Setting, read_actions, values_in
from apps.containers.type_document.expressions import CONDITION, read_condition, variables
from apps.containers.type_document.names import title_of
from apps.containers.type_document.secret_literals import refused, secrets_for
from apps.core.body import Body
from apps.core.errors import Conflict
from apps.core.shapes import Choice, Flag, Items, Object, Text, TextOr
from apps.events import event_types, log

from .queries import COLUMNS, get_rule, list_rules

MOST_RULES = 100
# A rule hears of tasks; of its own failures it does not.
EVENTS = sorted(name for name in event_types.ALL if name.startswith("task.") or name == event_types.RULE_EMITTED)
_EVENT = Choice(["task.*", *EVENTS])
RULE = Object(
    {
        "name": Text(63, description="That of the address, or left out."),
        "title": Text(200),
        "on": TextOr(_EVENT, Items(_EVENT, len(EVENTS) + 1, least=1)),
        "when": CONDITION,
        "actions": SOME,
        "enabled": Flag(),
    },
    required=["on", "actions"],
    name="RuleBody",
    about="What happens by itself on an event.",
    drops_null=True,
)


def put_rule(actor: Actor, slug: str, name: str, body: object) -> tuple[Rule, bool, bool]:
    """(rule, created, changed). Raises NotFound, Forbidden, Invalid naming every problem."""
    try:
        return _put(actor, slug, name, body)
    except IntegrityError:  # somebody else made it at this moment
        return _put(actor, slug, name, body)


@transaction.atomic
def _put(actor: Actor, slug: str, name: str, body: object) -> tuple[Rule, bool, bool]:
    rows = list_rules(actor, slug)
    container = lock_container(actor, slug, "manage")  # no field becomes a secret meanwhile
    columns = {**accept_rule(body, name=name, container=container), "author": str(actor)}
    rule = rows.select_for_update(of=("self",)).filter(name=name).first()
    if rule is None:
        if rows.count() >= MOST_RULES:
            raise Conflict(_("A container has at most %(most)s rules.") % {"most": MOST_RULES})
        rule = Rule.objects.create(container=container, name=name, **columns)
        _record(actor, rule, "created")
        return rule, True, True
    access.require_author(actor, rule)
    if all(getattr(rule, column) == columns[column] for column in COLUMNS):
        return rule, False, False
    Rule.objects.filter(pk=rule.pk).update(**columns, updated_at=timezone.now())
    _record(actor, rule, "changed")
    return get_rule(actor, slug, name), False, True


@transaction.atomic
def delete_rule(actor: Actor, slug: str, name: str) -> None:
    """Forget it and its runs. Raises NotFound, Forbidden."""
    rule = get_rule(actor, slug, name)
    access.require_author(actor, rule)
    rule.delete()
    _record(actor, rule, "deleted")


def hold_rule(actor: Actor, slug: str, name: str) -> None:
    """Lock its row, if there is one, until the end of the transaction."""
    list(list_rules(actor, slug).filter(name=name).select_for_update(of=("self",)).values_list("pk"))


def _record(actor: Actor, rule: Rule, did: str) -> None:
    container = rule.container
    log.record(
        type=event_types.RULE_CHANGED,
        actor=actor,
        container_id=container.pk,
        application_id=container.application_id,
        data={"did": did, "container": container.slug, "name": rule.name},
    )


def accept_rule(body: object, *, name: str, container: Container) -> dict[str, Any]:
    """The columns of a pushed rule, defaults written out. Raises Invalid naming every problem."""
    push = Body(body, RULE)
    if not re.fullmatch(SLUG, name.replace("_", "-")):
        push.wrong("name", _("Name it in lower-case letters, digits, hyphens and underscores, at most 63."))
    if push.get("name", name) != name:
        push.wrong("name", _("Must be the name in the address, or be left out."))
    known = variables(fields=None, event=True)
    columns = {
        "title": push.get("title", title_of(name)),
        "on": _read_events(push),
        "when": read_condition(push, "when", known),
        "actions": read_actions(push, Setting(container, known, None, by_itself=True)),
        "enabled": push.get("enabled", True),
    }
    if not push.problems:
        push.problems += refused(values_in(columns["actions"]), partial(secrets_for, container))
    push.finish()
    return columns


def _read_events(push: Body) -> list[str]:
    given = push.get("on", [])
    return [given] if isinstance(given, str) else given
