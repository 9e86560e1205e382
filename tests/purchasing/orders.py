"""Orders for the tests of matching and review: a supplier, a shelf, and sizes on an order."""

from decimal import Decimal
from typing import Any

from catalog.gtin import check_digit, gtin14_of
from catalog.models import Product, Variant
from purchasing.matching import match_order
from purchasing.models import Decision, OrderLine, PurchaseOrder, Supplier, SupplierItem
from retailers.models import Outlet, Retailer
from tests.factories import (
    BarcodeFactory,
    BrandFactory,
    OrderLineFactory,
    OutletFactory,
    ProductFactory,
    PurchaseOrderFactory,
    SupplierFactory,
    SupplierItemFactory,
    VariantFactory,
    VariantSupplierFactory,
)


def upc(number: int) -> str:
    """A valid UPC with this number in it."""
    body = f"0{number:010d}"
    return body + check_digit(body)


class Desk:
    """One order under review at one shop, with short ways to fill order and shelf."""

    def __init__(self, shop: Retailer, *, supplier: Supplier | None = None) -> None:
        self.shop = shop
        self.supplier = supplier or SupplierFactory(retailer=shop, name="Tarn & Thistle")
        self.outlet = Outlet.objects.filter(retailer=shop).first() or OutletFactory(
            retailer=shop, name="Quay Street"
        )
        self.order: PurchaseOrder = self.new_order()

    def new_order(self, **facts: Any) -> PurchaseOrder:
        self.order = PurchaseOrderFactory(retailer=self.shop, supplier=self.supplier, **facts)
        return self.order

    def item(self, style: str = "TT-1", colour: str = "Moss", size: str = "M", **facts: Any) -> Any:
        """One size as the supplier lists it."""
        code = facts.pop("code", "")
        facts.setdefault("name", f"Style {style}")
        facts.setdefault("supplier_code", f"{style}-{colour}-{size}")
        facts.setdefault("product_key", f"{style}/{colour}/{facts.get('season', '')}")
        facts.setdefault("brand_name", self.supplier.name)
        return SupplierItemFactory(
            retailer=self.shop,
            supplier=self.supplier,
            style_number=style,
            colour=colour,
            size=size,
            code=code,
            gtin14=gtin14_of(code),
            **facts,
        )

    def line(self, item: SupplierItem, **facts: Any) -> OrderLine:
        facts.setdefault("key", f"{item.source_key}/{self.order.lines.count()}")
        facts.setdefault("position", self.order.lines.count())
        row: OrderLine = OrderLineFactory(retailer=self.shop, order=self.order, item=item, **facts)
        return row

    def ordered(self, style: str = "TT-1", colour: str = "Moss", size: str = "M", **facts: Any):
        """One size, ordered; `quantity`, `unit_cost`, `msrp` and the like go to the line."""
        on_line = ("quantity", "unit_cost", "list_cost", "discount_percent", "problems", "removed")
        line = {name: facts.pop(name) for name in on_line if name in facts}
        if "msrp" in facts:
            line["msrp"] = facts["msrp"]
        item = self.item(style, colour, size, **facts)
        self.line(item, **line)
        return item

    def brand(self, name: str) -> Any:
        return BrandFactory(retailer=self.shop, name=name)

    def product(self, name: str, brand: str | None = None, **facts: Any) -> Product:
        row: Product = ProductFactory(
            retailer=self.shop, name=name, brand=self.brand(brand) if brand else None, **facts
        )
        return row

    def variant(
        self,
        product: Product,
        *,
        code: str = "",
        supplier_code: str = "",
        options: dict[str, str] | None = None,
        **facts: Any,
    ) -> Variant:
        """A variant on the shelf, with its barcode and its code at this supplier."""
        row: Variant = VariantFactory(
            retailer=self.shop,
            product=product,
            options=[{"name": name, "value": value} for name, value in (options or {}).items()],
            **facts,
        )
        if code:
            BarcodeFactory(retailer=self.shop, variant=row, code=code)
        if supplier_code:
            VariantSupplierFactory(
                retailer=self.shop, variant=row, supplier=self.supplier, code=supplier_code
            )
        return row

    def match(self) -> None:
        match_order(self.order.pk)

    def of(self, item: SupplierItem) -> Decision:
        found: Decision = Decision.objects.select_related("new_product").get(
            order=self.order, item=item
        )
        return found


def price(text: str) -> Decimal:
    return Decimal(text)
