"""The smallest world in which a shop can trade: two shops, a few products, one sale."""

from __future__ import annotations

from datetime import date

from integrations.sandbox.world.model import Doc, Shop, World
from integrations.sandbox.xseries.shop import inventory_row

MAIN, SMALL = "alder-quay", "harbour-row"


def tiny_world(seed: int = 7, size: str = "tiny") -> World:
    """Alder & Quay with two outlets and one register each; Harbour Row with one of each."""
    return World(
        seed=seed,
        size=size,
        anchor=date(2026, 11, 23),
        shops=[_shop(MAIN, "Alder & Quay", outlets=2), _shop(SMALL, "Harbour Row", outlets=1)],
        portals=[],
        named={},
        held={},
        pictures=lambda name: b"picture " + name.encode(),
    )


def _shop(prefix: str, name: str, outlets: int) -> Shop:
    shop = Shop(prefix, name, "USD", "America/New_York", "US", tax_exclusive=True)
    for number in range(1, outlets + 1):
        shop.outlets.append(_row(prefix, "outlet", number, name=f"Shop {number}"))
        register = _row(prefix, "register", number, name=f"Till {number}")
        shop.registers.append(register | {"outlet_id": shop.outlets[-1]["id"]})
    rate = {"id": f"{prefix}-rate", "name": "Sales tax", "rate": 0.1}
    shop.taxes.append(_row(prefix, "tax", 1, name="Sales tax", is_default=True, rates=[rate]))
    shop.users.append(_row(prefix, "user", 1, username="ana"))
    shop.suppliers.append(_row(prefix, "supplier", 1, name="Tarn & Thistle", source="USER"))
    shop.brands.append(_row(prefix, "brand", 1, name="Tarn & Thistle"))
    shop.variant_attributes += [
        _row(prefix, "attribute", 1, name="Colour"),
        _row(prefix, "attribute", 2, name="Size"),
    ]
    own = _row(prefix, "category", 1, name="Knitwear", leaf_category=True, parent_category_id=None)
    shop.categories.append(own | {"category_path": [{"id": own["id"], "name": "Knitwear"}]})
    shop.tags.append(_row(prefix, "tag", 1, name="winter"))
    for number in (1, 2, 3):
        shop.products.append(_product(prefix, number))
    for outlet in shop.outlets:
        held = {"product_id": f"{prefix}-product-1", "outlet_id": outlet["id"]}
        shop.inventory.append(inventory_row(held | {"current_inventory_level": 4}))
    shop.sales.append(_row(prefix, "sale", 1, outlet_id=shop.outlets[0]["id"], line_items=[]))
    return shop


def _row(prefix: str, kind: str, number: int, **members: object) -> Doc:
    return {"id": f"{prefix}-{kind}-{number}", "deleted_at": None, **members}


def _product(prefix: str, number: int) -> Doc:
    own = f"{prefix}-product-{number}"
    return {
        "id": own,
        "family_id": f"{own}-family",
        "variant_parent_id": None,
        "has_variants": False,
        "variant_count": None,
        "variant_name": f"Mug {number}",
        "variant_options": [],
        "name": f"Mug {number}",
        "handle": f"mug{number}",
        "sku": f"1000{number}",
        "description": "",
        "active": True,
        "is_active": True,
        "is_composite": number == 3,
        "has_inventory": True,
        "brand_id": None,
        "supplier_id": None,
        "supplier_code": "",
        "supply_price": 5.25,
        "product_suppliers": [],
        "product_codes": [{"id": f"{own}-code", "code": f"1000{number}", "type": "CUSTOM"}],
        "product_category": None,
        "tag_ids": [],
        "categories": [],
        "price_excluding_tax": 12.5,
        "price_including_tax": None,
        "image_url": "",
        "image_thumbnail_url": "",
        "images": [],
        "skuImages": [],
        "created_at": "2025-11-23T08:00:00+00:00",
        "updated_at": "2025-11-23T08:00:00+00:00",
        "deleted_at": None,
    }
