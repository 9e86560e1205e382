"""Stock: inventory records, and the only functions that move them."""

from __future__ import annotations

from decimal import Decimal

from integrations.sandbox.kit.store import Doc
from integrations.sandbox.xseries.refusals import Body, as_number
from integrations.sandbox.xseries.shop import Shop, inventory_id, inventory_row

_COST_STEP = Decimal("0.00001")


def stock_row(shop: Shop, product_id: str, outlet_id: str) -> Doc:
    """The inventory record, a fresh empty one when there is none."""
    row = shop.get("inventory", inventory_id(product_id, outlet_id))
    return row or inventory_row({"product_id": product_id, "outlet_id": outlet_id})


def move_stock(  # noqa: PLR0917 (what, where, how many, why)
    shop: Shop,
    product_id: str,
    outlet_id: str,
    delta: Decimal,
    reason: str,
    cost: Decimal | None = None,
) -> None:
    """Change the level by `delta`; a known `cost` of what arrives enters the average cost."""
    row = stock_row(shop, product_id, outlet_id)
    level = Decimal(row["current_inventory_level"])
    if cost is not None and delta > 0:
        row["average_cost"] = _average(level, row["average_cost"], delta, cost)
    row["current_inventory_level"] = plain(level + delta)
    shop.save("inventory", row)
    shop.effect("stock_moved", product_id, outlet=outlet_id, delta=plain(delta), reason=reason)
    shop.announce("inventory.update", row)


def _average(level: Decimal, held: object, delta: Decimal, cost: Decimal) -> Decimal:
    """Weighted average; what is below zero or has no known cost does not count."""
    known = as_number(held)
    if known is None or level <= 0:
        return cost
    return ((level * known + delta * cost) / (level + delta)).quantize(_COST_STEP).normalize()


def plain(number: Decimal) -> int | Decimal:
    """A number without needless zeros, whole ones as `int`."""
    whole = number.to_integral_value()
    return int(whole) if number == whole else number.normalize()


def read_stock(shop: Shop, body: Body) -> list[Doc]:
    """`inventory` of a product body: levels and reorder figures by outlet."""
    rows = []
    for entry in body.objects("inventory") or []:
        part = Body(entry, "inventory.")
        outlet = part.need("outlet_id")
        if outlet and shop.get("outlets", outlet) is None:
            part.wrong("outlet_id", "is not an outlet")
        row = {
            "outlet_id": outlet,
            "level": part.number("current_amount", least=None),
            "reorder_point": part.number("reorder_point"),
            "reorder_amount": part.number("reorder_amount"),
        }
        body.take(part)
        rows.append(row)
    return rows


def set_stock(shop: Shop, product: Doc, rows: list[Doc], reason: str) -> None:
    """Set levels and reorder figures of a product to what `read_stock` found."""
    for wanted in rows:
        row = stock_row(shop, product["id"], wanted["outlet_id"])
        figures = {n: wanted[n] for n in ("reorder_point", "reorder_amount")}
        changed = {name: value for name, value in figures.items() if value is not None}
        if changed:
            shop.save("inventory", row | changed)
        if wanted["level"] is not None:
            delta = wanted["level"] - Decimal(row["current_inventory_level"])
            if delta:
                move_stock(shop, product["id"], wanted["outlet_id"], delta, reason)
