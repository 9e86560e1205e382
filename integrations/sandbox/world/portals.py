"""The brand portals: which brand has one, what it knows of its retailer, and its catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from integrations.sandbox.world.brandside import ProductWriter, slug, stock_of
from integrations.sandbox.world.ids import object_id, secret, stream
from integrations.sandbox.world.model import Doc, Portal, Shop, Style
from integrations.sandbox.world.ranges import styles_of
from integrations.sandbox.world.vocabulary import MAKER


@dataclass(frozen=True)
class PortalPlan:
    """A portal before it is filled: its brands, money and habits."""

    id: str
    brands: tuple[str, ...]
    styles: int
    """Styles per brand."""
    known: int
    """How many of them, counted from the first, may already be in the shop."""
    currency: str = "USD"
    name: str = ""
    shop: str = "alder-quay"
    hides_stock: bool = False
    inventory_shape: str = "bare"
    can_create: bool = True
    uses_shipped: bool = True
    line_ids: bool = True
    clean_codes: bool = False
    """Every size carries its right barcode (the portals of the named first orders)."""
    doors: str = "both"
    """`both` shops are ship-to addresses here, or only the `first`."""


PLANS: tuple[PortalPlan, ...] = (
    PortalPlan("tarn-thistle", ("tarn-thistle",), 36, 12),
    PortalPlan("kestrel-lane", ("kestrel-lane",), 28, 0, clean_codes=True),
    PortalPlan("marrow-bay", ("marrow-bay",), 42, 0, inventory_shape="wrapped", clean_codes=True),
    PortalPlan("northlight", ("northlight",), 28, 11, inventory_shape="wrapped"),
    PortalPlan("halden", ("halden",), 18, 9, hides_stock=True),
    PortalPlan("ferrow", ("ferrow",), 20, 11, line_ids=False, can_create=False),
    PortalPlan(
        "saltmarsh",
        ("brackenfold", "ondine", "vetiver", "osierworks", "saltmarsh-home"),
        24,
        18,
        name="Saltmarsh Supply",
    ),
    PortalPlan("tolliver", ("tolliver",), 24, 12, uses_shipped=False, doors="first"),
    PortalPlan("lumen-loom", ("lumen-loom",), 26, 14),
    PortalPlan("juniper-fold", ("juniper-fold",), 22, 12, currency="CAD"),
    PortalPlan("pomme-grise", ("pomme-grise",), 20, 0, currency="EUR", line_ids=False),
    PortalPlan("harrow-wick", ("harrow-wick",), 18, 6, currency="GBP", shop="harbour-row"),
)
PLAN: dict[str, PortalPlan] = {plan.id: plan for plan in PLANS}


def plan_styles(seed: int, plan: PortalPlan) -> list[Style]:
    """Every style the portal sells, brand after brand."""
    return [
        style
        for brand in plan.brands
        for style in styles_of(seed, brand, plan.styles, known=plan.known)
    ]


def build_portal(seed: int, plan: PortalPlan, shop: Shop, anchor: date) -> Portal:
    """The portal with its catalogue and stock, without orders."""
    portal = Portal(
        id=plan.id,
        name=plan.name or MAKER[plan.brands[0]].name,
        shop=shop.prefix,
        currency=plan.currency,
        consumer_key=secret(seed, plan.id, "consumer key"),
        consumer_secret=secret(seed, plan.id, "consumer secret", length=64),
        company=_company(plan, shop),
        warehouses=[_warehouse(plan)],
        inventory_shape=plan.inventory_shape,
        can_create=plan.can_create,
    )
    writer = ProductWriter(seed, plan.id, plan.currency, anchor, clean=plan.clean_codes)
    for style in plan_styles(seed, plan):
        portal.products += writer.colourways(style)
        if style.standing == "carry" or (style.standing == "upc" and style.season == 0):
            portal.products += writer.colourways(style, season=2)
    _load_stock(seed, portal, plan, anchor)
    return portal


def _warehouse(plan: PortalPlan) -> Doc:
    return {
        "id": object_id("warehouse", plan.id),
        "brand_id": "default",
        "code": "default",
        "display_name": "default",
        "sort": 0,
        "active": True,
    }


def _load_stock(seed: int, portal: Portal, plan: PortalPlan, anchor: date) -> None:
    warehouse = portal.warehouses[0]
    for product in portal.products:
        luck = stream(seed, "hide", product["_id"]).random()
        stock = stock_of(
            seed, product, warehouse["code"], anchor, hidden=plan.hides_stock or luck < 0.04
        )
        product["__warehouses"] = portal.warehouses
        product["__tracks_inventory"] = stock is not None
        product["__inventory_cache"] = [] if stock is None else cache_of(product, stock, warehouse)
        if stock is not None:
            portal.inventory[product["_id"]] = stock


def cache_of(product: Doc, stock: Doc, warehouse: Doc) -> list[Doc]:
    """The stock as the product itself repeats it; empty when the brand hides its numbers."""
    if stock["hidden"]:
        return []
    sku = {row["size"]: row["_id"] for row in product["sizes"]}
    return [
        {
            "_id": object_id("bucket", product["_id"], bucket["name"], size["size"]),
            "bucket": bucket["name"],
            "warehouse": warehouse["id"],
            "sku_id": sku[size["size"]],
            "quantity": size["quantity"],
        }
        for row in stock["rows"]
        for bucket in row["wip"]
        for size in bucket["sizes"]
        if size["size"] in sku
    ]


def _company(plan: PortalPlan, shop: Shop) -> Doc:
    """The retailer as this brand keeps it: its own spelling, its own codes for the doors."""
    name = shop.name if len(plan.id) % 2 else shop.name.upper().replace("&", "AND")
    outlets = shop.outlets if plan.doors == "both" else shop.outlets[:1]
    code = f"{slug(shop.name)[:2].upper()}-{int(object_id(plan.id)[:4], 16) % 9000 + 1000}"
    people = _PEOPLE[shop.prefix]
    return {
        "_id": object_id("company", plan.id),
        "name": name,
        "code": code,
        "currency_code": plan.currency,
        "currency_codes": [plan.currency],
        "addresses": [
            _address(plan, outlet, code, at, shop.country) for at, outlet in enumerate(outlets)
        ],
        "buyers": [{**person, "title": "Buyer", "phone_office": ""} for person in people],
        "user_connections": [{**person, "reps": [], "last_viewed": ""} for person in people],
        "reps": [],
        "discount": 0,
        "surcharge": 0,
        "customer_groups": [],
        "payment_terms": "Net 30",
        "credit_status": "",
        "warehouse": object_id("warehouse", plan.id),
        "pricing_template": "",
        "active": True,
        "schema_id": object_id("schema", "company"),
    }


def _address(plan: PortalPlan, outlet: Doc, code: str, at: int, country: str) -> Doc:
    return {
        "_id": object_id("address", plan.id, at),
        "display_name": f"{outlet['name'].upper()} (DOOR {at + 1})",
        "line_1": outlet["physical_address_1"],
        "line_2": "",
        "city": outlet["physical_city"],
        "state": outlet["physical_state"],
        "zip": outlet["physical_postcode"],
        "country": {"US": "USA", "GB": "UK"}.get(country, country),
        "shipping_code": f"{code}-{at + 1}",
        "billing_code": f"{code}-B",
        "type": "both" if at == 0 else "shipping",
        "default_shipping": at == 0,
        "default_billing": at == 0,
    }


_PEOPLE: dict[str, list[Doc]] = {
    "alder-quay": [
        {"name": "Ana Ruiz", "email": "ana@alder-quay.example"},
        {"name": "Ines Moreau", "email": "ines@alder-quay.example"},
    ],
    "harbour-row": [{"name": "Cleo Marsh", "email": "cleo@harbour-row.example"}],
}
