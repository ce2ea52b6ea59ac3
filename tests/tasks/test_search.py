"""Where a field filter finds a value is exactly where the reader is shown one."""

import pytest

from apps.actors.actor import Actor
from apps.actors.references import actor_of_application, actor_of_user
from apps.containers.models import TaskType, TypeVersion
from apps.containers.type_document.stages import DEFAULT_STAGES
from apps.tasks import queries, search
from apps.tasks.access import TaskPermissions, field_access
from apps.tasks.models import Handover

from .test_visibility import World

pytestmark = pytest.mark.django_db
AUDIENCES = ["everyone", "reporter", "assignee", "handover", "contributor", "manager", "application"]
STAGES = [stage["name"] for stage in DEFAULT_STAGES]


def with_fields(seed: int) -> World:
    """A random world whose types declare `x`, each for random audiences, with values of random kinds."""
    world = World(seed)
    dice = world.dice
    named = [*AUDIENCES, f"user:u0-{seed}", f"team:t0-{seed}"]

    def some() -> list[str]:
        return dice.sample(named, dice.randint(0, 2))

    for kind in TaskType.objects.select_related("current"):
        said = {"read": some()}
        if dice.random() < 0.7:
            said["write"] = some() if dice.random() < 0.5 else {stage: some() for stage in dice.sample(STAGES, 2)}
        spec = {**kind.current.spec, "schema": {"type": "object", "properties": {
            "x": {"type": ["string", "null"], "x-taskhub": {**said, "secret": dice.random() < 0.1}}}}}  # fmt: skip
        kind.current = TypeVersion.objects.create(type=kind, number=9, spec=spec, stage_map={}, pushed_by="system")
        kind.save()
    for task in world.tasks:
        task.type_version = TaskType.objects.get(container=task.container).current
        task.fields = dice.choice([{"x": "v"}, {"x": "v"}, {"x": None}, {}])
        task.stage = dice.choice(STAGES)
        task.save()
    for handover in Handover.objects.all():
        handover.fields = dice.choice([[], [{"name": "x", "label": None}], [{"name": "y", "label": '"x"'}]])
        handover.save()
    return world


def shown(actor: Actor) -> set[str]:
    """The tasks on which the reader is shown a value of `x`."""
    found = set()
    for task in queries.tasks_for(actor):
        permissions = TaskPermissions(actor, task)
        secret = "x" in permissions.spec.secrets
        if task.fields.get("x") is not None and not secret and field_access(permissions)["x"].level != "hidden":
            found.add(task.title)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_field_is_found_where_it_is_shown(seed: int) -> None:
    world = with_fields(seed)
    actors = [actor_of_user(user) for user in world.users]
    actors += [actor_of_application(application) for application in world.applications]
    for actor in actors:
        everything = {task.title for task in queries.tasks_for(actor)}
        for lookup, value in (("exact", "v"), ("contains", "v"), ("gt", "a"), ("lte", "v"), ("isnull", "false")):
            rows = search.narrow_by_field(queries.tasks_for(actor), actor, "x", lookup, [value])  # type: ignore[arg-type]
            assert {task.title for task in rows} == shown(actor), (str(actor), lookup)
        absent = search.narrow_by_field(queries.tasks_for(actor), actor, "x", "isnull", ["true"])
        assert {task.title for task in absent} == everything - shown(actor)
