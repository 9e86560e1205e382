"""The shapes that product pictures are made of, on a grid of 100 by 100.

A shape is a list of parts drawn in order. Garments are given by their left half and mirrored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Part:
    """One stroke: a filled `area`, a `line`, a filled `round` or a `ring` (box by two corners)."""

    kind: str
    points: Points
    shade: float = 0.0
    width: float = 0.6


def area(*points: tuple[float, float], shade: float = 0.0) -> Part:
    """A filled outline."""
    return Part("area", points, shade)


def both(*half: tuple[float, float], shade: float = 0.0) -> Part:
    """A filled outline, symmetrical about the middle, given by its left half from the top."""
    return Part("area", [*half, *((100 - x, y) for x, y in reversed(half))], shade)


def seam(*points: tuple[float, float], shade: float = -0.28, width: float = 0.6) -> Part:
    """A line, by default as thin and dark as a seam."""
    return Part("line", points, shade, width)


def oval(left: float, top: float, right: float, bottom: float, shade: float = 0.0) -> Part:
    """A filled ellipse."""
    return Part("round", [(left, top), (right, bottom)], shade)


def ring(
    left: float, top: float, right: float, bottom: float, *, width: float, shade: float = 0
) -> Part:
    """An ellipse's outline."""
    return Part("ring", [(left, top), (right, bottom)], shade, width)


_NECK = oval(42, 15, 58, 25, shade=-0.35)
_TEE = both((41, 18), (33, 20), (16, 34), (24, 44), (31, 39), (31, 84))
_SLEEVED = both((41, 18), (32, 21), (19, 42), (12, 74), (21, 77), (31, 49), (31, 84))

