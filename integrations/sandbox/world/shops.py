"""The shops as X-Series shows them, before products and sales: outlets, tills, people, taxes."""

from __future__ import annotations

from datetime import date

from integrations.sandbox.world.brandside import slug
from integrations.sandbox.world.ids import uuid_text
from integrations.sandbox.world.model import Doc, Shop
from integrations.sandbox.world.seasons import instant, xseries_time
from integrations.sandbox.world.vocabulary import MAKER, TRADES

#: How the main shop wrote its suppliers down; the brand's own spelling where nothing is given.
SUPPLIER_SPELLING = {
    "tarn-thistle": "Tarn & Thistle Ltd.",
    "northlight": "NORTHLIGHT KNITWEAR ",
    "halden": "Halden Boot Co",
    "lumen-loom": "Lumen and Loom",
    "saltmarsh": "Saltmarsh Supply",
}


def alder_and_quay(anchor: date) -> Shop:
    """The main shop: two outlets, three registers, prices without tax."""
    shop = Shop(
        prefix="alder-quay",
        name="Alder & Quay",
        currency="USD",
        timezone="America/New_York",
        country="US",
        tax_exclusive=True,
    )
    shop.outlets = [
        _outlet(shop, "Alder Block", "14 Alder Street", ("Portland", "ME", "04101")),
        _outlet(shop, "Quay Street", "3 Quay Street", ("Portsmouth", "NH", "03801")),
    ]
    shop.registers = [
        _register(shop, 0, "Front"),
        _register(shop, 1, "Front"),
        _register(shop, 1, "Back room"),
    ]
    shop.taxes = [_tax(shop, "ME Sales Tax", 0.055, default=True), _tax(shop, "No Tax", 0.0)]
    shop.users = [
        _user(shop, "Ines Moreau", "admin", anchor, primary=True),
        _user(shop, "Ana Ruiz", "manager", anchor),
        _user(shop, "Ben Okafor", "cashier", anchor),
    ]
    shop.variant_attributes = [_attribute(shop, n) for n in ("Color", "Size", "Scent", "Length")]
    _fill_reference(shop)
    return shop


def harbour_row(anchor: date) -> Shop:
    """The second shop, of other people: one outlet, pounds, prices with tax."""
    shop = Shop(
        prefix="harbour-row",
        name="Harbour Row",
        currency="GBP",
        timezone="Europe/London",
        country="GB",
        tax_exclusive=False,
    )
    shop.outlets = [_outlet(shop, "Harbour Row", "9 Harbour Row", ("Whitby", "", "YO21 3PU"))]
    shop.registers = [_register(shop, 0, "Till")]
    shop.taxes = [_tax(shop, "VAT", 0.2, default=True), _tax(shop, "Zero Rated", 0.0)]
    shop.users = [_user(shop, "Cleo Marsh", "admin", anchor, primary=True)]
    shop.variant_attributes = [_attribute(shop, name) for name in ("Colour", "Size")]
    _fill_reference(shop)
    return shop


def _fill_reference(shop: Shop) -> None:
    names = sorted({item[0].split(",")[0] for trade in TRADES.values() for item in trade.items})
    shop.categories = [_category(shop, name) for name in names]
    shop.tags = [_tag(shop, name) for name in ("gift", "local maker", "staff pick", "clearance")]


def _outlet(shop: Shop, name: str, line: str, place: tuple[str, str, str]) -> Doc:
    city, state, postcode = place
    return {
        "id": uuid_text(shop.prefix, "outlet", name),
        "name": name,
        "time_zone": shop.timezone,
        "currency": shop.currency,
        "currency_symbol": {"USD": "$", "GBP": "£"}[shop.currency],
        "display_prices": "exclusive" if shop.tax_exclusive else "inclusive",
        "physical_address_1": line,
        "physical_address_2": "",
        "physical_suburb": "",
        "physical_city": city,
        "physical_postcode": postcode,
        "physical_state": state,
        "physical_country_id": shop.country,
        "email": f"{slug(name)}@{shop.prefix}.example",
        "attributes": [
            {"key": "order_reference_prefix", "value": "PO-"},
            {"key": "order_reference", "value": "1001"},
        ],
        "deleted_at": None,
    }


def _register(shop: Shop, outlet: int, name: str) -> Doc:
    return {
        "id": uuid_text(shop.prefix, "register", outlet, name),
        "name": name,
        "outlet_id": shop.outlets[outlet]["id"],
        "invoice_prefix": "",
        "invoice_suffix": "",
        "invoice_sequence": 1,
        "is_open": True,
        "print_receipt": True,
        "email_receipt": False,
        "deleted_at": None,
    }


def _tax(shop: Shop, name: str, rate: float, *, default: bool = False) -> Doc:
    tax_id = uuid_text(shop.prefix, "tax", name)
    part = {
        "id": uuid_text(shop.prefix, "rate", name),
        "name": name,
        "display_name": name,
        "rate": rate,
    }
    return {
        "id": tax_id,
        "name": name,
        "display_name": name,
        "is_default": default,
        "rates": [part],
        "deleted_at": None,
    }


def _user(shop: Shop, name: str, role: str, anchor: date, *, primary: bool = False) -> Doc:
    first = name.split(maxsplit=1)[0].lower()
    since = xseries_time(instant(anchor, -700))
    return {
        "id": uuid_text(shop.prefix, "user", first),
        "username": first,
        "display_name": name,
        "email": f"{first}@{shop.prefix}.example",
        "account_type": role,
        "is_primary_user": primary,
        "enabled": True,
        "restricted_outlet_ids": [],
        "created_at": since,
        "updated_at": since,
        "deleted_at": None,
    }


def _attribute(shop: Shop, name: str) -> Doc:
    return {"id": uuid_text(shop.prefix, "attribute", name), "name": name, "deleted_at": None}


def _category(shop: Shop, name: str) -> Doc:
    own = uuid_text(shop.prefix, "category", name)
    return {
        "id": own,
        "name": name,
        "root_category_id": own,
        "parent_category_id": None,
        "leaf_category": True,
        "category_path": [{"id": own, "name": name}],
        "deleted_at": None,
    }


def _tag(shop: Shop, name: str) -> Doc:
    return {"id": uuid_text(shop.prefix, "tag", name), "name": name, "deleted_at": None}


def add_brand(shop: Shop, brand: str) -> None:
    """The brand as the shop lists it."""
    shop.brands.append(
        {
            "id": uuid_text(shop.prefix, "brand", brand),
            "name": MAKER[brand].name,
            "description": "",
            "deleted_at": None,
        }
    )


def add_supplier(shop: Shop, key: str, name: str) -> None:
    """The supplier as the shop wrote it down, with a contact."""
    spelled = SUPPLIER_SPELLING.get(key, name) if shop.prefix == "alder-quay" else name
    shop.suppliers.append(
        {
            "id": uuid_text(shop.prefix, "supplier", key),
            "name": spelled,
            "description": "",
            "source": "USER",
            "default_markup": None,
            "contact": {
                "company_name": spelled,
                "first_name": "",
                "last_name": "",
                "email": f"orders@{slug(key)}.example",
                "phone": "",
            },
            "deleted_at": None,
        }
    )
