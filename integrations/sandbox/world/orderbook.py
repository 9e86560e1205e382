"""The orders a portal holds: every status, long and short, with what makes orders difficult."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from integrations.sandbox.world.ids import object_id, stream
from integrations.sandbox.world.model import Doc, Portal
from integrations.sandbox.world.orders import Head, Pick, write_order
from integrations.sandbox.world.seasons import instant

#: Status and feature of the n-th ordinary order of a portal.
PLOTS: tuple[tuple[str, str], ...] = (
    ("approved", "colourways"),
    ("processed", "carry"),
    ("shipped", "surcharge"),
    ("review", "plain"),
    ("approved", "windows"),
    ("cancelled", "prepack"),
    ("processed", "order_discount"),
    ("pending", "plain"),
    ("draft", "plain"),
    ("approved", "sample"),
    ("shipped", "plain"),
    ("approved", "prepack"),
)
LENGTHS = (12, 24, 48, 6, 80, 16, 32, 9, 4, 60, 120, 20)
_AGE = {
    "shipped": (75, 140),
    "processed": (30, 60),
    "approved": (4, 20),
    "review": (1, 4),
    "pending": (1, 6),
    "draft": (0, 1),
    "cancelled": (20, 90),
}
_LEAD = {"shipped": 40, "processed": 45, "approved": 60, "cancelled": 50}


class OrderBook:
    """Writes orders for one portal."""

    def __init__(self, seed: int, portal: Portal, anchor: date, *, line_ids: bool = True) -> None:
        self.seed = seed
        self.portal = portal
        self.anchor = anchor
        self.line_ids = line_ids
        self._first_number = 41_000 + int(object_id(portal.id)[:4], 16) % 900

    def ordinary(self, at: int) -> list[Doc]:
        """The `at`-th ordinary order; two siblings where it was split."""
        status, feature = PLOTS[at % len(PLOTS)]
        if status == "shipped" and not self.portal.can_create:
            status = "processed"
        rng = stream(self.seed, self.portal.id, "order", at)
        picks = choose(rng, self._in_reach(feature), LENGTHS[at % len(LENGTHS)])
        head = self.head(rng, str(self._first_number + at * 37), status, door=at)
        head, picks = _FEATURES.get(feature, _plain)(head, picks)
        if at % 7 == 4:
            return self._split(head, picks, deep=len(self.portal.products) % 2 == 1)
        return [write_order(head, picks)]

    def head(self, rng: Random, number: str, status: str, *, door: int = 0) -> Head:
        """The head of an order of this portal, as old as its status suggests."""
        youngest, oldest = _AGE[status]
        age = rng.randint(youngest, oldest)
        lead = _LEAD.get(status, 75)
        start = self.anchor + timedelta(days=lead - age)
        return Head(
            portal_id=self.portal.id,
            currency=self.portal.currency,
            company=self.portal.company,
            number=number,
            status=status,
            created=instant(self.anchor, -age, 9 * 60 + rng.randrange(480)),
            window=(start, start + timedelta(days=25)),
            door=door,
            buyer_submitted=status != "pending",
            customer_po=f"AQ-{number[-3:]}" if rng.random() < 0.6 else "",
            line_ids=self.line_ids,
        )

    def _in_reach(self, feature: str) -> list[Doc]:
        """Products an order with this feature draws from: carry-overs mix seasons."""
        if feature == "carry":
            return self.portal.products
        return [p for p in self.portal.products if not p["available_now"]] or self.portal.products

    def _split(self, head: Head, picks: list[Pick], *, deep: bool) -> list[Doc]:
        """The order as two siblings, numbered -1 and -2, or -1-A and -1-B."""
        tails = ("-1-A", "-1-B") if deep else ("-1", "-2")
        middle = (len(picks) + 1) // 2
        parts = (picks[:middle], picks[middle:])
        return [
            write_order(replace(head, number=head.number + tail, group=head.number), part)
            for tail, part in zip(tails, parts, strict=True)
            if part
        ]


def choose(rng: Random, products: list[Doc], lines: int) -> list[Pick]:
    """Picks of exactly `lines` sizes (fewer if the catalogue ends), several colours a style."""
    by_style: dict[str, list[Doc]] = {}
    for product in products:
        by_style.setdefault(product["style_number"], []).append(product)
    styles = list(by_style)
    rng.shuffle(styles)
    picks: list[Pick] = []
    left = lines
    for style in styles:
        for product in by_style[style][: rng.choice((1, 2, 3))]:
            sizes = [row["size"] for row in product["sizes"]][:left]
            if not sizes:
                return picks
            many = (6, 12, 12, 24) if len(product["sizes"]) < 3 else (1, 2, 2, 3, 4, 6)
            picks.append(Pick(product, {size: rng.choice(many) for size in sizes}))
            left -= len(sizes)
    return picks


def _plain(head: Head, picks: list[Pick]) -> tuple[Head, list[Pick]]:
    return head, picks


def _windows(head: Head, picks: list[Pick]) -> tuple[Head, list[Pick]]:
    later = (head.window[0] + timedelta(days=45), head.window[1] + timedelta(days=45))
    half = len(picks) // 2
    return (
        replace(head, window=(head.window[0], later[1])),
        [replace(p, window=head.window) for p in picks[:half]]
        + [replace(p, window=later) for p in picks[half:]],
    )


def _order_discount(head: Head, picks: list[Pick]) -> tuple[Head, list[Pick]]:
    return replace(head, discount=20), [replace(picks[0], discount=10), *picks[1:]]


def _surcharge(head: Head, picks: list[Pick]) -> tuple[Head, list[Pick]]:
    return replace(head, surcharge=3, surcharge_label="Tariff surcharge"), picks


def _sample(head: Head, picks: list[Pick]) -> tuple[Head, list[Pick]]:
    first = picks[0]
    one = dict.fromkeys(list(first.quantities)[:1], 1)
    return head, [replace(first, quantities=one, discount=100, notes="Sample"), *picks[1:]]


def _prepack(head: Head, picks: list[Pick]) -> tuple[Head, list[Pick]]:
    return head, [
        replace(p, pack=6, quantities={size: 6 * (1 + n % 2) for size, n in p.quantities.items()})
        if len(p.quantities) < 3
        else p
        for p in picks
    ]


_FEATURES = {
    "windows": _windows,
    "order_discount": _order_discount,
    "surcharge": _surcharge,
    "sample": _sample,
    "prepack": _prepack,
}
