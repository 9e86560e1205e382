"""Pictures that must not be trusted: each breaks, cheats or weighs too much in its own way."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from PIL import Image


@dataclass(frozen=True)
class BadPicture:
    """One bad picture: why it is bad, what the server calls it, and how it is made."""

    wrong: str
    content_type: str
    make: Callable[[], bytes]


def _plain(mode: str = "RGB", colour: object = (120, 140, 110)) -> Image.Image:
    return Image.new(mode, (320, 240), colour)  # type: ignore[arg-type]


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    crc = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)


def _png(width: int, height: int, depth: int, colour_type: int, packed: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", packed)
        + _chunk(b"IEND", b"")
    )


@cache
def bomb() -> bytes:
    """A PNG of about 110 KB that unfolds to 30,000 by 30,000 pixels of one bit."""
    row = b"\x00" + b"\x00" * (30_000 // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(30_000)) + packer.flush()
    return _png(30_000, 30_000, 1, 0, packed)


def deep() -> bytes:
    """A grey PNG with sixteen bits a pixel."""
    row = b"\x00" + b"".join(struct.pack(">H", x * 200) for x in range(320))
    return _png(320, 240, 16, 0, zlib.compress(row * 240))


def animated() -> bytes:
    """A GIF of three frames."""
    frames = [_plain("RGB", (shade, 140, 110)) for shade in (40, 120, 200)]
    return _saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=80, loop=0)


def rotated() -> bytes:
    """A JPEG lying on its side that says so in its EXIF (orientation 6)."""
    image = _plain()
    exif = image.getexif()
    exif[0x0112] = 6
    return _saved(image, "JPEG", exif=exif)


@cache
def heavy() -> bytes:
    """A sound PNG of about 14 MB: noise, which does not compress."""
    side = 2200
    noise = hashlib.shake_128(b"noise").digest(side * side * 3)
    return _saved(Image.frombytes("RGB", (side, side), noise), "PNG", compress_level=1)


def polyglot() -> bytes:
    """A GIF that is a script as well."""
    return _saved(_plain("P", 1), "GIF") + b"\n/*<script>alert(document.domain)</script>*/"


_SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><rect width="9" height="9"/></svg>'
)
_LOGIN = b"<!doctype html><title>Sign in</title><h1>Sign in to see this picture</h1>"

BAD: dict[str, BadPicture] = {
    "empty": BadPicture("no bytes at all", "image/png", lambda: b""),
    "html": BadPicture("a sign-in page instead of a picture", "text/html", lambda: _LOGIN),
    "html-as-png": BadPicture("a page that claims to be a PNG", "image/png", lambda: _LOGIN),
    "svg": BadPicture("an SVG with a script", "image/svg+xml", lambda: _SVG),
    "truncated": BadPicture(
        "a JPEG cut in the middle", "image/jpeg", lambda: _saved(_plain(), "JPEG")[:700]
    ),
    "cmyk": BadPicture(
        "a JPEG in printing inks",
        "image/jpeg",
        lambda: _saved(_plain("CMYK", (90, 20, 60, 10)), "JPEG"),
    ),
    "sixteen-bit": BadPicture("a PNG of sixteen bits", "image/png", deep),
    "animated": BadPicture("an animated GIF", "image/gif", animated),
    "exif-rotated": BadPicture("a photograph on its side", "image/jpeg", rotated),
    "bomb": BadPicture("900 million pixels in 110 KB", "image/png", bomb),
    "polyglot": BadPicture("a GIF that is also a script", "image/gif", polyglot),
    "heavy": BadPicture("a sound picture of 14 MB", "image/png", heavy),
}
