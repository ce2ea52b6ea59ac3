"""`manage.py changepassword`: Django's, and the event of it."""

import getpass
from typing import Any

from django.contrib.auth.management.commands import changepassword

from apps.actors import services
from apps.actors.actor import SYSTEM
from apps.actors.models import User


class Command(changepassword.Command):
    def handle(self, *args: Any, **options: Any) -> str | None:
        """Change the password; the event says that it was a command."""
        done = super().handle(*args, **options)
        if done is None or "successfully" not in done:
            return done
        name = options["username"] or getpass.getuser()
        services.record_new_password(actor=SYSTEM, user=User.objects.get_by_natural_key(name))
        return done