SHAPES: dict[str, list[Part]] = {
    "tee": [
        _TEE,
        _NECK,
        seam((31, 81), (69, 81)),
        seam((31, 39), (32, 30)),
        seam((69, 39), (68, 30)),
    ],
    "shirt": [
        _SLEEVED,
        area((41, 18), (50, 27), (47, 31), (38, 22), shade=0.18),
        area((59, 18), (50, 27), (53, 31), (62, 22), shade=0.18),
        seam((50, 27), (50, 84)),
        *(oval(49.1, y, 50.9, y + 1.8, shade=0.55) for y in (35, 46, 57, 68, 78)),
        seam((36, 43), (46, 43), (46, 52), (41, 54), (36, 52), (36, 43)),
    ],
    "sweater": [
        _SLEEVED,
        _NECK,
        ring(40.5, 13.5, 59.5, 26.5, width=1.8, shade=-0.15),
        *(seam((31, y), (69, y), shade=-0.12) for y in range(36, 80, 5)),
        both((31, 80), (31, 85), shade=-0.18),
        area((12, 72), (21.6, 75), (21, 78), (11.6, 75), shade=-0.18),
        area((88, 72), (78.4, 75), (79, 78), (88.4, 75), shade=-0.18),
    ],
    "jacket": [
        both((41, 17), (30, 21), (17, 44), (11, 76), (22, 79), (30, 52), (29, 87)),
        area((41, 16), (50, 31), (45, 36), (35, 21), shade=-0.2),
        area((59, 16), (50, 31), (55, 36), (65, 21), shade=-0.2),
        seam((50, 31), (50, 87), width=0.9),
        *(oval(51.6, y, 53.6, y + 2, shade=0.5) for y in (42, 54, 66, 78)),
        area((33, 62), (45, 62), (45, 75), (33, 75), shade=-0.12),
        area((57, 62), (67, 62), (67, 75), (57, 75), shade=-0.12),
    ],
    "trousers": [
        both((34, 14), (30, 88), (46, 88), (50, 36)),
        both((34, 14), (33.7, 20), shade=-0.2),
        seam((50, 20), (50, 36)),
        seam((35, 24), (42, 22)),
        seam((65, 24), (58, 22)),
        oval(49, 15.6, 51, 17.6, shade=0.6),
    ],
    "shorts": [
        both((31, 28), (24, 70), (48, 70), (50, 50)),
        both((31, 28), (30.3, 34), shade=-0.2),
        seam((48, 34), (46, 42), shade=0.6),
        seam((52, 34), (54, 42), shade=0.6),
    ],
    "dress": [
        both((42, 12), (36, 14), (27, 28), (33, 34), (38, 30), (39, 44), (24, 88)),
        oval(42, 9, 58, 19, shade=-0.35),
        both((39, 43), (38.6, 46.5), shade=-0.22),
        seam((46, 48), (40, 87)),
        seam((54, 48), (60, 87)),
    ],
    "skirt": [
        both((38, 20), (24, 84)),
        both((38, 20), (37, 25), shade=-0.22),
        *(seam((50 + at * 3, 25), (50 + at * 7, 84)) for at in (-2, -1, 0, 1, 2)),
    ],
    "hat": [
        oval(14, 58, 86, 74, shade=-0.12),
        both((38, 30), (31, 36), (29, 64)),
        oval(29, 58, 71, 70),
        area((29, 56), (71, 56), (71, 62), (29, 62), shade=-0.4),
        oval(38, 27, 62, 34, shade=0.08),
    ],
    "sock": [
        area((36, 12), (58, 12), (58, 52), (76, 68), (74, 82), (58, 84), (36, 64)),
        area((36, 12), (58, 12), (58, 20), (36, 20), shade=-0.22),
        area((65, 82.7), (74, 82), (76, 68), (69, 62), shade=-0.22),
        area((36, 56), (36, 64), (45, 72), (48, 60), shade=-0.22),
    ],
    "scarf": [
        area((28, 16), (46, 14), (58, 84), (40, 86)),
        area((72, 16), (54, 14), (42, 84), (60, 86), shade=-0.14),
        *(seam((41 + at * 3, 86), (41 + at * 3, 91)) for at in range(7)),
        seam((33, 34), (50, 32)),
        seam((67, 34), (50, 32)),
    ],
    "boot": [
        area((34, 14), (56, 14), (56, 52), (82, 64), (84, 76), (32, 76)),
        area((32, 76), (85, 76), (85, 82), (32, 82), shade=-0.5),
        area((42, 14), (49, 14), (51, 44), (42, 44), shade=-0.3),
        seam((56, 52), (46, 60), (33, 60)),
        seam((68, 58), (66, 74)),
    ],
    "bag": [
        ring(34, 12, 66, 62, width=2.4, shade=-0.3),
        both((24, 38), (20, 84)),
        both((24, 38), (23.4, 44), shade=-0.2),
        seam((32, 56), (68, 56), (68, 76), (32, 76), (32, 56)),
        oval(48.6, 52.6, 51.4, 55.4, shade=0.5),
    ],
    "box": [
        area((22, 38), (50, 28), (78, 38), (50, 48), shade=0.25),
        area((22, 38), (50, 48), (50, 84), (22, 74)),
        area((78, 38), (50, 48), (50, 84), (78, 74), shade=-0.2),
        area((46, 46.6), (54, 46.6), (54, 82), (46, 82), shade=0.45),
    ],
    "mug": [
        ring(60, 36, 84, 66, width=4.2),
        both((26, 28), (29, 78)),
        oval(29, 72, 71, 84),
        oval(26, 22, 74, 35, shade=-0.35),
        both((26.8, 42), (27.2, 46), shade=0.35),
    ],
    "vase": [
        both((44, 14), (44, 34), (30, 52), (30, 68), (40, 84)),
        oval(44, 11, 56, 17, shade=-0.4),
        both((31.5, 50), (30, 56), shade=0.3),
    ],
    "bowl": [
        both((16, 42), (24, 64), (38, 76)),
        oval(16, 35, 84, 49, shade=-0.3),
        both((38, 74), (38, 80), shade=-0.2),
    ],
    "plate": [
        oval(12, 28, 88, 80),
        oval(12, 26, 88, 77, shade=0.12),
        oval(26, 35, 74, 68, shade=-0.1),
        oval(28, 37, 72, 67, shade=0.12),
    ],
    "candle": [
        seam((50, 12), (50, 26), shade=-0.6, width=0.9),
        area((50, 6), (53, 13), (50, 18), (47, 13), shade=0.6),
        both((30, 26), (30, 80)),
        oval(30, 74, 70, 86),
        oval(30, 21, 70, 32, shade=0.3),
        area((34, 44), (66, 44), (66, 68), (34, 68), shade=0.72),
        seam((40, 52), (60, 52), shade=-0.2),
        seam((43, 58), (57, 58), shade=-0.2),
    ],
    "bottle": [
        area((45, 10), (55, 10), (55, 22), (45, 22), shade=-0.5),
        both((45, 22), (34, 34), (34, 86)),
        area((34, 48), (66, 48), (66, 74), (34, 74), shade=0.72),
        seam((40, 57), (60, 57), shade=-0.2),
        seam((43, 64), (57, 64), shade=-0.2),
    ],
    "card": [
        area((26, 18), (74, 18), (74, 84), (26, 84), shade=0.8),
        area((32, 24), (68, 24), (68, 62), (32, 62)),
        oval(42, 32, 58, 54, shade=0.4),
        seam((38, 70), (62, 70), shade=-0.2),
        seam((43, 76), (57, 76), shade=-0.2),
    ],
    "book": [
        area((27, 16), (73, 16), (73, 84), (27, 84)),
        area((27, 16), (34, 16), (34, 84), (27, 84), shade=-0.3),
        area((43, 28), (64, 28), (64, 42), (43, 42), shade=0.65),
        seam((73, 18), (75, 20), (75, 86), (30, 86), shade=0.5, width=1.2),
    ],
    "basket": [
        ring(28, 14, 72, 72, width=2.6, shade=-0.25),
        both((18, 44), (26, 84)),
        *(seam((19 + n * 1.3, y), (81 - n * 1.3, y)) for n, y in enumerate(range(50, 84, 6))),
        *(seam((20 + x * 10, 44), (27 + x * 7.6, 84)) for x in range(7)),
        both((17, 42), (17.6, 47), shade=-0.2),
    ],
    "towel": [
        area((28, 16), (72, 16), (72, 84), (28, 84)),
        area((28, 66), (72, 66), (72, 70), (28, 70), shade=0.5),
        area((28, 73), (72, 73), (72, 75), (28, 75), shade=0.5),
        area((28, 16), (50, 16), (50, 84), (28, 84), shade=-0.06),
        *(seam((29.5 + n * 3.4, 84), (29.5 + n * 3.4, 88)) for n in range(13)),
    ],
    "pillow": [
        area((22, 24), (50, 20), (78, 24), (82, 50), (78, 78), (50, 82), (22, 78), (18, 50)),
        seam(
            (26, 30), (50, 26), (74, 30), (77, 50), (74, 72), (50, 76), (26, 72), (23, 50), (26, 30)
        ),
        area((44, 26.5), (56, 26.5), (56, 75.5), (44, 75.5), shade=0.3),
    ],
    "soap": [
        area((24, 40), (70, 36), (78, 48), (76, 70), (30, 76), (22, 62)),
        area((24, 40), (70, 36), (78, 48), (32, 53), shade=0.3),
        seam((40, 63), (64, 60)),
    ],
    "ring": [
        ring(30, 34, 70, 78, width=4.4),
        ring(33, 37, 67, 75, width=0.8, shade=0.5),
        area((42, 28), (58, 28), (62, 36), (50, 46), (38, 36), shade=0.35),
    ],
    "doll": [
        oval(38, 14, 62, 38, shade=0.55),
        both((42, 38), (26, 56), (30, 62), (40, 54), (32, 84)),
        oval(44, 24, 46.4, 26.4, shade=-0.7),
        oval(53.6, 24, 56, 26.4, shade=-0.7),
        seam((46, 31), (50, 33), (54, 31), shade=-0.4),
    ],
}
