"""From whom, how many, for how much: suppliers, orders, decisions, deliveries."""

from purchasing.models.deliveries import Delivery, DeliveryLine
from purchasing.models.orders import OrderBody, OrderChange, OrderLine, PurchaseOrder
from purchasing.models.review import Decision, NewProduct
from purchasing.models.suppliers import (
    ShipTo,
    Supplier,
    SupplierBrand,
    SupplierItem,
    VariantSupplier,
)

__all__ = [
    "Decision",
    "Delivery",
    "DeliveryLine",
    "NewProduct",
    "OrderBody",
    "OrderChange",
    "OrderLine",
    "PurchaseOrder",
    "ShipTo",
    "Supplier",
    "SupplierBrand",
    "SupplierItem",
    "VariantSupplier",
]
