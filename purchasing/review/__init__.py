"""The review: what people decide about an order before anything is written.

`styles` reads the order as styles in bins; `acts` decides about styles and sizes; `settle` answers
what stands in the way; `edit` types over what was proposed; `head` and `supplier` settle the order
as a whole and approve it. Every act is one transaction and one sentence in the order's story.
"""

from purchasing.review.acts import (
    Accepted,
    accept,
    accept_bin,
    add_to_product,
    create_new,
    hold,
    link_item,
    link_style,
    skip,
    undo,
    undo_act,
)
from purchasing.review.desk import AlreadyDecided
from purchasing.review.edit import FamilyData, VariantData, edit_family, edit_variant
from purchasing.review.head import (
    Blocker,
    approve,
    blockers,
    brand_labels,
    choose_brand,
    choose_outlet,
    choose_rate,
    remember_brands,
    similar_suppliers,
)
from purchasing.review.settle import settle, settle_line, settle_order
from purchasing.review.supplier import supplier_is

__all__ = [
    "Accepted",
    "AlreadyDecided",
    "Blocker",
    "FamilyData",
    "VariantData",
    "accept",
    "accept_bin",
    "add_to_product",
    "approve",
    "blockers",
    "brand_labels",
    "choose_brand",
    "choose_outlet",
    "choose_rate",
    "create_new",
    "edit_family",
    "edit_variant",
    "hold",
    "link_item",
    "link_style",
    "remember_brands",
    "settle",
    "settle_line",
    "settle_order",
    "similar_suppliers",
    "skip",
    "supplier_is",
    "undo",
    "undo_act",
]
