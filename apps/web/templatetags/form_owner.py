"""`{% csrf_token %}` of this product: Django's, and whose form it is (see `apps.web.typed`)."""

from typing import Any

from django import template
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html

from apps.web.typed import OWNER, owner_of

register = template.Library()


class FormOwnerNode(CsrfTokenNode):
    """Both hidden inputs; for nobody the token alone."""

    def render(self, context: Context) -> Any:
        token = super().render(context)
        owner = owner_of(getattr(getattr(context, "request", None), "user", None))
        return token + format_html('<input type="hidden" name="{}" value="{}">', OWNER, owner) if owner else token


@register.tag
def csrf_token(parser: Parser, token: Token) -> FormOwnerNode:
    """For every form that posts."""
    return FormOwnerNode()
