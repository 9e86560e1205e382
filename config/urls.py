"""Every address of the app; a page lives in the highest room it needs."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("staff/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("retailers.urls")),
    path("", include("catalog.urls")),
    path("", include("purchasing.urls")),
    path("", include("integrations.urls")),
]
