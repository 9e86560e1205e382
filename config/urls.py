"""Every address of the app; a page lives in the highest room it needs."""

from django.contrib import admin
from django.urls import include, path

from retailers.ui_guide import ui_guide

urlpatterns = [
    path("staff/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("ui/", ui_guide, name="ui"),
    path("", include("retailers.urls")),
    path("", include("catalog.urls")),
    path("", include("purchasing.urls")),
    path("", include("integrations.urls")),
]
