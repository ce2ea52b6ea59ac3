"""The bodies of operations."""

from apps.core.shapes import Flag, Items, Lazy, Map, Number, Object, Shape, Text, TextOr, Uuid, Variants, Whole
from apps.tasks import limits

from .kinds import all_kinds

MOST_IDS = 10_000
MOST_FIRST = 1000
MOST_PER_SECOND = 100_000
CANARY = Object(
    {
        "first": Whole(1, MOST_FIRST, description="How many tasks are tried before the others."),
        "min_ok": Number(0, 1, description="Which share of them must settle well for the others to follow."),
    },
    required=["first", "min_ok"],
    name="Canary",
    about="The first few, which must go well.",
)
COMMON: dict[str, Shape] = {
    "filter": Map(
        TextOr(Text(limits.LONGEST_TITLE), Whole()), 40, nullable=True,
        description="Parameters of `GET /tasks`, but for `limit`, `cursor`, `order` and `count`.",
    ),
    "ids": Items(Uuid(), MOST_IDS, least=1, nullable=True),
    "reason": Text(limits.LONGEST_MESSAGE, nullable=True, description="Why, for everybody who sees the operation."),
    "dry_run": Flag(),
    "plan": Text(limits.LONGEST_TITLE, nullable=True, description="What the dry run answered."),
    "canary": Object(CANARY.keys, required=CANARY.required, name=CANARY.name, about=CANARY.about, nullable=True),
    "max_per_second": Whole(1, MOST_PER_SECOND, nullable=True),
}  # fmt: skip


def _operation() -> Variants:
    variants = {name: Object({**COMMON, **kind.keys}, required=kind.required) for name, kind in all_kinds().items()}
    return Variants("kind", variants, name="OperationBody", about="A plan (`dry_run`), or an operation by its `plan`.")


OPERATION = Lazy(_operation)
