"""The border: X-Series JSON in, as records in our words; our words out, as their JSON.

Records and their readers live in `records*`, outbound payloads in `outgoing`; this is the one name
to import them by. Past it nobody handles a dict of theirs.
"""

from catalog.names import name_key
from integrations.xseries.order_records import (
    RemoteConsignment,
    RemoteConsignmentLine,
    RemoteSale,
    RemoteSoldLine,
    RemoteTotals,
    RemoteWebhook,
)
from integrations.xseries.outgoing import (
    NewVariant,
    added_variant_payload,
    adjustment_payload,
    attribute_payload,
    brand_payload,
    categories_payload,
    consignment_payload,
    due_at,
    family_payload,
    line_entry,
    line_values,
    received_entry,
    received_values,
    sku_text,
    supplier_payload,
    tag_payload,
    update_payload,
    webhook_payload,
)
from integrations.xseries.product_records import (
    RemoteCode,
    RemoteImage,
    RemoteOption,
    RemotePicture,
    RemoteProduct,
    RemoteProductSupplier,
    RemoteStock,
)
from integrations.xseries.records import (
    RemoteAttribute,
    RemoteBrand,
    RemoteCategory,
    RemoteOutlet,
    RemoteRegister,
    RemoteShop,
    RemoteSupplier,
    RemoteTag,
    RemoteTax,
    RemoteUser,
    Versioned,
)

__all__ = [
    "NewVariant",
    "RemoteAttribute",
    "RemoteBrand",
    "RemoteCategory",
    "RemoteCode",
    "RemoteConsignment",
    "RemoteConsignmentLine",
    "RemoteImage",
    "RemoteOption",
    "RemoteOutlet",
    "RemotePicture",
    "RemoteProduct",
    "RemoteProductSupplier",
    "RemoteRegister",
    "RemoteSale",
    "RemoteShop",
    "RemoteSoldLine",
    "RemoteStock",
    "RemoteSupplier",
    "RemoteTag",
    "RemoteTax",
    "RemoteTotals",
    "RemoteUser",
    "RemoteWebhook",
    "Versioned",
    "added_variant_payload",
    "adjustment_payload",
    "attribute_payload",
    "brand_payload",
    "categories_payload",
    "consignment_payload",
    "due_at",
    "family_payload",
    "line_entry",
    "line_values",
    "received_entry",
    "received_values",
    "reference_key",
    "sku_text",
    "supplier_payload",
    "tag_payload",
    "update_payload",
    "webhook_payload",
]


def reference_key(reference: str) -> str:
    """How order numbers are compared: `PosOrder.reference_key`."""
    return name_key(reference)[:255]
