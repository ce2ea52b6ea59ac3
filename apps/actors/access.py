"""Who may look after an application: the application itself, its owners, administrators. For others there is none."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.core.errors import NotFound

from .actor import Actor
from .models import Application
from .queries import applications_owned_by


def get_application(actor: Actor, name: str) -> Application:
    """The application that the actor looks after. Raises NotFound, whether it is somebody else's or absent."""
    return _first(_visible_to(actor), name)


def lock_application(actor: Actor, name: str) -> Application:
    """The same with its row locked, which orders the changes of its owners. Raises NotFound."""
    return _first(_visible_to(actor).select_for_update(no_key=True), name)


def _visible_to(actor: Actor) -> QuerySet[Application]:
    if actor.is_administrator or actor.is_system:
        return Application.objects.all()
    mine = Q(pk=actor.id) if actor.is_application else Q(pk__in=applications_owned_by(actor.id).values("pk"))
    return Application.objects.filter(mine)


def _first(rows: QuerySet[Application], name: str) -> Application:
    application = rows.filter(name=name).first()
    if application is None:
        raise NotFound(_("There is no such application."))
    return application
