"""Connects the ports of lower apps with the higher apps that they call (docs: architecture). mypy compares the types.

The ordered lists of upward calls (IN_TRANSACTION, EVENT_CONSUMERS, ACTIONS, MANIFEST) stand in the settings.
"""

import apps.containers.ports
import apps.tasks.pauses
import apps.tasks.ports
from apps.api.idempotency import once_for_form
from apps.automation import mentions, secret_literals
from apps.automation.functions import callers, pausing, services
from apps.automation.push import hints
from apps.automation.transitions import STAGE_WAYS
from apps.containers.type_document.secret_literals import literals_of_types
from apps.tasks.services.container_exposure import CONTAINER_EXPOSURE


def fill_ports() -> None:
    """Fill every port. Called once, when all apps are loaded."""
    apps.containers.ports.literal_finders.fill(
        [literals_of_types, secret_literals.rules_with_literals, secret_literals.functions_with_literals]
    )
    apps.containers.ports.exposure.fill(CONTAINER_EXPOSURE)
    tasks = apps.tasks.ports
    tasks.stage_ways.fill(STAGE_WAYS)
    tasks.function_defaults.fill(services.function_defaults)
    tasks.may_call.fill(callers.may_call)
    tasks.once.fill(once_for_form)
    tasks.find_mentions.fill(mentions.find_mentions)
    tasks.when_queued.fill(hints.when_queued)
    apps.tasks.pauses.find_pauses.fill(pausing.pauses_of)
