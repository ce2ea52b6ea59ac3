"""Callers: other applications that may create tasks of a function.

They are requesters in the own container of the function's application, and nothing else there: so they see what they
made, and only that. In other containers they need a role of their own.
"""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.actors import references
from apps.actors.actor import Actor
from apps.actors.models import Application
from apps.automation.access import may_call as may_call  # settings.FUNCTION_CALLERS names it here
from apps.automation.models import Function
from apps.containers.models import Container, Membership, Role
from apps.containers.services import own_container, own_slug
from apps.core.body import Body
from apps.core.errors import Invalid
from apps.core.shapes import Items, Text

CALLERS = Items(Text(200), 100, description="Other applications that may create its tasks: `application:NAME`.")


def read_callers(push: Body) -> list[str]:
    """The references of applications that `callers` names, each once; problems are noted in the body."""
    names: list[str] = []
    for index, reference in enumerate(push.get("callers", ())):
        try:
            names.append(references.find(reference, pointer="", kinds=("application",)).reference)
        except Invalid as error:
            push.wrong("callers", error.detail, index=index)
    return list(dict.fromkeys(names))


@transaction.atomic
def admit(application_id: UUID) -> None:
    """Make the callers of all functions of the application requesters in its own container, and nobody else."""
    rows = Function.objects.filter(application=application_id).exclude(callers=[])
    names = {reference.partition(":")[2] for callers in rows.values_list("callers", flat=True) for reference in callers}
    container = own_container(Application.objects.get(pk=application_id)) if names else _own_if_any(application_id)
    if container is None:
        return
    callers = Application.objects.filter(name__in=names).exclude(pk=application_id)
    was = container.memberships.filter(application__isnull=False)
    was.filter(role=Role.REQUESTER).exclude(application__in=callers).delete()
    missing = callers.exclude(pk__in=was.values("application"))
    Membership.objects.bulk_create(
        [Membership(container=container, application=caller, role=Role.REQUESTER) for caller in missing],
        ignore_conflicts=True,
    )


def _own_if_any(application_id: UUID) -> Container | None:
    application = Application.objects.get(pk=application_id)
    return Container.objects.filter(slug=own_slug(application.name)).first()


def owner_of(actor: Actor, function: str) -> Application | None:
    """Whose function the actor calls by its name alone: its own, else that of the one application whose caller it is.

    None if there is no such function for it. Raises Invalid if there are several.
    """
    rows = Function.objects.filter(name=function).select_related("application") if "\0" not in function else ()
    owners = [row.application for row in rows if row.application_id == actor.id or str(actor) in row.callers]
    mine = [application for application in owners if application.pk == actor.id]
    if len(mine or owners) > 1:
        raise Invalid.at("/container", _("Several applications let you call this function: say in which container."))
    return (mine or owners)[0] if owners else None
