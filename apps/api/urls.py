"""The routes of the API, each as the contract spells it; what none names is a problem document, 404."""

from django.urls import URLPattern, URLResolver, path, re_path

from . import me
from .plain import absent

urlpatterns: list[URLPattern | URLResolver] = [
    path("me", me.Me.as_view(), name="api-me"),
    re_path(r"^(?P<path>.*)$", absent, name="api-absent"),
]
