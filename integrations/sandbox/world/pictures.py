"""Product pictures, drawn here: a flat silhouette in the colourway's colour on paper.

A picture's name says what it shows: `jacket-6b7346-tt-1003-mos.png` is a jacket in the colour
6b7346. So any process can draw any picture, and the same name is always the same bytes.
"""

from __future__ import annotations

import io
import re
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFilter

from integrations.sandbox.world.badpictures import BAD
from integrations.sandbox.world.ids import digest
from integrations.sandbox.world.silhouettes import SHAPES, Part, Points

SIDE = 600
_OVER = 2  # drawn twice as large and scaled down, for smooth edges
_SCALE = SIDE * _OVER / 100
_PAPER = (246, 243, 236)
_NAME = re.compile(r"(?P<shape>[a-z]+)-(?P<paint>[0-9a-f]{6})-[a-z0-9-]+\.png")

RGB = tuple[int, int, int]
Place = tuple[float, float, float]


def picture(name: str) -> bytes:
    """The bytes of the picture called `name`; `KeyError` when there is no such picture.

    Names starting `bad-` are the broken ones (`badpictures.BAD`).
    """
    if name.startswith("bad-"):
        return BAD[name.removeprefix("bad-").partition(".")[0]].make()
    match = _NAME.fullmatch(name)
    if match is None or match["shape"] not in SHAPES:
        raise KeyError(name)
    return _drawn(name, match["shape"], match["paint"])


@lru_cache(maxsize=512)
def _drawn(name: str, shape: str, paint: str) -> bytes:
    red, green, blue = (int(paint[at : at + 2], 16) for at in (0, 2, 4))
    ground = Image.new("RGB", (SIDE * _OVER, SIDE * _OVER), _PAPER)
    _shadow(ground)
    pen = ImageDraw.Draw(ground)
    place = _placed(name)
    for part in SHAPES[shape]:
        _draw(pen, part, (red, green, blue), place)
    small = ground.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _shadow(ground: Image.Image) -> None:
    """A soft shade under the goods, so that they lie on the paper."""
    mask = Image.new("L", (SIDE // 4, SIDE // 4), 0)
    box = [round(SIDE / 4 * part) for part in (0.16, 0.8, 0.84, 0.93)]
    ImageDraw.Draw(mask).ellipse(box, fill=46)
    soft = mask.filter(ImageFilter.GaussianBlur(SIDE / 4 / 22)).resize(ground.size)
    ground.paste((88, 78, 64), (0, 0), soft)


def _placed(name: str) -> Place:
    """How large and where on the paper: no two goods lie alike, so no two pictures are equal."""
    size, right, down = (int(digest(name)[at : at + 4], 16) / 65_535 for at in (0, 4, 8))
    scale = (0.92 + 0.08 * size) * _SCALE
    return scale, (right * 4 - 2 + 50) * _SCALE - 50 * scale, (down * 3 + 50) * _SCALE - 50 * scale


def _draw(pen: ImageDraw.ImageDraw, part: Part, paint: RGB, place: Place) -> None:
    scale, left, top = place
    points = [(x * scale + left, y * scale + top) for x, y in part.points]
    colour = _shade(paint, part.shade)
    width = round(part.width * _SCALE)
    if part.kind == "area":
        pen.polygon(points, fill=colour)
    elif part.kind == "round":
        pen.ellipse(_box(points), fill=colour)
    elif part.kind == "ring":
        pen.ellipse(_box(points), outline=colour, width=width)
    else:
        pen.line(points, fill=colour, width=width, joint="curve")


def _box(points: Points) -> tuple[float, float, float, float]:
    (left, top), (right, bottom) = points
    return left, top, right, bottom


def _shade(paint: RGB, shade: float) -> RGB:
    """`paint` darker (shade below 0, to -1 black) or lighter (above 0, to 1 white)."""
    goal = 255 if shade > 0 else 0
    red, green, blue = (round(c + (goal - c) * abs(shade)) for c in paint)
    return red, green, blue
