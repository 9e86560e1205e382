"""Large orders in a few statements: for the statement counts and the benchmarks.

An order of n lines has n / 5 colourways of five sizes, two colourways a product, all linked to
products of the shop with a barcode each, as an order is that has been decided and written.
"""

from datetime import date
from decimal import Decimal

from django.utils import timezone

from catalog.gtin import check_digit, gtin14_of
from catalog.models import Barcode, Brand, Product, Variant
from purchasing.models import Decision, OrderLine, PurchaseOrder, Supplier, SupplierItem
from retailers.models import Outlet, Retailer
from retailers.scope import acting_for

SIZES = ("XS", "S", "M", "L", "XL")
COLOURS = ("Moss", "Ink")
UNITS_A_LINE = 6
SUPPLIER, OUTLET = "Tarn & Thistle", "Quay Street"


def upc_of(number: int) -> str:
    """A valid UPC, another for each number."""
    body = f"0{number:010d}"
    return body + check_digit(body)


def order_of(
    shop: Retailer,
    lines: int,
    *,
    number: str = "",
    status: str = PurchaseOrder.Status.ON_ORDER,
) -> PurchaseOrder:
    """An order of this many lines; `number` also sets its products apart from other orders'."""
    number = number or f"{lines}-{PurchaseOrder.Status(status).value}"
    with acting_for(shop):
        variants = _variants(number, lines)
        order = _head(number, lines, status)
        items = _items(order, variants)
        _lines(order, items)
        _decisions(order, items)
    return order


def _variants(number: str, lines: int) -> list[Variant]:
    """The products on the shelf, a barcode each."""
    brand = Brand.objects.filter(name=SUPPLIER).first() or Brand.objects.create(name=SUPPLIER)
    wide = len(SIZES) * len(COLOURS)
    products = Product.objects.bulk_create(
        [
            Product(name=f"Fell jacket {number}-{n}", brand=brand, attributes=["Colour", "Size"])
            for n in range(-(-lines // wide))
        ]
    )
    variants = Variant.objects.bulk_create(
        [
            Variant(
                product=products[n // wide],
                name=f"{products[n // wide].name} / {_colour(n)} / {_size(n)}",
                sku=f"{number}-{n:05d}",
                position=n % wide,
                options=[
                    {"name": "Colour", "value": _colour(n)},
                    {"name": "Size", "value": _size(n)},
                ],
                supply_price=Decimal("24.00"),
                price_excluding_tax=Decimal("60.00"),
            )
            for n in range(lines)
        ]
    )
    first = Barcode.objects.count() + 1
    codes = [upc_of(first + n) for n in range(lines)]
    Barcode.objects.bulk_create(
        [
            Barcode(variant=variant, kind=Barcode.Kind.UPC, code=code, gtin14=gtin14_of(code))
            for variant, code in zip(variants, codes, strict=True)
        ]
    )
    return variants


def _colour(n: int) -> str:
    return COLOURS[n // len(SIZES) % len(COLOURS)]


def _size(n: int) -> str:
    return SIZES[n % len(SIZES)]


def _head(number: str, lines: int, status: str) -> PurchaseOrder:
    supplier = Supplier.objects.filter(name=SUPPLIER).first()
    if supplier is None:
        supplier = Supplier.objects.create(name=SUPPLIER, currency="USD", in_pos=True)
    outlet = Outlet.objects.filter(name=OUTLET).first()
    if outlet is None:
        outlet = Outlet.objects.create(name=OUTLET, currency="USD", registers=1)
    return PurchaseOrder.objects.create(
        supplier=supplier,
        outlet=outlet,
        source="nuorder:0",
        source_key=f"order-{number}",
        number=number,
        status=status,
        brand_status=PurchaseOrder.BrandStatus.APPROVED,
        currency="USD",
        ordered_at=timezone.now(),
        ship_start=date(2026, 10, 1),
        ship_end=date(2026, 11, 30),
        units=lines * UNITS_A_LINE,
        cost=Decimal(24) * lines * UNITS_A_LINE,
    )


def _items(order: PurchaseOrder, variants: list[Variant]) -> list[SupplierItem]:
    return SupplierItem.objects.bulk_create(
        [
            SupplierItem(
                supplier=order.supplier,
                product_key=f"{order.number}-{n // len(SIZES)}",
                source_key=f"{order.number}-{n // len(SIZES)}/{_size(n)}",
                style_number=f"{order.number}-{n // (len(SIZES) * len(COLOURS))}",
                size=_size(n),
                size_position=n % len(SIZES),
                colour=_colour(n),
                name=variant.product.name,
                brand_name=order.supplier.name,
                supplier_code=variant.sku,
                currency="USD",
                wholesale=Decimal("24.00"),
                msrp=Decimal("60.00"),
                variant=variant,
            )
            for n, variant in enumerate(variants)
        ]
    )


def _lines(order: PurchaseOrder, items: list[SupplierItem]) -> None:
    OrderLine.objects.bulk_create(
        [
            OrderLine(
                order=order,
                item=item,
                key=item.source_key,
                position=n,
                quantity=UNITS_A_LINE,
                unit_cost=Decimal("24.00"),
                msrp=Decimal("60.00"),
            )
            for n, item in enumerate(items)
        ]
    )


def _decisions(order: PurchaseOrder, items: list[SupplierItem]) -> None:
    state = (
        Decision.State.OPEN
        if order.status == PurchaseOrder.Status.TO_REVIEW
        else Decision.State.DECIDED
    )
    Decision.objects.bulk_create(
        [
            Decision(
                order=order,
                item=item,
                bin=Decision.Bin.CERTAIN,
                rule="remembered",
                action=Decision.Action.LINK,
                variant_id=item.variant_id,
                state=state,
            )
            for item in items
        ]
    )
