"""The staff pages: the back room of support, for our own people with a second factor.

The site itself, and the manners every list there has: a fixed number of queries, counts that stop
at ten thousand, money and journals read-only, links between things, secrets never.
"""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import ForeignKey, Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

MOST_COUNTED = 10_000


class StaffSite(admin.AdminSite):
    """Signs in through allauth like everybody, then asks for the second factor."""

    site_header = _("PO Sync, staff")
    site_title = _("PO Sync, staff")
    index_title = _("Everything of every shop")
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and not _lacks_second_factor(request)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the sign-in page, or to setting up the second factor; never a form of its own."""
        if not request.user.is_authenticated:
            following = urlencode({"next": request.GET.get("next", reverse("admin:index"))})
            return redirect(f"{resolve_url(settings.LOGIN_URL)}?{following}")
        if not (request.user.is_active and request.user.is_staff):
            raise PermissionDenied
        if _lacks_second_factor(request):
            messages.warning(request, _("The staff pages need a second factor. Set it up here."))
            return redirect("mfa_index")
        return redirect("admin:index")


def _lacks_second_factor(request: HttpRequest) -> bool:
    """Asked once a request: the site asks for permission several times a page."""
    if not settings.STAFF_MFA_REQUIRED or not request.user.is_authenticated:
        return False
    known: bool | None = getattr(request, "_lacks_second_factor", None)
    if known is None:
        known = not is_mfa_enabled(request.user, [Authenticator.Type.TOTP])
        request._lacks_second_factor = known  # type: ignore[attr-defined]
    return known


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts to ten thousand and no further: nobody turns to page 101 of a stock history."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if hasattr(rows, "order_by"):
            return int(rows.order_by()[: MOST_COUNTED + 1].count())
        return len(rows)


class StaffAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Manners of every staff list; foreign keys are looked up by number, never in a long menu."""

    show_full_result_count = False
    paginator = CappedPaginator
    list_per_page = 50
    list_max_show_all = 200

    def __init__(self, model: type[Model], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        keys = [one.name for one in model._meta.fields if isinstance(one, ForeignKey)]
        self.raw_id_fields = tuple(keys)  # type: ignore[misc]
        if self.list_select_related is False:
            shown = set(self.list_display)
            wanted = tuple(name for name in keys if name in shown)
            self.list_select_related = wanted  # type: ignore[misc]


class ReadOnlyAdmin(StaffAdmin):
    """To look at: what the POS, a brand or a person wrote is not changed behind their back."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def link_to(row: Model | None, label: str = "") -> str:
    """A link to another thing's staff page; empty where there is none."""
    if row is None:
        return ""
    meta = row._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', address, label or str(row))


def list_of(model: type[Model], label: str, **filters: str | int) -> str:
    """A link to the list of things that belong to this one."""
    meta = model._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return format_html('<a href="{}?{}">{}</a>', address, urlencode(filters), label)
