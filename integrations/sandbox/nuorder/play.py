"""Play the brand: portals, orders, stock and API management, on plain pages.

Every form also answers JSON to ``Accept: application/json``; tests use them that way.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from integrations.sandbox.kit.control import loopback_only
from integrations.sandbox.kit.play import done, refused
from integrations.sandbox.kit.store import Doc
from integrations.sandbox.kit.web import this, wants_json
from integrations.sandbox.nuorder import control
from integrations.sandbox.nuorder.desk import MOVES, CannotDo
from integrations.sandbox.nuorder.guard import refusal
from integrations.sandbox.nuorder.order_routes import desk
from integrations.sandbox.nuorder.pen import Pen, Wish
from integrations.sandbox.world.dirty import DIRTY
from integrations.sandbox.world.orders import STATUSES, line_count

blueprint = Blueprint("brand", __name__, url_prefix="/_sandbox", template_folder="templates")
blueprint.before_request(loopback_only)


@blueprint.errorhandler(CannotDo)
def say_no(error: CannotDo) -> BaseResponse:
    """An act that cannot be carried out, in words for the page."""
    if request.method == "GET":
        return refusal(404, str(error))
    return refused(str(error), _back())


def _back() -> str:
    """The page a form was on: only ever a path of our own."""
    wanted = request.form.get("back", "")
    return wanted if wanted.startswith("/_sandbox/") else url_for("brand.start")


def _whole(name: str, default: int | None = None) -> int:
    text = request.form.get(name, "").strip()
    if not text and default is not None:
        return default
    try:
        return int(text)
    except ValueError:
        raise CannotDo(f"{name.capitalize()} is a whole number.") from None


def _price(name: str) -> Decimal | None:
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        price = Decimal(text)
    except InvalidOperation:
        raise CannotDo("The price is a number.") from None
    if not price.is_finite() or price < 0:
        raise CannotDo("The price is not below zero.")
    return price


# Pages


@blueprint.get("/")
def start() -> str:
    """All portals: how many orders in each status, and whether an app is connected."""
    store = this().store
    rows = [
        {
            "portal": portal,
            "counts": {
                status: store.count("order", portal=portal["id"], status=status)
                for status in STATUSES
            },
            "pending": sum(a["state"] == "pending" for a in _applications(portal["id"])),
            "tokens": sum(not t["revoked"] for t in store.find("token", portal=portal["id"])),
        }
        for portal in store.find("portal")
    ]
    return render_template(
        "nuorder/start.html",
        rows=rows,
        statuses=STATUSES,
        recipes=DIRTY.values(),
        held=store.find("held"),
    )


@blueprint.get("/portals/<portal_id>")
def portal_page(portal_id: str) -> str:
    """One portal's orders, newest first, perhaps of one status."""
    portal = desk().portal(portal_id)
    status = request.args.get("status", "")
    found = this().store.find("order", portal=portal_id)
    shown = [h for h in found if not h["removed"] and status in ("", h["listed"])]
    orders = [_summary(held) for held in shown]
    orders.sort(key=lambda row: str(row["created"]), reverse=True)
    return render_template(
        "nuorder/portal.html", portal=portal, orders=orders, status=status, statuses=STATUSES
    )


def _summary(held: Doc) -> Doc:
    """What a list shows of an order; dirty ones may lack anything."""
    order = held["order"]
    try:
        lines: object = line_count(order)
    except (KeyError, TypeError):
        lines = "broken"
    return {
        "id": held["id"],
        "number": order.get("order_number", ""),
        "status": held["listed"],
        "created": order.get("created_on", ""),
        "window": f"{str(order.get('start_ship'))[:10]} to {str(order.get('end_ship'))[:10]}",
        "lines": lines,
        "units": order.get("total_quantity", ""),
        "total": order.get("total", ""),
        "currency": order.get("currency_code", ""),
        "raw": held["raw"] is not None,
    }


