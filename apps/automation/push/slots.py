"""How many push functions one worker calls at once: `taskhub/celery.py` bounds them, the executor takes one a call."""

from apps.core.slots import Slots

slots = Slots("push")
