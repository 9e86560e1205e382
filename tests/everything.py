"""One row of every model of every room: for what has to hold for all of them."""

from typing import Any

from django.db.models import Model
from django.utils import timezone

from catalog import models as catalog
from integrations import models as outside
from purchasing import models as purchasing
from retailers import models as retailers
from tests import factories as make

SECRET = "s3cr3t-canary"


def one_of_everything(shop: retailers.Retailer, mark: str = "") -> dict[type[Model], Any]:
    """One more row of every model, all hanging together; `mark` stands in every name of it."""
    now = timezone.now()
    owner = make.MembershipFactory(
        retailer=shop, role="owner", user__first_name=f"{mark}Person"
    ).user
    supplier = make.SupplierFactory(retailer=shop, name=f"{mark}Supplier")
    order = make.PurchaseOrderFactory(retailer=shop, supplier=supplier)
    order.number = f"{mark}{order.pk}"
    order.save()
    item = make.SupplierItemFactory(retailer=shop, supplier=supplier, name=f"{mark}Style")
    line = make.OrderLineFactory(retailer=shop, order=order, item=item)
    brand = make.BrandFactory(retailer=shop, name=f"{mark}Brand")
    product = make.ProductFactory(retailer=shop, brand=brand, name=f"{mark}Product")
    variant = make.VariantFactory(retailer=shop, product=product)
    outlet = make.OutletFactory(retailer=shop, name=f"{mark}Outlet")
    stock = make.StockLevelFactory(retailer=shop, variant=variant, outlet=outlet)
    portal = make.ConnectionFactory(
        retailer=shop,
        name=f"{mark}Portal",
        consumer_secret=SECRET,
        token=SECRET,
        supplier=supplier,
    )
    n = portal.pk
    mine: dict[str, Any] = {"retailer": shop}
    place = purchasing.ShipTo(supplier=order.supplier, key=str(n), label=f"{mark}door {n}", **mine)
    fact = {"connection": portal, **mine}
    made: list[Model] = [
        owner,
        shop,
        stock.outlet,
        retailers.Membership.objects.get(user=owner),
        retailers.Invitation(
            email=f"{mark.strip()}i@example.com",
            role="buyer",
            token_digest=f"{SECRET}{n}",
            expires=now,
            **mine,
        ),
        retailers.RuleSetting(key=f"k{n}", value=1, changed_by=owner, **mine),
        retailers.tell(order, "x", f"{mark}said", actor=owner),
        brand,
        catalog.Attribute(name=f"{mark}Colour {n}", **mine),
        catalog.Category(name=f"{mark}Shirts {n}", **mine),
        catalog.Tag(name=f"{mark}tag {n}", **mine),
        catalog.Tax(name=f"{mark}tax {n}", **mine),
        catalog.BrandDefault(brand=brand, **mine),
        variant.product,
        variant,
        make.BarcodeFactory(retailer=shop, variant=variant),
        catalog.ProductImage(product=variant.product, variant=variant, **mine),
        stock,
        catalog.StockChange(variant=variant, outlet=stock.outlet, after=1, at=now, **mine),
        order.supplier,
        purchasing.SupplierBrand(
            supplier=order.supplier, label=f"{mark}L", brand=brand, decided_by=owner, **mine
        ),
        place,
        item,
        make.VariantSupplierFactory(retailer=shop, variant=variant, supplier=order.supplier),
        order,
        purchasing.OrderBody(
            order=order, source="nuorder:1", source_key=str(n), digest=str(n), body="{}", **mine
        ),
        line,
        purchasing.OrderChange(order=order, line=line, field="f", text=f"{mark}t", **mine),
        purchasing.NewProduct(order=order, key=str(n), name=f"{mark}N", brand=brand, **mine),
        purchasing.Decision(
            order=order, item=item, bin="new", action="create", decided_by=owner, **mine
        ),
        portal,
        outside.Lane(connection=portal),
        outside.SyncTask(subject="pull-orders:", not_before=now, asked_by=owner, **fact),
        outside.RemoteStep(kind="k", key=str(n), order=order, **fact),
        make.RemoteLinkFactory(retailer=shop, connection=portal),
        outside.PosOrder(remote_id=str(n), status="OPEN", order=order, **fact),
        outside.Cursor(stream="products", **fact),
        outside.InboundEvent(dedupe_key=str(n), **fact),
        outside.SendPlan(order=order, approved_by=owner, **fact),
        outside.OAuthState(
            digest=f"{SECRET}-{n}", session_digest=SECRET, user=owner, expires=now, **mine
        ),
        outside.OutgoingMail(retailer=shop, to=["i@example.com"], subject="Hi", message=SECRET),
        outside.WorkerBeat(name=f"w{n}", last_seen=now),
    ]
    delivery = purchasing.Delivery(order=order, number=1, booked_by=owner, **mine)
    delivery.save()
    made += [delivery, purchasing.DeliveryLine(delivery=delivery, line=line, kept=1, **mine)]
    for row in made:
        if row.pk is None:
            row.save()
    return {type(row): row for row in made}