@blueprint.get("/orders/<order_id>")
def order_page(order_id: str) -> str:
    """One order with everything the brand can do to it."""
    held = desk().order(order_id)
    portal = desk().portal(held["portal"])
    summary = _summary(held)
    products = this().store.find("product", portal=portal["id"])
    return render_template(
        "nuorder/order.html",
        held=held,
        order=held["order"],
        summary=summary,
        editable=summary["lines"] != "broken" and held["listed"] != "cancelled",
        portal=portal,
        moves=MOVES[held["listed"]],
        products=sorted(products, key=lambda p: (str(p["name"]), str(p["color"])))[:400],
    )


@blueprint.get("/portals/<portal_id>/stock")
def stock_page(portal_id: str) -> str:
    """The supplier's stock, product by product."""
    portal = desk().portal(portal_id)
    store = this().store
    wanted = request.args.get("q", "").strip().lower()
    products = [
        p
        for p in store.find("product", portal=portal_id)
        if wanted in f"{p['name']} {p['style_number']} {p['color']}".lower()
    ]
    rows = [(p, store.get("inventory", p["_id"])) for p in products[:40]]
    return render_template(
        "nuorder/stock.html", portal=portal, rows=rows, total=len(products), q=wanted
    )


@blueprint.get("/portals/<portal_id>/api")
def api_page(portal_id: str) -> str:
    """API management: keys, pending applications, verification codes."""
    portal = desk().portal(portal_id)
    return render_template(
        "nuorder/api.html", portal=portal, applications=_applications(portal_id)[::-1]
    )


def _applications(portal_id: str) -> list[Doc]:
    return this().store.find("application", portal=portal_id)


# API management


@blueprint.post("/play/portals/<portal_id>/keys")
def generate(portal_id: str) -> BaseResponse:
    """Generate the consumer key pair."""
    portal = control.generate_keys(portal_id)
    return done(
        "Keys generated.",
        _api(portal_id),
        consumer_key=portal["consumer_key"],
        consumer_secret=portal["consumer_secret"],
    )


@blueprint.post("/play/portals/<portal_id>/applications/<application_id>/approve")
def approve(portal_id: str, application_id: str) -> BaseResponse:
    """Approve a pending application and show its verification code."""
    verifier = control.approved(control.find_application(portal_id, application_id))
    return done("Approved. Copy the verification code.", _api(portal_id), verifier=verifier)


@blueprint.post("/play/portals/<portal_id>/applications/<application_id>/revoke")
def revoke(portal_id: str, application_id: str) -> BaseResponse:
    """End one application's access: its later calls are 401."""
    application = control.find_application(portal_id, application_id)
    control.revoked(portal_id, application["id"])
    return done(f"{application['name']} is signed out.", _api(portal_id))


def _api(portal_id: str) -> str:
    return url_for("brand.api_page", portal_id=portal_id)


# Orders


@blueprint.post("/play/orders")
def write_order() -> BaseResponse:
    """Write a new order for the shop."""
    form = request.form
    wish = Wish.from_json(
        {
            "portal": form.get("portal", ""),
            "status": form.get("status") or "approved",
            "lines": _whole("lines", 12),
            "dirty": form.get("dirty") or None,
        }
    )
    held = Pen(desk()).write(wish)
    page = url_for("brand.portal_page", portal_id=wish.portal)
    number = held["order"].get("order_number", "without a number")
    return done(f"Order {number} is written.", page, order_id=held["id"])


@blueprint.post("/play/release")
def release() -> BaseResponse:
    """Let an order appear that the tour keeps back."""
    held = Pen(desk()).release(request.form.get("name", ""))
    page = url_for("brand.portal_page", portal_id=held["portal"])
    return done(f"Order {held['order']['order_number']} is there.", page, order_id=held["id"])


@blueprint.post("/play/orders/<order_id>/status")
def move(order_id: str) -> BaseResponse:
    """Approve, process, ship or cancel."""
    status = request.form.get("status", "")
    held = desk().move(order_id, status, by="brand")
    return _did(held, f"The order is {status} now.")


