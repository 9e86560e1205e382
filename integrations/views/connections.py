"""Connections: Lightspeed by consent, brand portals by key and code; tested, linked, taken down."""

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect, HttpResponseStopPolling

from integrations import connecting
from integrations.capabilities import capabilities_of
from integrations.connecting import ConnectError
from integrations.forms import CodeForm, PortalForm, SupplierForm
from integrations.models import Connection, RemoteLink, SyncTask
from integrations.standing import line_of, standing
from purchasing.models import OrderBody, PurchaseOrder, ShipTo
from retailers.access import Ability, ShopRequest, needs
from retailers.models import Event, Outlet

System, State = Connection.System, Connection.State


@require_GET
@needs(Ability.LOOK)
def connections(request: ShopRequest) -> HttpResponse:
    """Every line to the outside, and the ways to add one."""
    now = standing()
    portals = now.portals
    connected = sum(1 for one in portals if one.connection.is_active)
    context = {
        "standing": now,
        "pos": now.pos,
        "portals": portals,
        "connected": connected,
        "may_connect": Ability.CONNECT in request.abilities,
    }
    return render(request, "integrations/connections.html", context)


# --- Lightspeed ------------------------------------------------------------------------------


@require_POST
@needs(Ability.CONNECT)
def connect_xseries(request: ShopRequest) -> HttpResponse:
    """To Lightspeed's consent page: by HX-Redirect, else by a link.

    Never by a redirect: the policy `form-action 'self'` also stops a form that leads elsewhere.
    """
    try:
        address = connecting.xseries_consent(
            request.retailer, by=request.user, session_key=_session_key(request)
        )
    except ConnectError as error:
        messages.error(request, str(error))
        return redirect("connections")
    if request.htmx:
        return HttpResponseClientRedirect(address)
    return render(request, "integrations/connect_xseries.html", {"address": address})


@never_cache
@require_GET
def oauth_xseries(request: HttpRequest) -> HttpResponse:
    """Where Lightspeed sends people back to: keeps the code and lets a task spend it.

    Anything odd is a 400 in words, and nothing is stored.
    """
    abilities: frozenset[Ability] = getattr(request, "abilities", frozenset())
    if Ability.CONNECT not in abilities:
        return _not_connected(request, _("Only an owner of a shop can connect it."))
    answer = connecting.Answer(
        state=request.GET.get("state", ""),
        code=request.GET.get("code", ""),
        prefix=request.GET.get("domain_prefix", ""),
        error=request.GET.get("error", ""),
    )
    try:
        connection = connecting.take_xseries_answer(
            answer,
            request.retailer,  # type: ignore[attr-defined]
            by=request.user,  # type: ignore[arg-type]
            session_key=_session_key(request),
        )
    except ConnectError as error:
        return _not_connected(request, str(error))
    return redirect("connection", connection.pk)


def _not_connected(request: HttpRequest, why: str) -> HttpResponse:
    return render(request, "integrations/not_connected.html", {"why": why}, status=400)


def _session_key(request: HttpRequest) -> str:
    if not request.session.session_key:
        request.session.save()
    return str(request.session.session_key)


# --- NuORDER ---------------------------------------------------------------------------------


@sensitive_post_parameters("consumer_secret")
@require_http_methods(["GET", "HEAD", "POST"])
@needs(Ability.CONNECT)
def portal_add(request: ShopRequest) -> HttpResponse:
    """Add a brand portal: its key, with the way to find it in NuORDER."""
    form = PortalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            connection = connecting.add_portal(form.key(), request.retailer, by=request.user)
        except ConnectError as error:
            form.add_error(error.field or None, str(error))
        else:
            return redirect("connection", connection.pk)
    return _show_portal_form(request, form, None)


@sensitive_post_parameters("consumer_secret")
@require_http_methods(["GET", "HEAD", "POST"])
@needs(Ability.CONNECT)
def portal_renew(request: ShopRequest, pk: int) -> HttpResponse:
    """Connect a portal again with a new key."""
    connection = get_object_or_404(Connection, pk=pk, system=System.NUORDER)
    start = {"name": connection.name, "host": connection.host}
    form = PortalForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            connecting.renew_portal(connection, form.key(), by=request.user)
        except ConnectError as error:
            form.add_error(error.field or None, str(error))
        else:
            return redirect("connection", connection.pk)
    return _show_portal_form(request, form, connection)


def _show_portal_form(
    request: ShopRequest, form: PortalForm, connection: Connection | None
) -> HttpResponse:
    context = {
        "form": form,
        "connection": connection,
        "app_name": settings.APP_NAME,
        "nuorder_web": settings.NUORDER_WEB_URL,
    }
    status = 422 if form.errors else 200
    return render(request, "integrations/portal_form.html", context, status=status)


@sensitive_post_parameters("code")
@require_POST
@needs(Ability.CONNECT)
def portal_code(request: ShopRequest, pk: int) -> HttpResponse:
    """The verification code, pasted."""
    connection = get_object_or_404(Connection, pk=pk, system=System.NUORDER)
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            connecting.take_verifier(connection, form.cleaned_data["code"], by=request.user)
        except ConnectError as error:
            messages.error(request, str(error))
        return redirect("connection", connection.pk)
    return _show(request, connection, code_form=form)


# --- One connection --------------------------------------------------------------------------


@require_GET
@needs(Ability.LOOK)
def connection(request: ShopRequest, pk: int) -> HttpResponse:
    """One connection: state, who and when, what it may do, supplier, addresses, story."""
    found = get_object_or_404(
        Connection.objects.select_related("lane", "supplier", "connected_by"), pk=pk
    )
    return _show(request, found)


