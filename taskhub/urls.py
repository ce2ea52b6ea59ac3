"""The routes of the whole product: admin, health, the API and the pages."""

from django.contrib import admin
from django.urls import include, path

from taskhub import health

urlpatterns = [
    path("api/v1/", include("apps.api.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("", include("apps.web.urls")),
]

handler400 = "apps.web.views.errors.bad_request"
handler500 = "apps.web.views.errors.server_error"
