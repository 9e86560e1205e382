"""What a dirty-data recipe is: one sentence, what it covers, and the hand that spoils an order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field

from integrations.sandbox.world.model import Doc
from integrations.sandbox.world.orders import retotal


@dataclass
class Scene:
    """An order about to be spoiled, with what else of the portal it may touch.

    Recipes change a scene in place. `order` and `products` are copies; `codes_elsewhere` are
    barcodes that the shop already uses for other brands' goods.
    """

    order: Doc
    products: list[Doc] = field(default_factory=list)
    """The products of this order, to be stored back."""
    codes_elsewhere: list[str] = field(default_factory=list)
    names_elsewhere: list[str] = field(default_factory=list)
    """Names the shop already uses for other brands' families."""
    numbers_elsewhere: list[str] = field(default_factory=list)
    """Numbers of orders of other portals."""
    siblings: list[Doc] = field(default_factory=list)
    """Further orders of the same portal that belong to the trouble."""
    removed_products: list[str] = field(default_factory=list)
    """Ids of products the brand has taken out of its catalogue (404)."""
    removed: bool = False
    """The order itself is gone at the source (404 by id, absent from lists)."""
    raw: bytes | None = None
    """The body to send for this order instead of its JSON."""

    @property
    def lines(self) -> list[Doc]:
        """The order's colourways."""
        lines: list[Doc] = self.order["line_items"]
        return lines

    @property
    def rows(self) -> list[Doc]:
        """All sizes of all colourways."""
        return [row for line in self.lines for row in line["sizes"]]

    def pairs(self) -> Iterator[tuple[Doc, Doc]]:
        """Each size with its line."""
        for line in self.lines:
            for row in line["sizes"]:
                yield line, row

    def two(self) -> tuple[tuple[Doc, Doc], tuple[Doc, Doc]]:
        """The first two sizes of the order, which must have as many."""
        first, second, *_ = self.pairs()
        return first, second

    def product_of(self, line: Doc) -> Doc | None:
        """The catalogue's record of a line's product."""
        wanted = line["product"]["_id"]
        return next((p for p in self.products if p["_id"] == wanted), None)

    def set_code(self, line: Doc, row: Doc, code: str | None) -> None:
        """Give a size this barcode, on the order and in the catalogue; None takes it away."""
        held = [row]
        product = self.product_of(line)
        if product is not None:
            held += [s for s in product["sizes"] if s["size"] == row["size"]]
        for place in held:
            if code is None:
                place.pop("upc", None)
            else:
                place["upc"] = code

    def text(self) -> str:
        """The order as JSON text, for recipes that spoil the text itself."""
        return json.dumps(self.order, ensure_ascii=False, default=float)

    def retotal(self) -> None:
        """Let sums and totals follow what was changed."""
        retotal(self.order)


@dataclass(frozen=True)
class Recipe:
    """One way an order can be wrong."""

    key: str
    wrong: str
    """What is wrong, in one sentence."""
    covers: tuple[str, ...]
    """Numbers of the edge cases (`1` to `64`) and data faults (`D1` to `D30`) it shows."""
    spoil: Callable[[Scene], None]

    @property
    def is_raw(self) -> bool:
        """Whether it yields bytes that are no well-formed order."""
        return self.key in RAW

    def __call__(self, order: Doc, products: list[Doc] | None = None) -> Doc | bytes:
        """A dirty copy of `order`; bytes for a recipe that spoils the text."""
        scene = prepared(order, products or [])
        self.spoil(scene)
        return scene.order if scene.raw is None else scene.raw


REGISTRY: dict[str, Recipe] = {}
RAW: set[str] = set()


def recipe(
    key: str, wrong: str, *covers: str, raw: bool = False
) -> Callable[[Callable[[Scene], None]], Callable[[Scene], None]]:
    """Register the decorated function as the recipe `key`."""

    def register(spoil: Callable[[Scene], None]) -> Callable[[Scene], None]:
        if key in REGISTRY:
            raise ValueError(f"two recipes are called {key}")
        REGISTRY[key] = Recipe(key, wrong, covers, spoil)
        if raw:
            RAW.add(key)
        return spoil

    return register


def prepared(order: Doc, products: list[Doc]) -> Scene:
    """A scene of copies: of the order, and of those of `products` that it orders."""
    ordered = {line["product"]["_id"] for line in order["line_items"]}
    return Scene(
        order=deepcopy(order),
        products=[deepcopy(p) for p in products if p["_id"] in ordered],
    )