@require_GET
@needs(Ability.LOOK)
def connection_state(request: ShopRequest, pk: int) -> HttpResponse:
    """Only the state, for polling; ends once nothing is under way."""
    found = get_object_or_404(Connection.objects.select_related("lane"), pk=pk)
    if not request.htmx or request.htmx.history_restore_request:
        return redirect("connection", pk)
    context = _state_of(request, found)
    page = render(request, "integrations/connection.html#state", context)
    if context["is_moving"]:
        return page
    # The rest of the page depends on the state, so it is read anew once, at the end.
    stop = HttpResponseStopPolling(page.content)
    stop.headers["HX-Refresh"] = "true"
    return stop


def _state_of(
    request: ShopRequest, found: Connection, code_form: CodeForm | None = None
) -> dict[str, object]:
    tasks = list(SyncTask.objects.filter(connection=found))
    shaking = [task for task in tasks if task.kind in ("connect-start", "connect-finish", "test")]
    return {
        "connection": found,
        "line": line_of(found, tasks),
        "is_pos": found.system == System.XSERIES,
        "shaking": next((task for task in shaking if not task.trouble), None),
        "refusal": next((task for task in shaking if task.trouble), None),
        "is_moving": any(not task.trouble for task in shaking),
        "code_form": code_form or CodeForm(),
        "may_connect": Ability.CONNECT in request.abilities,
        "app_name": settings.APP_NAME,
        "nuorder_web": settings.NUORDER_WEB_URL,
    }


def _show(
    request: ShopRequest,
    found: Connection,
    *,
    code_form: CodeForm | None = None,
    supplier_form: SupplierForm | None = None,
) -> HttpResponse:
    context = _state_of(request, found, code_form) | {
        "capabilities": capabilities_of(found),
        "story": Event.objects.about(found).select_related("actor")[:12],
        "tail": found.consumer_key[-4:] if found.consumer_key else "",
    }
    if found.system == System.NUORDER:
        known = found.supplier or connecting.supplier_called(found.name)
        suggested = {"supplier": known, "new_name": "" if known else found.name}
        context |= {
            "supplier_form": supplier_form or SupplierForm(initial=suggested),
            "places": _places(found),
            "outlets": Outlet.objects.filter(deleted_at__isnull=True),
            "unread": OrderBody.objects.filter(source=f"nuorder:{found.pk}", order__isnull=True)
            .exclude(trouble="")
            .order_by("-id")[:20],
            "order_count": PurchaseOrder.objects.filter(source=f"nuorder:{found.pk}").count(),
        }
    else:
        context["links"] = RemoteLink.objects.filter(connection=found, kind="product").count()
    refused = any(form and form.errors for form in (code_form, supplier_form))
    status = 422 if refused else 200
    return render(request, "integrations/connection.html", context, status=status)


def _places(found: Connection) -> list[ShipTo]:
    """Addresses of the portal's supplier, those without an outlet first."""
    if found.supplier_id is None:
        return []
    rows = ShipTo.objects.filter(supplier_id=found.supplier_id).select_related("outlet")
    return sorted(rows, key=lambda one: (one.outlet_id is not None, one.label.casefold()))


@require_POST
@needs(Ability.CONNECT)
def connection_test(request: ShopRequest, pk: int) -> HttpResponse:
    """Ask the other side whether it still knows us."""
    found = get_object_or_404(Connection, pk=pk)
    try:
        connecting.test(found, by=request.user)
    except ConnectError as error:
        messages.error(request, str(error))
    return redirect("connection", pk)


@require_POST
@needs(Ability.CONNECT)
def connection_disconnect(request: ShopRequest, pk: int) -> HttpResponse:
    """Forget the keys; everything else stays."""
    found = get_object_or_404(Connection, pk=pk)
    connecting.disconnect(found, by=request.user)
    messages.success(
        request,
        _("%(name)s is disconnected. What is here stays; connect again whenever you like.")
        % {"name": found},
    )
    return redirect("connections")


@require_POST
@needs(Ability.CONNECT)
def connection_supplier(request: ShopRequest, pk: int) -> HttpResponse:
    """Which supplier the portal is."""
    found = get_object_or_404(Connection, pk=pk, system=System.NUORDER)
    form = SupplierForm(request.POST)
    if form.is_valid():
        try:
            chosen = connecting.link_supplier(
                found,
                supplier=form.cleaned_data["supplier"],
                new_name=form.cleaned_data["new_name"],
                by=request.user,
            )
        except ConnectError as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(
                request, _("%(portal)s is %(supplier)s.") % {"portal": found, "supplier": chosen}
            )
            return redirect("connection", pk)
    return _show(request, found, supplier_form=form)


@require_POST
@needs(Ability.BUY)
def ship_to_outlet(request: ShopRequest, pk: int) -> HttpResponse:
    """Which outlet an address of the supplier stands for."""
    place = get_object_or_404(ShipTo.objects.select_related("supplier"), pk=pk)
    wanted = request.POST.get("outlet", "")
    outlet = None
    if wanted:
        if not wanted.isdecimal():
            raise Http404
        outlet = get_object_or_404(Outlet, pk=int(wanted), deleted_at__isnull=True)
    connecting.map_ship_to(place, outlet, by=request.user)
    messages.success(request, _("Kept. New orders to this address take it along."))
    portal = Connection.objects.filter(
        Q(supplier_id=place.supplier_id) & Q(system=System.NUORDER)
    ).first()
    return redirect("connection", portal.pk) if portal else redirect("supplier", place.supplier_id)
