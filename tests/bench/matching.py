"""Matching a 1,000-line order to a shop of 100,000 variants, beside dictionaries in memory.

60 % of the lines carry a barcode of the shop in another spelling, 20 % only its supplier code, 20 %
are new. Figures are CPU time of this process, so SQLite is counted in.
"""

import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from catalog.gtin import check_digit, gtin14_of
from catalog.models import Barcode, Brand, Product, Variant
from catalog.names import code_key
from purchasing.matching import match_order
from purchasing.matching.evidence import gather
from purchasing.matching.rules import recognise
from purchasing.models import (
    Decision,
    NewProduct,
    OrderLine,
    PurchaseOrder,
    Supplier,
    SupplierItem,
    VariantSupplier,
)
from retailers.models import Outlet, Retailer
from retailers.scope import acting_for

VARIANTS = 100_000
LINES = 1_000
A_PRODUCT = 10
SUPPLIERS = 40
ROUNDS = 7


def main() -> None:
    """Print the ratios; the times beside them are indications."""
    shop = Retailer.objects.create(name="Bench", currency="USD")
    with acting_for(shop):
        order = _fill()
        evidence = gather(order)
        lines = [(item.code, item.supplier_code) for item in evidence.items]
        floor = _median(lambda: _in_memory(lines, _dictionaries))
        found = _median(lambda: [recognise(one, evidence) for one in gather(order).items])
        first = _median(lambda: _afresh(order), rounds=3)
        again = _median(lambda: match_order(order.pk), rounds=3)
        kinds = {
            kind: Decision.objects.filter(order=order, bin=kind).count()
            for kind in Decision.Bin.values
        }
    rows = {
        "dictionaries in memory": floor,
        "finding (read and rules)": found,
        "match_order, first time": first,
        "match_order, again": again,
    }
    out = [f"matching: {LINES} lines, {VARIANTS} variants in the shop, bins {kinds}"]
    out += [f"  {name:<26} {ms:8.1f} ms {ms / floor:7.1f} x" for name, ms in rows.items()]
    sys.stdout.write("\n".join(out) + "\n")


_dictionaries: dict[str, dict[str, int]] = {"gtin": {}, "code": {}}


def _in_memory(lines: list[tuple[str, str]], known: dict[str, dict[str, int]]) -> int:
    """The floor: both codes of a line normalised and looked up, and nothing else."""
    by_gtin, by_code = known["gtin"], known["code"]
    return sum(1 for code, ours in lines if gtin14_of(code) in by_gtin or code_key(ours) in by_code)


def _afresh(order: PurchaseOrder) -> None:
    Decision.objects.filter(order=order).delete()
    NewProduct.objects.filter(order=order).delete()
    match_order(order.pk)


def _median(act: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Milliseconds of CPU: steadier than the clock on a machine that does other things, too."""
    times = []
    for _round in range(rounds):
        start = time.process_time()
        act()
        times.append((time.process_time() - start) * 1000)
    return statistics.median(times)


def _code(number: int) -> str:
    body = f"0{number:010d}"
    return body + check_digit(body)


def _fill() -> PurchaseOrder:
    Outlet.objects.create(name="One")
    suppliers = [
        Supplier.objects.create(name=f"Supplier {n}", in_pos=True) for n in range(SUPPLIERS)
    ]
    brands = [Brand.objects.create(name=one.name) for one in suppliers]
    products = Product.objects.bulk_create(
        [
            Product(name=f"Product {n}", brand=brands[n % SUPPLIERS], attributes=["Size"])
            for n in range(VARIANTS // A_PRODUCT)
        ]
    )
    variants = Variant.objects.bulk_create(
        [
            Variant(
                product=products[n // A_PRODUCT],
                sku=f"SKU{n}",
                options=[{"name": "Size", "value": f"{n % A_PRODUCT}"}],
            )
            for n in range(VARIANTS)
        ]
    )
    codes = [_code(n) for n in range(1, VARIANTS + 1)]
    Barcode.objects.bulk_create(
        [
            Barcode(variant=one, code=code, gtin14=code.zfill(14), kind=Barcode.Kind.UPC)
            for one, code in zip(variants, codes, strict=True)
        ]
    )
    VariantSupplier.objects.bulk_create(
        [
            VariantSupplier(
                variant=one,
                supplier=suppliers[(n // A_PRODUCT) % SUPPLIERS],
                code=f"S{n // A_PRODUCT}-{n % A_PRODUCT}",
            )
            for n, one in enumerate(variants)
        ]
    )
    _dictionaries["gtin"] = {
        code.zfill(14): one.pk for one, code in zip(variants, codes, strict=True)
    }
    _dictionaries["code"] = {
        code_key(f"S{n // A_PRODUCT}-{n % A_PRODUCT}"): one.pk for n, one in enumerate(variants)
    }
    return _order(suppliers[0], codes)


def _order(supplier: Supplier, codes: list[str]) -> PurchaseOrder:
    order = PurchaseOrder.objects.create(
        supplier=supplier,
        number="1",
        status=PurchaseOrder.Status.TO_REVIEW,
        brand_status=PurchaseOrder.BrandStatus.APPROVED,
        currency="USD",
    )
    mine = [n for n in range(VARIANTS) if (n // A_PRODUCT) % SUPPLIERS == 0]
    items = SupplierItem.objects.bulk_create(
        [_item(supplier, at, mine[at], codes) for at in range(LINES)]
    )
    OrderLine.objects.bulk_create(
        [
            OrderLine(
                order=order,
                item=item,
                key=item.source_key,
                position=at,
                quantity=6,
                unit_cost=Decimal(24),
                msrp=Decimal(60),
            )
            for at, item in enumerate(items)
        ]
    )
    return order


def _item(supplier: Supplier, at: int, number: int, codes: list[str]) -> SupplierItem:
    """Line `at` of the order is variant `number` of the shop, or new."""
    style, size = f"S{number // A_PRODUCT}", f"{number % A_PRODUCT}"
    code = ""
    if at % 5 < 3:
        plain = codes[number]
        code = (plain, f"00{plain}", f"{plain[:6]}-{plain[6:]}")[at % 3]
    elif at % 5 == 4:
        style = f"N{number // A_PRODUCT}"
    return SupplierItem(
        supplier=supplier,
        source_key=f"p{number // A_PRODUCT}/{at}",
        product_key=f"p{number // A_PRODUCT}",
        style_number=style,
        supplier_code=f"{style}-{size}",
        size=size,
        name=f"Product {number // A_PRODUCT}",
        brand_name=supplier.name,
        code=code,
        gtin14=gtin14_of(code),
        wholesale=Decimal(24),
        msrp=Decimal(60),
    )
