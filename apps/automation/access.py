"""Who may do what with functions, the queue and rules."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.actors.queries import applications_owned_by
from apps.core.errors import Forbidden

from .models import Function, Rule


def require_application(actor: Actor) -> None:
    """Raises Forbidden for people: functions and the queue are for applications."""
    if not actor.is_application:
        raise Forbidden(_("Only applications can do this."))


def functions_looked_after(actor: Actor) -> QuerySet[Function]:
    """The functions that the actor may pause and resume: an application's own, and those of applications it owns."""
    if actor.is_user:
        return Function.objects.filter(application__in=applications_owned_by(actor.id).values("pk"))
    return Function.objects.filter(application=actor.id)


def may_call(application_id: UUID | None, function: str, actor: Actor) -> bool:
    """Whether the actor is a caller of the application's function."""
    rows = Function.objects.filter(application=application_id, name=function).values_list("callers", flat=True)
    return actor.is_application and any(str(actor) in callers for callers in rows)


def may_change_rule(actor: Actor, rule: Rule) -> bool:
    """An application's rule is its own: a person who changed it would act with its rights."""
    return not rule.author.startswith("application:") or rule.author == str(actor)


def require_author(actor: Actor, rule: Rule) -> None:
    """Raises Forbidden unless the actor may change the rule."""
    if not may_change_rule(actor, rule):
        raise Forbidden(_("An application declares this rule."))
