"""Who sees which task, and who may read and write which field. With `containers/access.py` the only policy there is.

`visible_condition` (SQL) and `can_see` (one object) are the two forms of one rule (domain: privacy); a property
test proves them equal. Hidden and absent read the same: NotFound.
"""

from .fields import (
    HIDDEN,
    FieldAccess,
    access_of_asker,
    access_when_free,
    asked_names,
    field_access,
    knows_all,
    past_fields,
    past_fields_of,
    visible_fields,
)
from .history import is_of_other_rules, kept_from_everybody, passed
from .sight import (
    RELATED,
    get_task,
    handed_to,
    opened_by,
    unexpired,
    visible_condition,
    working_condition,
)
from .standing import (
    ONLY_LOOKS,
    Standing,
    can_see,
    get_task_to_tie,
    is_target,
    may_cancel,
    may_take_over,
    may_work,
    open_handover,
    require_asker,
    require_hand,
    require_worker,
)

__all__ = [
    "HIDDEN",
    "ONLY_LOOKS",
    "RELATED",
    "FieldAccess",
    "Standing",
    "access_of_asker",
    "access_when_free",
    "asked_names",
    "can_see",
    "field_access",
    "get_task",
    "get_task_to_tie",
    "handed_to",
    "is_of_other_rules",
    "is_target",
    "kept_from_everybody",
    "knows_all",
    "may_cancel",
    "may_take_over",
    "may_work",
    "open_handover",
    "opened_by",
    "passed",
    "past_fields",
    "past_fields_of",
    "require_asker",
    "require_hand",
    "require_worker",
    "unexpired",
    "visible_condition",
    "visible_fields",
    "working_condition",
]
