"""A year of trade: what stands on each outlet's shelf, and the sales that got it there."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import accumulate
from random import Random

from integrations.sandbox.world.ids import stream, uuid_text
from integrations.sandbox.world.model import Doc, Shop, number
from integrations.sandbox.world.seasons import instant, xseries_time

CENT = Decimal("0.01")
DAYS = 365


def stock_shelves(seed: int, shop: Shop) -> None:
    """Inventory rows for every tracked product at every outlet."""
    for row in shop.products:
        if not row["has_inventory"]:
            continue
        rng = stream(seed, shop.prefix, "inventory", row["id"])
        for outlet in shop.outlets:
            planned = rng.random() < 0.5
            shop.inventory.append(
                {
                    "id": uuid_text("inventory", row["id"], outlet["id"]),
                    "product_id": row["id"],
                    "outlet_id": outlet["id"],
                    "current_inventory_level": rng.choice((0, 0, 1, 2, 3, 4, 6, 8, 12, -1)),
                    "average_cost": row["supply_price"],
                    "reorder_point": rng.choice((1, 2, 3)) if planned else None,
                    "reorder_amount": rng.choice((4, 6, 8)) if planned else None,
                    "deleted_at": None,
                }
            )


def trade(seed: int, shop: Shop, anchor: date, per_day: int) -> None:
    """Sales for the 365 days before the anchor, `per_day` of them a day, oldest first."""
    sold = [row for row in shop.products if row["is_active"]]
    favour = stream(seed, shop.prefix, "favour")
    weights = list(accumulate(favour.paretovariate(1.1) for _ in sold))
    till = Till(shop, anchor)
    for back in range(DAYS, 0, -1):
        rng = stream(seed, shop.prefix, "day", back)
        for at in range(per_day):
            count = rng.choice((1, 1, 1, 2, 2, 3))
            basket = rng.choices(sold, cum_weights=weights, k=count)
            shop.sales.append(till.sale(rng, back, at, basket))


class Till:
    """Rings up sales in the X-Series read shape."""

    def __init__(self, shop: Shop, anchor: date) -> None:
        self.shop = shop
        self.anchor = anchor
        self._invoice = 0
        self._tax = shop.taxes[0]
        self._rate = Decimal(str(self._tax["rates"][0]["rate"]))
        self._taxed: dict[str, tuple[Decimal, Decimal]] = {}

    def sale(self, rng: Random, back: int, at: int, basket: list[Doc]) -> Doc:
        """One closed sale of `basket`, `back` days before the anchor."""
        self._invoice += 1
        register = rng.choice(self.shop.registers)
        when = xseries_time(instant(self.anchor, -back, 14 * 60 + at * 480 // 64 % 480))
        key = f"{self.shop.prefix} sale {self._invoice}"
        lines = [self._line(rng, key, seq, row) for seq, row in enumerate(basket)]
        total = sum((Decimal(str(line["price_total"])) for line in lines), Decimal(0))
        tax = sum((Decimal(str(line["tax_total"])) for line in lines), Decimal(0))
        return {
            "id": uuid_text(key),
            "outlet_id": register["outlet_id"],
            "register_id": register["id"],
            "user_id": rng.choice(self.shop.users)["id"],
            "customer_id": None,
            "invoice_number": str(self._invoice),
            "receipt_number": str(self._invoice),
            "source": "USER",
            "source_id": None,
            "status": "CLOSED",
            "note": "",
            "return_for": None,
            "total_price": number(total),
            "total_tax": number(tax),
            "total_loyalty": 0,
            "sale_date": when,
            "created_at": when,
            "updated_at": when,
            "deleted_at": None,
            "line_items": lines,
            "payments": [],
            "adjustments": [],
        }

    def _line(self, rng: Random, key: str, sequence: int, row: Doc) -> Doc:
        price, tax = self._price(row)
        count = rng.choice((1, 1, 1, 1, 1, 2))
        cost = row["supply_price"]
        return {
            "id": uuid_text(key, sequence),
            "product_id": row["id"],
            "tax_id": self._tax["id"],
            "quantity": count,
            "price": float(price),
            "price_total": float(price * count),
            "cost": cost,
            "cost_total": number(Decimal(str(cost)) * count),
            "discount": 0,
            "discount_total": 0,
            "tax": float(tax),
            "tax_total": float(tax * count),
            "loyalty_value": 0,
            "price_set": False,
            "is_return": False,
            "status": "CONFIRMED",
            "sequence": sequence,
            "note": None,
        }

    def _price(self, row: Doc) -> tuple[Decimal, Decimal]:
        held = self._taxed.get(row["id"])
        if held is None:
            price = Decimal(str(row["price_excluding_tax"]))
            held = self._taxed[row["id"]] = (price, (price * self._rate).quantize(CENT))
        return held
