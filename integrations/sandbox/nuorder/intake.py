"""An order that arrives through `PUT /api/order/new` or is changed by `POST /api/order/{id}`.

The bodies' shape follows section 6.6 of what is publicly known: dates as `YYYY/MM/DD`, a product
named by `_id`, by `brand_id` or by style, season and colour, nested or flat on the line.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from integrations.sandbox.kit.store import Doc, Store
from integrations.sandbox.world.ids import object_id
from integrations.sandbox.world.model import number
from integrations.sandbox.world.orders import Head, Pick, address_of, sum_up, write_order

OPEN_TO_BUYERS = ("draft", "review", "pending")


class BadOrder(Exception):
    """The order cannot be taken: status and message of the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def taken(store: Store, portal: Doc, body: object, now: datetime) -> Doc:
    """The order as it will be kept; raises `BadOrder` for the first thing that is wrong."""
    asked = _object(body, "body")
    if not portal["can_create"]:
        raise BadOrder(403, "this account may not create orders")
    wanted = ("order_number", "external_id", "currency_code", "retailer", "line_items")
    for name in wanted:
        if not asked.get(name):
            raise BadOrder(400, f"{name} is required")
    number_text = _text(asked, "order_number")
    _refuse_twins(store, portal, number_text, _text(asked, "external_id"))
    head = _head(portal, asked, number_text, now)
    lines = lines_of(store, portal, asked["line_items"], head)
    order = write_order(head, [pick for pick, _ in lines])
    _set_prices(order, [prices for _, prices in lines])
    if asked.get("customer_po_number"):
        order["customer_po_number"] = _text(asked, "customer_po_number")
    return order


def revised(store: Store, portal: Doc, order: Doc, body: object, now: datetime) -> None:
    """Change `order` as asked: plain fields one by one, `line_items` replaced as a whole."""
    asked = _object(body, "body")
    allowed = {"customer_po_number", "notes", "external_id", "line_items"}
    for name in ("customer_po_number", "notes", "external_id"):
        if name in asked:
            order[name] = _text(asked, name)
    if "line_items" in asked:
        head = _head(portal, order | {"retailer": order["retailer"]}, order["order_number"], now)
        lines = lines_of(store, portal, asked["line_items"], head)
        fresh = write_order(head, [pick for pick, _ in lines])
        _set_prices(fresh, [prices for _, prices in lines])
        for name in ("line_items", "total", "total_quantity", "order_discounts"):
            order[name] = fresh[name]
    if not allowed & asked.keys():
        raise BadOrder(400, "nothing to change")


def _refuse_twins(store: Store, portal: Doc, number_text: str, external_id: str) -> None:
    twins = {
        "order_number": store.find("order", portal=portal["id"], number=number_text.strip()),
        "external_id": store.find("order", portal=portal["id"], external_id=external_id),
    }
    for name, found in twins.items():
        if any(not held["removed"] for held in found):
            raise BadOrder(409, f"an order with this {name} already exists")


def _head(portal: Doc, asked: Doc, number_text: str, now: datetime) -> Head:
    company = portal["company"]
    retailer = _object(asked["retailer"], "retailer")
    if retailer.get("retailer_code") != company["code"]:
        raise BadOrder(400, "retailer not found")
    emails = {buyer["email"].lower(): at for at, buyer in enumerate(company["buyers"])}
    if str(retailer.get("buyer_email", "")).lower() not in emails:
        raise BadOrder(400, "buyer not found")
    currency = _text(asked, "currency_code")
    if currency not in company["currency_codes"]:
        raise BadOrder(400, "currency_code is not allowed for this retailer")
    status = str(asked.get("status") or "review").lower()
    if status not in OPEN_TO_BUYERS:
        raise BadOrder(400, f"an order cannot be created as {status}")
    return Head(
        portal_id=portal["id"],
        currency=currency,
        company=company,
        number=number_text,
        status=status,
        created=now,
        window=(
            _day(asked.get("start_ship") or asked.get("ship_start"), "start_ship"),
            _day(asked.get("end_ship") or asked.get("ship_end"), "end_ship"),
        ),
        discount=_percent(asked.get("discount") or 0),
        door=_door(company, asked.get("shipping_address")),
        external_id=str(asked.get("external_id") or ""),
        notes=str(asked.get("notes") or ""),
    )


def _door(company: Doc, address: object) -> int:
    """Which known address this is; the first when none was named. Codes must be known."""
    if not isinstance(address, dict) or not address.get("code"):
        return 0
    codes = [
        address_of(company, at, "shipping_code")["code"] for at in range(len(company["addresses"]))
    ]
    if address["code"] not in codes:
        raise BadOrder(400, "shipping_address code is not known")
    return codes.index(address["code"])


