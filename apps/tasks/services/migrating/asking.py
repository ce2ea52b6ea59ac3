"""What is asked of a migration: read, looked at or begun."""

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.containers import schema
from apps.containers.models import TaskType, TypeMigration, TypeVersion
from apps.containers.spec import spec_of
from apps.core import background
from apps.core.body import Body
from apps.core.errors import Conflict, NotFound, Problem
from apps.core.strict_json import escape
from apps.events import log, verbs
from apps.events.units import unit

from .converting import Orders
from .doing import AT_ONCE, JOB, go_on
from .looking import look
from .scope import Json, candidates, find_type, render_migration
from .widening import gains_of, require_confirmed


def migrate_type(actor: Actor, slug: str, name: str, body: object) -> Json:
    """Look at, or begin, the migration of the body: `{to_version, dry_run, stages, drop, values, confirm_widen}`.

    Only who may push the type may. The same order while it is under way answers how far it is. Raises NotFound,
    Forbidden, Invalid, Conflict (another migration of the type is under way); Widens if somebody comes to read more of
    the tasks and `confirm_widen` was not said.
    """
    kind = find_type(actor, slug, name)
    push = Body(body)
    version = _read_version(push, kind)
    dry_run, confirmed = push.flag("dry_run"), push.flag("confirm_widen")
    orders = _read_orders(push, kind, version)
    push.finish()
    if dry_run:
        return look(actor, kind, version, Orders(**orders))
    require_confirmed(gains_of(actor, kind, candidates(actor, kind, version), version), confirmed)
    row = _begin(actor, kind, version, orders)
    if row.ended_at is not None:
        return render_migration(kind, row)
    for _batch in range(AT_ONCE):
        if not go_on(row.pk):
            break
    background.enqueue(JOB)
    row.refresh_from_db()
    return render_migration(kind, row)


def get_migration(actor: Actor, slug: str, name: str) -> Json:
    """How far the actor's last migration of the type is. Raises NotFound, Forbidden."""
    kind = find_type(actor, slug, name)
    row = kind.migrations.filter(author=str(actor)).select_related("version").first()
    if row is None:
        raise NotFound(_("This type was not migrated."))
    return render_migration(kind, row)


def _read_version(push: Body, kind: TaskType) -> TypeVersion:
    current: TypeVersion = kind.current  # type: ignore[assignment]
    number = push.whole("to_version", least=1, most=2**31 - 1, default=current.number)
    version = TypeVersion.objects.filter(type=kind, number=number).first()
    if version is None:
        push.wrong("to_version", _("There is no such version."))
    return version or current


def _read_orders(push: Body, kind: TaskType, version: TypeVersion) -> Json:
    """The orders; names in them must be of this type, values must fit the new version."""
    old = [spec_of(row) for row in kind.versions.exclude(pk=version.pk)]
    new, stages, drop = spec_of(version), push.inner("stages"), push.items("drop", most=500)
    for before, after in stages.value.items() if stages else ():
        if not any(spec.stage(before) for spec in old) or not isinstance(after, str) or new.stage(after) is None:
            push.problems.append(Problem(f"/stages/{escape(before)}", "invalid", _("There is no such stage.")))
    gone = {field for spec in old for field in spec.fields} - new.fields.keys()
    for index, field in enumerate(drop):
        if not isinstance(field, str) or field not in gone:
            detail = _("There is no such field that is gone.")
            push.problems.append(Problem(f"/drop/{index}", "invalid", detail))
    values = push.inner("values")
    given = values.value if values else {}
    push.problems += schema.validate_partial(version.pk, new.schema, given, at="/values")
    told = _("The order is kept as it is: give a secret to each task by itself.")
    push.problems += [Problem(f"/values/{name}", "invalid", told) for name in sorted(new.secrets & given.keys())]
    return {"stages": stages.value if stages else {}, "drop": drop, "values": given}


def _begin(actor: Actor, kind: TaskType, version: TypeVersion, orders: Json) -> TypeMigration:
    """The migration that is under way, if it is this one; else a new one, which has ended if there is no task."""
    said: Json = {"version": version, "orders": orders, "author": str(actor)}
    count = candidates(actor, kind, version).count()
    if not count:
        return TypeMigration(type=kind, ended_at=timezone.now(), **said)
    try:
        with unit():
            row = TypeMigration.objects.create(type=kind, tasks=count, **said)
            _tell(actor, kind, version)
            return row
    except IntegrityError:
        running = TypeMigration.objects.filter(type=kind, ended_at=None).select_related("version").first()
        if running is None or any(getattr(running, name) != value for name, value in said.items()):
            raise Conflict(_("Another migration of this type is under way.")) from None
        return running


def _tell(actor: Actor, kind: TaskType, version: TypeVersion) -> None:
    container = kind.container
    log.record(
        type=verbs.TYPE_CHANGED,
        actor=actor,
        container_id=container.pk,
        application_id=container.application_id,
        data={"did": "migrate", "container": container.slug, "name": kind.name, "version": version.number},
    )
