"""From the signed-in person to the retailer in force."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import resolve_url
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode

from retailers.access import abilities_of
from retailers.models import Membership
from retailers.scope import acting_for, unscoped
from retailers.shop_rules import rule_in_force

GetResponse = Callable[[HttpRequest], HttpResponse]
SHOP_KEY = "retailer"
NUL = "\0"


class HtmxSignInMiddleware:
    """An expired session inside htmx leads to the sign-in page, not into a fragment."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        asked_by_htmx = request.headers.get("HX-Request") == "true"
        login = resolve_url(settings.LOGIN_URL)
        if (
            asked_by_htmx
            and response.status_code == 302
            and response.headers.get("Location", "").startswith(login)
        ):
            page = request.headers.get("HX-Current-URL", "")
            path = "/" + page.split("/", 3)[3].lstrip("/") if page.count("/") >= 3 else "/"
            answer = HttpResponse(status=401)
            answer.headers["HX-Redirect"] = f"{login}?{urlencode({'next': path})}"
            return answer
        return response


class WithoutNulMiddleware:
    """Leaves NUL out of what is asked and posted: nobody types it, and PostgreSQL has no such text.

    Runs when the view is known, so after the check of forms for their token has read them.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        if "%00" in request.META.get("QUERY_STRING", ""):
            request.GET = _without_nul(request.GET)  # type: ignore[assignment]
        if request.method == "POST" and any(
            NUL in text for name, texts in request.POST.lists() for text in (name, *texts)
        ):
            request.POST = _without_nul(request.POST)  # type: ignore[assignment]


def _without_nul(given: QueryDict) -> QueryDict:
    """The same questions or answers, fixed again like those of every request."""
    kept = QueryDict(mutable=True)
    for name, texts in given.lists():
        kept.setlist(name.replace(NUL, ""), [str(text).replace(NUL, "") for text in texts])
    kept._mutable = False
    return kept


class CurrentRetailerMiddleware:
    """Puts the person's retailer in force for the whole request; staff admin sees all."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/staff/"):
            with unscoped():
                return self._private(self.get_response(request))
        membership = self._membership(request)
        if membership is None:
            response = self.get_response(request)
            return self._private(response) if request.user.is_authenticated else response
        shop = membership.retailer
        request.membership, request.retailer = membership, shop  # type: ignore[attr-defined]
        with (
            acting_for(shop),
            timezone.override(ZoneInfo(shop.timezone)),
            translation.override(shop.language),
        ):
            request.abilities = abilities_of(  # type: ignore[attr-defined]
                membership,
                receivers_see_costs=bool(membership.see_costs),  # type: ignore[attr-defined]
            )
            response = self.get_response(request)
            if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                response = response.render()
        return self._private(response)

    @staticmethod
    def _private(response: HttpResponse) -> HttpResponse:
        """Signed-in pages are not kept by shared caches or the back button after sign-out."""
        response.headers.setdefault("Cache-Control", "no-store")
        # One address, two sizes of answer: the back button asks for the page, not the fragment.
        patch_vary_headers(response, ["HX-Request"])
        return response

    @staticmethod
    def _membership(request: HttpRequest) -> Membership | None:
        """The membership in force: the one chosen in this session, else the oldest.

        The shop's rule on costs comes with it: every page needs it.
        """
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated:
            return None
        with unscoped():
            mine = list(
                Membership.objects.filter(user_id=user.pk, retailer__active=True)
                .select_related("retailer")
                .annotate(see_costs=rule_in_force("receivers_see_costs"))
                .order_by("id")
            )
        if not mine:
            return None
        chosen = request.session.get(SHOP_KEY)
        request.memberships = mine  # type: ignore[attr-defined]
        return next((one for one in mine if one.retailer_id == chosen), mine[0])
