"""Reading rules: those of a container, for its managers and its application."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.automation import access
from apps.automation.models import Rule
from apps.containers import access as containers
from apps.core.errors import NotFound
from apps.core.timestamps import format_timestamp
from apps.tasks import queries

COLUMNS = ("title", "on", "when", "actions", "enabled")


def list_rules(actor: Actor, slug: str) -> QuerySet[Rule]:
    """The rules of a container, for its managers and application. Raises NotFound, Forbidden."""
    container = containers.get_container(actor, slug, "manage")
    containers.require_owner(actor, container)
    return Rule.objects.filter(container=container).select_related("container__application").order_by("name")


def get_rule(actor: Actor, slug: str, name: str) -> Rule:
    """One of them. Raises NotFound, Forbidden."""
    rule = list_rules(actor, slug).filter(name=name).first()
    if rule is None:
        raise NotFound(_("There is no such rule."))
    return rule


def render_rule(actor: Actor, rule: Rule) -> dict[str, object]:
    """The rule as the API answers it, with its last runs on tasks that exist for the reader.

    What an application's rule reads and does may name fields that nobody else sees, and is shown to it alone.
    """
    runs = rule.runs.filter(task_id__in=queries.tasks_for(actor).values("pk"))[:5]
    columns = {column: getattr(rule, column) for column in COLUMNS}
    if not access.may_change_rule(actor, rule):
        columns |= {"when": None, "actions": []}
        runs = runs.none()
    return {
        "container": rule.container.slug,
        "name": rule.name,
        **columns,
        "author": rule.author,
        "runs": [
            {"event": str(run.event_id), "task": str(run.task_id), "at": format_timestamp(run.at), "did": run.did,
             "error": run.error}
            for run in runs
        ],
    }  # fmt: skip