@blueprint.post("/play/orders/<order_id>/size")
def set_size(order_id: str) -> BaseResponse:
    """Change a quantity or a price."""
    quantity = _whole("quantity") if request.form.get("quantity", "").strip() else None
    if quantity is not None and quantity < 0:
        raise CannotDo("A quantity is not below zero.")
    size = request.form.get("size", "")
    price = _price("price")
    if quantity is None and price is None:
        raise CannotDo("Give a quantity or a price.")
    held = desk().set_size(order_id, _whole("line"), size, quantity=quantity, price=price)
    return _did(held, f"Size {size} is changed.")


@blueprint.post("/play/orders/<order_id>/window")
def set_window(order_id: str) -> BaseResponse:
    """Move the ship window."""
    form = request.form
    return _did(
        desk().set_window(order_id, form.get("start", ""), form.get("end", "")),
        "The ship window is moved.",
    )


@blueprint.post("/play/orders/<order_id>/drop")
def drop_line(order_id: str) -> BaseResponse:
    """Drop a colourway."""
    return _did(desk().drop_line(order_id, _whole("line")), "The line is dropped.")


@blueprint.post("/play/orders/<order_id>/add")
def add_line(order_id: str) -> BaseResponse:
    """Add a colourway: so many of every size."""
    held = desk().order(order_id)
    product = desk().product(held["portal"], request.form.get("product", ""))
    counts = {row["size"]: _whole("quantity", 2) for row in product["sizes"]}
    return _did(desk().add_line(order_id, product["_id"], counts), "The line is added.")


@blueprint.post("/play/orders/<order_id>/swap")
def swap(order_id: str) -> BaseResponse:
    """Swap a line's colour for another product."""
    product_id = request.form.get("product", "")
    return _did(desk().swap_colour(order_id, _whole("line"), product_id), "The line is swapped.")


@blueprint.post("/play/orders/<order_id>/remove")
def remove(order_id: str) -> BaseResponse:
    """Make the order vanish at the source."""
    held = desk().remove(order_id)
    return done("The order is gone.", url_for("brand.portal_page", portal_id=held["portal"]))


def _did(held: Doc, message: str) -> BaseResponse:
    page = url_for("brand.order_page", order_id=held["id"])
    facts = {"order": held["order"]} if wants_json() else {}
    return done(message, page, **facts)


# Stock


@blueprint.post("/play/portals/<portal_id>/stock")
def set_stock(portal_id: str) -> BaseResponse:
    """Set what is available now of one size."""
    size, product = request.form.get("size", ""), request.form.get("product", "")
    quantity = _whole("quantity") if request.form.get("quantity", "").strip() else None
    stock = desk().set_stock(portal_id, product, size, quantity)
    facts = {"stock": stock} if wants_json() else {}
    return done("The stock is set.", _back(), **facts)


@blueprint.post("/play/portals/<portal_id>/hide")
def hide_stock(portal_id: str) -> BaseResponse:
    """Hide a product's stock from buyers, or show it."""
    hidden = request.form.get("hidden") == "yes"
    desk().hide_stock(portal_id, request.form.get("product", ""), hidden=hidden)
    return done("Stock is hidden." if hidden else "Stock is shown.", _back())


@blueprint.post("/play/portals/<portal_id>/approve-all")
def approve_all(portal_id: str) -> BaseResponse:
    """Approve every order that waits in review or pending."""
    desk().portal(portal_id)
    store = this().store
    waiting = [
        held
        for status in ("review", "pending")
        for held in store.find("order", portal=portal_id, status=status)
    ]
    for held in waiting:
        desk().move(held["id"], "approved", by="brand")
    page = url_for("brand.portal_page", portal_id=portal_id)
    return done(f"{len(waiting)} approved.", page, approved=len(waiting))
