"""The routes of the whole product: admin, health, the API and the pages."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from apps.web.views.sessions import sign_in_to_admin
from taskhub import health

urlpatterns = [
    path("api/v1/", include("apps.api.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/login/", sign_in_to_admin),
    path("admin/password_change/", RedirectView.as_view(pattern_name="web:password")),  # wrong ones are counted there
    path("admin/", admin.site.urls),
    path("", include("apps.web.urls")),
]

handler400 = "apps.web.views.errors.bad_request"
handler500 = "apps.web.views.errors.server_error"
