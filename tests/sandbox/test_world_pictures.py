"""Pictures are drawn, the same each time, and the bad ones are bad in the way they say."""

from __future__ import annotations

import io
import warnings

import pytest
from PIL import Image

from integrations.sandbox.world.badpictures import BAD
from integrations.sandbox.world.pictures import _drawn, picture
from integrations.sandbox.world.silhouettes import SHAPES
from integrations.sandbox.world.vocabulary import TRADES


def test_every_item_for_sale_has_a_shape():
    assert {item[1] for trade in TRADES.values() for item in trade.items} <= SHAPES.keys()


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_a_shape_is_drawn_in_its_colour(shape):
    image = Image.open(io.BytesIO(picture(f"{shape}-b5804d-tt-1-tan.png")))
    assert (image.format, image.size, image.mode) == ("PNG", (600, 600), "RGB")
    colours = image.getcolors(1 << 20)
    assert colours is not None
    assert (0xB5, 0x80, 0x4D) in {colour for _, colour in colours}
    assert image.getpixel((2, 2)) == (246, 243, 236)


def test_drawing_again_gives_the_same_bytes():
    name = "mug-a4bba7-oc-1000-cel.png"
    first = picture(name)
    _drawn.cache_clear()
    assert picture(name) == first


def test_no_two_products_share_a_picture():
    first, second = (picture(f"mug-a4bba7-oc-{n}-cel.png") for n in (1000, 1007))
    assert first != second


@pytest.mark.parametrize("name", ["none.png", "cat-aabbcc-x.png", "bad-unheard.png", "../etc"])
def test_unknown_pictures_are_refused(name):
    with pytest.raises(KeyError):
        picture(name)


def test_bad_pictures_are_what_they_say():
    def opened(key: str) -> Image.Image:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Image.open(io.BytesIO(picture(f"bad-{key}.png")))

    assert picture("bad-empty.png") == b""
    assert b"<h1>Sign in" in picture("bad-html.png")
    assert picture("bad-html-as-png.png") == picture("bad-html.png")
    assert b"onload" in picture("bad-svg.png")
    with pytest.raises(OSError, match="truncated"):
        opened("truncated").load()
    assert opened("cmyk").mode == "CMYK"
    assert opened("sixteen-bit").mode == "I;16"
    assert getattr(opened("animated"), "n_frames", 1) == 3
    assert opened("exif-rotated").getexif()[0x0112] == 6
    assert opened("polyglot").format == "GIF"
    assert b"<script>" in picture("bad-polyglot.png")
    assert len(picture("bad-bomb.png")) < 200_000
    assert 13_500_000 < len(picture("bad-heavy.png")) < 15_000_000
    assert set(BAD) == {
        "empty",
        "html",
        "html-as-png",
        "svg",
        "truncated",
        "cmyk",
        "sixteen-bit",
        "animated",
        "exif-rotated",
        "bomb",
        "polyglot",
        "heavy",
    }


def test_the_bomb_would_unfold_to_900_million_pixels():
    with pytest.raises(Image.DecompressionBombError):
        Image.open(io.BytesIO(picture("bad-bomb.png")))
