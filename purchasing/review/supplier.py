"""Which supplier of the POS an order's supplier is (edge cases 35, 39).

A portal that meets no supplier of its name starts as a supplier that exists only here, to be made
in the POS. Saying "it is this one" moves everything it has to the one in the POS.
"""

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from purchasing.errors import OrderError
from purchasing.matching import match_order
from purchasing.models import (
    PurchaseOrder,
    ShipTo,
    Supplier,
    SupplierBrand,
    SupplierItem,
    VariantSupplier,
)
from purchasing.review.desk import require_reviewable
from purchasing.signals import supplier_settled
from retailers.models import Event, User, tell


@transaction.atomic
def supplier_is(order_pk: int, supplier: Supplier, *, by: User) -> Event:
    """The supplier of this order is that one of the POS; later orders of its portal follow."""
    order = (
        PurchaseOrder.objects.select_for_update(of=("self",))
        .select_related("supplier")
        .get(pk=order_pk)
    )
    require_reviewable(order)
    old = order.supplier
    if old.pk == supplier.pk:
        raise OrderError(_("The supplier is %s already.") % supplier, field="supplier")
    if old.in_pos and old.deleted_at is None:
        raise OrderError(
            _("%s is a supplier of your POS: change it there, or in its portal's connection.")
            % old,
            field="supplier",
        )
    _move(old, supplier)
    old.deleted_at = old.deleted_at or timezone.now()
    old.save(update_fields=["deleted_at"])
    supplier_settled.send(Supplier, old=old, new=supplier)
    match_order(order_pk)
    text = _("Supplier %(old)s is %(new)s") % {"old": old, "new": supplier}
    return tell(order, "supplier", text, actor=by)


def _move(old: Supplier, new: Supplier) -> None:
    """Everything of `old` is of `new` now; what `new` has already of the same key stays its own."""
    keys = SupplierItem.objects.filter(supplier=new).values("source_key")
    if SupplierItem.objects.filter(supplier=old, source_key__in=keys).exists():
        raise OrderError(
            _("%(old)s and %(new)s list the same items: they are two portals of one supplier.")
            % {"old": old, "new": new},
            field="supplier",
        )
    SupplierItem.objects.filter(supplier=old).update(supplier=new)
    labels = SupplierBrand.objects.filter(supplier=new).values("label_key")
    SupplierBrand.objects.filter(supplier=old).exclude(label_key__in=labels).update(supplier=new)
    places = ShipTo.objects.filter(supplier=new).values("key")
    ShipTo.objects.filter(supplier=old).exclude(key__in=places).update(supplier=new)
    known = VariantSupplier.objects.filter(supplier=new).values("variant_id")
    VariantSupplier.objects.filter(supplier=old).exclude(variant_id__in=known).update(supplier=new)
    PurchaseOrder.objects.filter(supplier=old).update(supplier=new, lock=F("lock") + 1)
