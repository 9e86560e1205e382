"""Taking an order in, against the bare driver putting the very same rows into two tables.

Goals (performance notes): at most 30 statements whatever the size, and at most 7 times the driver;
the same order again costs no more than the first time.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from django.db import connection, transaction

from purchasing.intake import take_in
from purchasing.models import OrderLine, PurchaseOrder, Supplier, SupplierItem
from purchasing.records import IncomingItem, IncomingLine, IncomingOrder
from retailers.models import Retailer
from retailers.scope import acting_for
from tests.bench._table import cpu_ms, show, statements

SIZES = (10, 200, 1_000)
SOURCE = "nuorder:0"


def main() -> None:
    """Print statements and ratios for three sizes of order."""
    shop = Retailer.objects.create(name="Bench intake", currency="USD")
    with acting_for(shop):
        supplier = Supplier.objects.create(name="Tarn & Thistle", currency="USD")
        rows = [_measured(supplier, lines) for lines in SIZES]
    columns = ("lines", "driver ms", "first ms", "x", "again ms", "x", "statements first", "again")
    show("intake: an order taken in, and a changed version of it", columns, rows)


def _measured(supplier: Supplier, lines: int) -> tuple[object, ...]:
    numbers = iter(range(10**6))

    def fresh() -> None:
        _take(supplier, _order(lines, f"{lines}-{next(numbers)}"))

    known = _order(lines, f"{lines}-known")

    def again() -> None:
        changed = replace(known.lines[0], quantity=7 + next(numbers))
        _take(supplier, replace(known, lines=(changed, *known.lines[1:])))

    driver = cpu_ms(_driver(lines, _take(supplier, known)), rounds=5)
    first = cpu_ms(fresh, rounds=5)
    asked = statements(fresh)
    second = cpu_ms(again, rounds=5)
    asked_again = statements(again)
    return lines, driver, first, first / driver, second, second / driver, asked, asked_again


def _take(supplier: Supplier, order: IncomingOrder) -> PurchaseOrder:
    digest = f"{time.perf_counter_ns():064x}"
    with transaction.atomic():
        return take_in(order, supplier=supplier, source=SOURCE, raw_digest=digest)


def _order(lines: int, key: str) -> IncomingOrder:
    return IncomingOrder(
        source_key=key,
        number=key,
        brand_status="approved",
        brand_status_text="Approved",
        currency="USD",
        ordered_at=datetime(2026, 11, 20, 15, tzinfo=UTC),
        lines=tuple(_line(key, n) for n in range(lines)),
    )


def _line(key: str, n: int) -> IncomingLine:
    item = IncomingItem(
        source_key=f"{key}-{n // 5}/{n % 5}",
        product_key=f"{key}-{n // 5}",
        size=str(n % 5),
        style_number=f"{key}-{n // 10}",
        colour=("Moss", "Ink")[n // 5 % 2],
        name=f"Fell jacket {n // 10}",
        code=f"{n:012d}",
        wholesale=Decimal(24),
        msrp=Decimal(60),
        currency="USD",
    )
    return IncomingLine(
        item=item, quantity=6, key=f"line/{item.source_key}", unit_cost=Decimal("24.00")
    )


def _driver(lines: int, order: PurchaseOrder) -> Callable[[], None]:
    """The bare driver with the very rows of this order, into tables with the same columns."""
    with connection.cursor() as cursor:
        kept = []
        for table, where in (
            (
                SupplierItem._meta.db_table,
                f"id IN (SELECT item_id FROM {OrderLine._meta.db_table} WHERE order_id = %s)",  # noqa: S608 - our own names
            ),
            (OrderLine._meta.db_table, "order_id = %s"),
        ):
            cursor.execute(f"SELECT * FROM {table} WHERE {where}", [order.pk])  # noqa: S608 - our own names
            kept.append((table, cursor.fetchall()))
    assert [len(rows) for _table, rows in kept] == [lines, lines]

    def insert() -> None:
        with connection.cursor() as cursor:
            for table, _rows in kept:
                cursor.execute(f"CREATE TABLE bench_{table} AS SELECT * FROM {table} WHERE 0")  # noqa: S608 - our own names
            with transaction.atomic():
                for table, rows in kept:
                    marks = ", ".join(["%s"] * len(rows[0]))
                    cursor.executemany(f"INSERT INTO bench_{table} VALUES ({marks})", rows)  # noqa: S608 - our own names
            for table, _rows in kept:
                cursor.execute(f"DROP TABLE bench_{table}")

    return insert
