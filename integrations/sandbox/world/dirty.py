"""Dirty data on purpose: every recipe by name, and the hand that applies one.

    scene = dirty("upc_shared_by_two_sizes", order, products)
    scene.order, scene.products, scene.siblings, scene.raw

`DIRTY[key](order)` is the short form: a dirty copy of the order, or raw bytes for recipes that
spoil the text of the answer itself (`DIRTY[key].is_raw`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from integrations.sandbox.world import (
    dirty_codes,
    dirty_orders,
    dirty_pictures,
    dirty_products,
    dirty_wire,
)
from integrations.sandbox.world.model import Doc
from integrations.sandbox.world.recipe import REGISTRY, Recipe, Scene, prepared

__all__ = ["CHAPTERS", "DIRTY", "MILD", "NOT_ON_THE_WIRE", "Recipe", "Scene", "dirty"]

DIRTY: Mapping[str, Recipe] = REGISTRY
CHAPTERS = (dirty_codes, dirty_products, dirty_orders, dirty_wire, dirty_pictures)

#: Faults that the demo world carries from the start: each can be settled by a person.
MILD: tuple[str, ...] = (
    "upc_lost_leading_zero",
    "upc_shared_by_two_sizes",
    "upc_filler_words",
    "quantity_zero",
    "upc_wrong_check_digit",
    "header_total_off_by_cents",
    "same_size_on_two_lines",
    "upc_case_code_gtin14",
    "msrp_missing",
    "D13_stray_spaces",
    "D12_unicode_oddities",
    "D24_html_in_texts",
)

#: Cases of sections 1 to 4, and data faults, that NuORDER's answers cannot show: where they arise.
NOT_ON_THE_WIRE: Mapping[str, str] = {
    "13": "a SKU made at the till at the same moment",
    "22": "attributes of a family in the shop",
    "23": "attribute names in the shop",
    "28": "a product renamed in the shop",
    "29": "a product deleted in the shop",
    "30": "a product inactive in the shop",
    "31": "a product the shop does not track",
    "32": "one answer given twice by a person",
    "38": "brands merged in the shop",
    "39": "a supplier deleted in the shop",
    "40": "a person's attempt to reorder",
    "55": "the shop's tax setting",
    "62": "a note edited in the shop",
    "63": "a habit of some portals: they never use shipped",
    "D21": "a product deleted in the shop",
    "D23": "a product changed in the shop",
}


def dirty(
    key: str,
    order: Doc,
    products: Sequence[Doc] = (),
    *,
    codes_elsewhere: Sequence[str] = (),
    names_elsewhere: Sequence[str] = (),
    numbers_elsewhere: Sequence[str] = (),
) -> Scene:
    """Apply the recipe `key` to copies of `order` and of its `products`; raises `KeyError`."""
    scene = prepared(order, list(products))
    scene.codes_elsewhere = list(codes_elsewhere)
    scene.names_elsewhere = list(names_elsewhere)
    scene.numbers_elsewhere = list(numbers_elsewhere)
    DIRTY[key].spoil(scene)
    return scene
