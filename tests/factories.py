"""Rows that are right when you say nothing."""

from decimal import Decimal

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from catalog.gtin import gtin14_of
from catalog.models import Barcode, Brand, Product, StockLevel, Variant
from integrations.models import Connection, Lane, RemoteLink
from purchasing.models import (
    OrderLine,
    PurchaseOrder,
    Supplier,
    SupplierItem,
    VariantSupplier,
)
from retailers.models import Membership, Outlet, Retailer, Role, User


class RetailerFactory(DjangoModelFactory):
    class Meta:
        model = Retailer

    name = factory.Sequence(lambda n: f"Shop {n}")
    currency = "USD"
    timezone = "America/New_York"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    first_name = "Person"
    password = factory.django.Password("correct horse battery staple")


class Owned(DjangoModelFactory):
    """A row of a retailer; pass `retailer=` (or another row's)."""

    class Meta:
        abstract = True

    retailer = factory.SubFactory(RetailerFactory)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        row = model_class(*args, **kwargs)
        row.save()
        return row


class MembershipFactory(Owned):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    role = Role.BUYER


class OutletFactory(Owned):
    class Meta:
        model = Outlet

    name = factory.Sequence(lambda n: f"Outlet {n}")
    currency = "USD"
    registers = 1


class BrandFactory(Owned):
    class Meta:
        model = Brand

    name = factory.Sequence(lambda n: f"Brand {n}")


class ProductFactory(Owned):
    class Meta:
        model = Product

    name = factory.Sequence(lambda n: f"Product {n}")
    brand = factory.SubFactory(BrandFactory, retailer=factory.SelfAttribute("..retailer"))


class VariantFactory(Owned):
    class Meta:
        model = Variant

    product = factory.SubFactory(ProductFactory, retailer=factory.SelfAttribute("..retailer"))
    name = factory.SelfAttribute("product.name")
    sku = factory.Sequence(lambda n: f"SKU{n:06d}")
    supply_price = Decimal("24.00")
    price_excluding_tax = Decimal("60.00")


class BarcodeFactory(Owned):
    class Meta:
        model = Barcode

    variant = factory.SubFactory(VariantFactory, retailer=factory.SelfAttribute("..retailer"))
    kind = Barcode.Kind.UPC
    code = "036000291452"
    gtin14 = factory.LazyAttribute(lambda row: gtin14_of(row.code))


class StockLevelFactory(Owned):
    class Meta:
        model = StockLevel

    variant = factory.SubFactory(VariantFactory, retailer=factory.SelfAttribute("..retailer"))
    outlet = factory.SubFactory(OutletFactory, retailer=factory.SelfAttribute("..retailer"))
    on_hand = Decimal(5)
    read_at = factory.LazyFunction(timezone.now)


class SupplierFactory(Owned):
    class Meta:
        model = Supplier

    name = factory.Sequence(lambda n: f"Supplier {n}")
    currency = "USD"
    in_pos = True


class SupplierItemFactory(Owned):
    class Meta:
        model = SupplierItem

    supplier = factory.SubFactory(SupplierFactory, retailer=factory.SelfAttribute("..retailer"))
    product_key = factory.Sequence(lambda n: f"{n:024x}")
    source_key = factory.LazyAttribute(lambda row: f"{row.product_key}/{row.size}")
    style_number = factory.Sequence(lambda n: f"ST-{n}")
    size = "M"
    colour = "Moss"
    name = factory.Sequence(lambda n: f"Style {n}")
    brand_name = factory.LazyAttribute(lambda row: row.supplier.name)
    currency = "USD"
    wholesale = Decimal("24.00")
    msrp = Decimal("60.00")


class VariantSupplierFactory(Owned):
    class Meta:
        model = VariantSupplier

    variant = factory.SubFactory(VariantFactory, retailer=factory.SelfAttribute("..retailer"))
    supplier = factory.SubFactory(SupplierFactory, retailer=factory.SelfAttribute("..retailer"))
    code = factory.Sequence(lambda n: f"ST-{n}")
    cost = Decimal("24.00")


class PurchaseOrderFactory(Owned):
    class Meta:
        model = PurchaseOrder

    supplier = factory.SubFactory(SupplierFactory, retailer=factory.SelfAttribute("..retailer"))
    source = "nuorder:1"
    source_key = factory.Sequence(lambda n: f"{n:024x}")
    number = factory.Sequence(lambda n: f"{41000 + n}")
    status = PurchaseOrder.Status.TO_REVIEW
    brand_status = PurchaseOrder.BrandStatus.APPROVED
    currency = "USD"
    ordered_at = factory.LazyFunction(timezone.now)


class OrderLineFactory(Owned):
    class Meta:
        model = OrderLine

    order = factory.SubFactory(PurchaseOrderFactory, retailer=factory.SelfAttribute("..retailer"))
    item = factory.SubFactory(
        SupplierItemFactory,
        retailer=factory.SelfAttribute("..retailer"),
        supplier=factory.SelfAttribute("..order.supplier"),
    )
    key = factory.LazyAttribute(lambda row: f"{row.item.source_key}")
    quantity = 6
    unit_cost = Decimal("24.00")
    msrp = Decimal("60.00")


class ConnectionFactory(Owned):
    class Meta:
        model = Connection

    system = Connection.System.NUORDER
    state = Connection.State.ACTIVE
    name = factory.Sequence(lambda n: f"Portal {n}")


class LaneFactory(DjangoModelFactory):
    class Meta:
        model = Lane

    connection = factory.SubFactory(ConnectionFactory)


class RemoteLinkFactory(Owned):
    class Meta:
        model = RemoteLink

    connection = factory.SubFactory(ConnectionFactory, retailer=factory.SelfAttribute("..retailer"))
    kind = "product"
    local_id = factory.Sequence(lambda n: n + 1)
    remote_id = factory.Sequence(lambda n: f"remote-{n}")
