"""Requests: what the reader may ask for, the form of one, and what stands in it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.containers import access, queries
from apps.containers.models import Container, TaskType
from apps.containers.schema import only
from apps.containers.type_document.spec import TypeSpec, spec_of
from apps.core.errors import NotFound
from apps.tasks.access import all_permissions
from apps.tasks.models import Privacy, Task
from apps.tasks.queries import asked_for
from apps.web.contexts.pages import MyRequestsPage, TypeCard
from apps.web.people import actor_of, names_of, zone_of
from apps.web.schema_form import FieldText, Form, Submission, Viewer, build_form, field_text
from apps.web.typed import OWNER

from .fields import suggestions
from .paging import page_of
from .rows import task_row

MOST_CARDS = 200


@dataclass(frozen=True)
class Offer:
    """A type of which the reader may make tasks through its form."""

    container: Container
    type: TaskType
    spec: TypeSpec

    @property
    def names(self) -> tuple[str, ...]:
        """The fields of the form, in the order in which people should see them."""
        return tuple(name for name in self.spec.fields if name in self.spec.create_fields)

    @property
    def schema(self) -> dict[str, Any]:
        """The schema of the form: other fields leave no trace in it."""
        return only(self.spec.schema, self.names)

    @property
    def card(self) -> TypeCard:
        """Its title, description and container."""
        description = self.spec.schema.get("description") or ""
        return {"title": self.type.title, "description": description, "container": self.container.title}


def cards(request: HttpRequest, text: str) -> list[TypeCard]:
    """The types that the reader may ask for, those with the words in them."""
    rows = queries.creatable_types(actor_of(request))
    for word in text.split()[:8]:
        condition = (
            Q(title__icontains=word) | Q(container__title__icontains=word) | Q(container__description__icontains=word)
        )
        rows = rows.filter(condition)
    return [
        {
            "title": row.title,
            "description": spec_of(row.current).schema.get("description") or "" if row.current else "",
            "container": row.container.title,
            "url": reverse("web:request_form", args=[row.container.slug, row.name]),
        }
        for row in rows[:MOST_CARDS]
    ]


def offer_of(request: HttpRequest, slug: str, name: str) -> Offer:
    """The type, if the reader may create such tasks. Raises NotFound: what is not offered does not exist."""
    actor = actor_of(request)
    kind = queries.get_type(actor, slug, name)
    if kind.current is None:
        raise NotFound()
    spec = spec_of(kind.current)
    if not queries.may_create(spec, access.role_of(actor, kind.container)):
        raise NotFound()
    return Offer(kind.container, kind, spec)


def form_of(request: HttpRequest, offer: Offer) -> Form:
    """The form of a request, empty."""
    return build_form(
        offer.schema, offer.names, zone=zone_of(request), suggestions=suggestions(offer.spec.schema, offer.names)
    )


def review_rows(request: HttpRequest, offer: Offer, submission: Submission) -> list[FieldText]:
    """The values that will be sent, as text."""
    reader = Viewer(zone_of(request), names_of(request))
    return [field_text(offer.schema, name, submission.values.get(name), reader) for name in offer.names]


def readers(request: HttpRequest, offer: Offer) -> str:
    """The people who will see the task, in words."""
    owner = offer.container.application
    who = owner.title if owner else offer.container.title
    return {
        Privacy.INHERIT: _("you, %(who)s, and the members of %(container)s"),
        Privacy.RESTRICTED: _("you, %(who)s, and those whom it is handed to"),
        Privacy.PRIVATE: _("you and %(who)s"),
    }.get(Privacy(offer.spec.default_privacy), "%(who)s") % {"who": who, "container": offer.container.title}


def typed_pairs(request: HttpRequest) -> list[tuple[str, str]]:
    """Everything that was posted but the token and the button: what the review posts again."""
    left_out = ("csrfmiddlewaretoken", OWNER, "step", "add-row", "remove-row")
    return [(name, value) for name, values in request.POST.lists() if name not in left_out for value in values]


def my_requests(request: HttpRequest) -> MyRequestsPage:
    """The page of the reader's own requests."""
    actor, names = actor_of(request), names_of(request)
    tasks, page = page_of(asked_for(actor), request.GET)
    return {"rows": [task_row(s.task, names, s.handover) for s in all_permissions(actor, tasks)], "page": page}


def next_step(task: Task) -> str:
    """What happens next, in a sentence."""
    owner = task.container.application
    if owner is not None:
        return _("%(name)s goes on with it; you are notified when somebody needs you.") % {"name": owner.title}
    return _("The people of %(name)s see it now.") % {"name": task.container.title}
