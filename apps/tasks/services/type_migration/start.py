"""A migration: read from its body, previewed or begun."""

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.containers.models import TaskType, TypeMigration, TypeVersion
from apps.core import background
from apps.core.body import Body
from apps.core.errors import Conflict
from apps.core.json_types import JsonObject
from apps.events import event_types, log
from apps.events.unit_of_work import unit_of_work
from apps.tasks import access
from apps.tasks.models import Task
from apps.tasks.queries import candidates, old_versions

from .exposure import gains_of, require_confirmed
from .orders import MIGRATION, Orders, read_orders
from .preview import look, render_begun
from .run import AT_ONCE, JOB, go_on


def migrate_type(actor: Actor, slug: str, name: str, body: object) -> JsonObject:
    """Preview, or begin, the migration of the body (`orders.MIGRATION`).

    Only the publisher of the type may. The same order while it is under way answers how far it is. Raises NotFound,
    Forbidden, Invalid, Conflict (another migration of the type is under way); Widens if somebody comes to read more of
    the tasks and `confirm_widen` is missing.
    """
    kind = access.get_type_to_migrate(actor, slug, name)
    push = Body(body, MIGRATION)
    version = _read_version(push, kind)
    dry_run, confirmed = push.get("dry_run", False), push.get("confirm_widen", False)
    orders = read_orders(actor, push, kind, version)
    push.finish()
    access.require_reader_of_changes(actor, old_versions(candidates(actor, kind, version)), version)
    rows, decided = candidates(actor, kind, version), Orders(**orders)
    if dry_run:
        return look(actor, kind, version, decided)
    require_confirmed(gains_of(actor, kind, rows, version, decided.rename), confirmed)
    row = _begin(actor, kind, version, orders)
    if row.ended_at is None:
        for _batch in range(AT_ONCE):
            if not go_on(row.pk):
                break
        background.enqueue(JOB)
        row.refresh_from_db()
    return render_begun(actor, kind, row)


def _read_version(push: Body, kind: TaskType) -> TypeVersion:
    current: TypeVersion = kind.current  # type: ignore[assignment]
    number = push.get("to_version", current.number)
    version = TypeVersion.objects.filter(type=kind, number=number).first()
    if version is None:
        push.wrong("to_version", _("There is no such version."))
    return version or current


def _begin(actor: Actor, kind: TaskType, version: TypeVersion, orders: JsonObject) -> TypeMigration:
    """The migration that is under way, if it is this one; else a new one, which has ended if there is no task."""
    given: JsonObject = {"version": version, "orders": orders, "author": str(actor)}
    count = candidates(actor, kind, version).count()
    if not count and not Task.objects.filter(type_version=version, follows__isnull=False).exists():
        return TypeMigration(type=kind, ended_at=timezone.now(), **given)
    try:
        with unit_of_work():
            row = TypeMigration.objects.create(type=kind, tasks=count, **given)
            _tell(actor, kind, version)
            return row
    except IntegrityError:
        running = TypeMigration.objects.filter(type=kind, ended_at=None).select_related("version").first()
        if running is None or any(getattr(running, name) != value for name, value in given.items()):
            raise Conflict(_("Another migration of this type is under way.")) from None
        return running


def _tell(actor: Actor, kind: TaskType, version: TypeVersion) -> None:
    container = kind.container
    log.record(
        type=event_types.TYPE_CHANGED,
        actor=actor,
        container_id=container.pk,
        application_id=container.application_id,
        data={"did": "migration_started", "container": container.slug, "name": kind.name, "version": version.number},
    )
