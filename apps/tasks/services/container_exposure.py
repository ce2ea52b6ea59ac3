"""What a change of a container opens to more people (`containers.ports.exposure`)."""

from apps.actors.actor import SYSTEM, Actor
from apps.containers.models import Container
from apps.events import event_types
from apps.tasks import access
from apps.tasks.models import Privacy, Task, TaskQuerySet

from . import writing

MOST_NOTED = 200
"""Tasks that say themselves that managers see them, the newest; the container's own event counts all of them."""


class ContainerExposure:
    """See `containers.ports.Exposure`."""

    def restricted_tasks(self, container: Container) -> int:
        return _tasks(container, Privacy.RESTRICTED).count()

    def inherited_tasks(self, container: Container) -> int:
        return _tasks(container, Privacy.INHERIT).count()

    def has_tasks_for(self, actor: Actor, container: Container) -> bool:
        return access.visible_to(actor).filter(container=container).exists()

    def record(self, actor: Actor, container: Container, *, to_managers: bool) -> None:
        did = "granted" if to_managers else "revoked"
        for pk in _tasks(container, Privacy.RESTRICTED).order_by("-pk").values_list("pk", flat=True)[:MOST_NOTED]:
            task = access.get_task(SYSTEM, str(pk), lock=True)
            writing.emit(task, event_types.TASK_GRANTED, actor=actor, internal=True, did=did, to="managers")
            writing.update(task, quiet=True)


def _tasks(container: Container, privacy: Privacy) -> TaskQuerySet:
    return Task.objects.filter(container=container, privacy=privacy).current()


CONTAINER_EXPOSURE = ContainerExposure()
