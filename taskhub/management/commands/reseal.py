"""`manage.py reseal`: all secrets under the first key, so that an old one can be taken away."""

from typing import Any

from apps.automation.push.signing_secrets import reseal_functions
from apps.operations.services import reseal_operations
from apps.tasks.services.resealing import Resealed, reseal_tasks
from taskhub.management.base import ServiceCommand


class Command(ServiceCommand):
    help = "Seal all secrets anew under the first key of SECRETS_KEYS."

    def run(self, **_: Any) -> None:
        count = Resealed()
        reseal_functions(count.anew)
        reseal_tasks(count)
        reseal_operations(count.anew)
        self.stdout.write(f"Sealed anew: {count.done}. Unreadable, their key is gone: {count.unreadable}.")