def lines_of(
    store: Store, portal: Doc, asked: object, head: Head
) -> list[tuple[Pick, list[tuple[Decimal, Decimal]]]]:
    """Each line as a pick, with unit price and original price by size."""
    if not isinstance(asked, list) or not asked:
        raise BadOrder(400, "line_items is required")
    return [_line(store, portal, line, head, at) for at, line in enumerate(asked, 1)]


def _line(
    store: Store, portal: Doc, line: object, head: Head, at: int
) -> tuple[Pick, list[tuple[Decimal, Decimal]]]:
    where = f"line_items[{at - 1}]"
    asked = _object(line, where)
    product = _product(store, portal, asked, where)
    window = (
        _day(asked.get("ship_start"), f"{where}.ship_start"),
        _day(asked.get("ship_end"), f"{where}.ship_end"),
    )
    sizes = asked.get("sizes")
    if not isinstance(sizes, list) or not sizes:
        raise BadOrder(400, f"{where}.sizes is required")
    counts: dict[str, int] = {}
    prices: list[tuple[Decimal, Decimal]] = []
    for size in sizes:
        label = _size_label(product, _object(size, f"{where}.sizes"), where)
        if label in counts:
            raise BadOrder(400, f"{where}: size {label} is given twice")
        counts[label] = _count(size.get("quantity"), where)
        price = _price(size.get("price"), f"{where} price")
        prices.append((price, _price(size.get("original_price") or size["price"], where)))
    pick = Pick(
        product,
        counts,
        window=window,
        discount=_percent(asked["discount"]) if asked.get("discount") is not None else None,
        warehouse=str(asked.get("warehouse") or "default"),
        prebook=asked.get("prebook") is True,
        notes=str(asked.get("notes") or ""),
    )
    return pick, prices


def _product(store: Store, portal: Doc, line: Doc, where: str) -> Doc:
    """The product a line means: `_id`, else `brand_id`, else style, season and colour, exactly."""
    nested = line.get("product")
    named = nested if isinstance(nested, dict) else line
    if named.get("_id"):
        found = store.find("product", portal=portal["id"], own_id=str(named["_id"]))
    elif named.get("brand_id"):
        brand_id = str(named["brand_id"]).lower()
        found = store.find("product", portal=portal["id"], brand_id=brand_id)
    else:
        wanted = {name: named.get(name) for name in ("style_number", "season", "color")}
        style = str(wanted["style_number"] or "")
        found = [
            product
            for product in store.find("product", portal=portal["id"], style=style)
            if all(product[name] == value for name, value in wanted.items())
        ]
    if not found:
        raise BadOrder(400, f"{where}: product not found")
    return found[0]


def _size_label(product: Doc, size: Doc, where: str) -> str:
    for row in product["sizes"]:
        same_label = size.get("size") is not None and row["size"] == size["size"]
        same_code = size.get("size") is None and size.get("upc") and row.get("upc") == size["upc"]
        if same_label or same_code:
            return str(row["size"])
    raise BadOrder(400, f"{where}: size not found")


def _set_prices(order: Doc, prices: list[list[tuple[Decimal, Decimal]]]) -> None:
    for line, held in zip(order["line_items"], prices, strict=True):
        for row, (price, original) in zip(line["sizes"], held, strict=True):
            row |= {"price": number(price), "original_price": number(original)}
            row["price_precise"] = str(price)
    order["_id"] = object_id("created", order["order_number"], order["created_on"])
    sum_up(order)


def _object(value: object, name: str) -> Doc:
    if not isinstance(value, dict):
        raise BadOrder(400, f"{name} must be an object")
    return value


def _text(asked: Doc, name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str):
        raise BadOrder(400, f"{name} must be a string")
    return value


def _count(value: object, where: str) -> int:
    if type(value) is not int or value <= 0:
        raise BadOrder(400, f"{where}: quantity must be a whole number above 0")
    return value


def _price(value: object, where: str) -> Decimal:
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        price = Decimal(0)
    if isinstance(value, bool) or not price.is_finite() or price <= 0:
        raise BadOrder(400, f"{where}: price must be above 0")
    return price


def _percent(value: object) -> int:
    try:
        percent = int(str(value))
    except ValueError:
        percent = -1
    if not 0 <= percent <= 100:
        raise BadOrder(400, "discount must be a percent from 0 to 100")
    return percent


def _day(value: object, name: str) -> date:
    for form in ("%Y/%m/%d", "%Y-%m-%d"):
        try:
            return datetime.strptime(str(value)[:10], form).date()  # noqa: DTZ007  (a day)
        except ValueError:
            continue
    raise BadOrder(400, f"{name} must be a date YYYY/MM/DD")
