"""What the writes of containers share: the lock that orders them, and the event that records them."""

from apps.actors.actor import Actor
from apps.containers import access
from apps.containers.models import Container
from apps.core.errors import NotFound
from apps.core.json_types import Json
from apps.events import event_types, log


def lock_container(actor: Actor, slug: str, verb: access.Verb) -> Container:
    """The container with its row held until the transaction ends, so that writes to it happen one by one.

    Tasks are still made in it meanwhile, except while it is deleted. Raises NotFound if it is absent or hidden,
    Forbidden if the role is too weak or another application owns it.
    """
    container = access.get_container(actor, slug, verb)
    rows = Container.objects.select_for_update(of=("self",), no_key=verb != "delete").select_related("application")
    held = rows.filter(pk=container.pk).first()
    if held is None:
        raise NotFound("There is no such container.")
    access.require_owner(actor, held)
    return held


def tell(
    actor: Actor, container: Container, did: str, *, type: str = event_types.CONTAINER_CHANGED, **data: Json
) -> None:
    """Record what was done to a container."""
    log.record(
        type=type,
        actor=actor,
        container_id=container.pk,
        application_id=container.application_id,
        data={"did": did, "container": container.slug, **data},
    )
