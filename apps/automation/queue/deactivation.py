"""What deactivating an application does to its work, in the transaction that deactivates it.

Its keys open nothing from then on and claims find nothing, a call that waits included; the leases that its workers
hold end, so that retry and fail-over decide at once and not when each lease would have run out.
"""

from apps.actors.models import Application
from apps.events import event_types
from apps.events.models import Event
from apps.tasks import leases


def follow(event: Event) -> None:
    """Heard in the transaction of every event (IN_TRANSACTION)."""
    if event.type != event_types.ACCOUNT_CHANGED or "active" not in event.data.get("changed", ()):
        return
    application = event.application_id
    if application and Application.objects.filter(pk=application, active=False).exists():
        leases.supersede(application)
