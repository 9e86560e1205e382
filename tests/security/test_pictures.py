"""A picture's address and bytes are somebody else's: where we go, and what we take."""

import io
import socket
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from PIL import Image

from integrations import addresses
from integrations.pictures import LONGEST_SIDE, MAX_BYTES, PictureRefused, fetch_picture, redraw
from tests.integrations.raw_server import Script, answer, closing, raw_server

# --- where we go ------------------------------------------------------------------------------


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names resolve to a machine of ours, as a brand's server could make them."""

    def resolve(host: str, *args: Any, **more: Any) -> list[Any]:
        found = "127.0.0.1" if host in {"cdn.example", "2130706433", "0x7f.1"} else host
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, 443))]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", resolve)


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://cdn.example/a.jpg",
        "gopher://cdn.example/a.jpg",
        "data:image/png;base64,AAAA",
        "http://cdn.example/a.jpg",
        "https://user:word@cdn.example/a.jpg",
        "https://cdn.example:22/a.jpg",
        "https://cdn.example:port/a.jpg",
        "https://127.0.0.1/a.jpg",
        "https://[::1]/a.jpg",
        "https://[::ffff:10.0.0.1]/a.jpg",
        "https://169.254.169.254/latest/meta-data/",
        "https://2130706433/a.jpg",
        "https://0x7f.1/a.jpg",
        "https://cdn.example/a.jpg",
        "//cdn.example/a.jpg",
        "a.jpg",
        "",
    ],
)
def test_d28_addresses_nobody_is_sent_to(url: str) -> None:
    """D28, edge case 78: the last ones are names that lead to this machine."""
    with pytest.raises(PictureRefused, match="address"):
        fetch_picture(url)


@contextmanager
def served(settings: Any, script: Script) -> Iterator[str]:
    """A picture server on this machine that is trusted, as the sandbox is."""
    with raw_server(script) as server:
        settings.TRUSTED_ORIGINS = [server.url]
        yield f"{server.url}/a.jpg"


def test_a_picture_is_fetched(settings: Any) -> None:
    with served(settings, answer(200, b"bytes of it", content_type="image/png")) as url:
        assert fetch_picture(url) == b"bytes of it"


@pytest.mark.parametrize("target", ["http://127.0.0.1:9/", "https://cdn.example/b.jpg", "/b.jpg"])
def test_d28_a_redirect_is_not_followed(settings: Any, target: str) -> None:
    """D28, A21: where it leads was not checked, so nobody goes there."""
    with (
        served(settings, answer(302, b"", location=target)) as url,
        pytest.raises(PictureRefused, match="answers 302"),
    ):
        fetch_picture(url)


@pytest.mark.parametrize(
    ("status", "again"),
    [(404, True), (403, True), (500, True), (410, False)],
)
def test_edge_76_a_missing_picture_says_whether_it_may_come(
    settings: Any, status: int, again: bool
) -> None:
    with (
        served(settings, answer(status, b"")) as url,
        pytest.raises(PictureRefused) as refused,
    ):
        fetch_picture(url)
    assert refused.value.again is again


def test_edge_76_a_sign_in_page_is_no_picture(settings: Any) -> None:
    page = answer(200, b"<html>Sign in</html>", content_type="text/html")
    with served(settings, page) as url, pytest.raises(PictureRefused, match="a page"):
        fetch_picture(url)


def test_more_than_the_most_is_not_read_to_its_end(settings: Any) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n"
    endless = closing(lambda line: line.sendall(head + b"x" * (MAX_BYTES + 70_000)))
    with served(settings, endless) as url, pytest.raises(PictureRefused, match="15 MB"):
        fetch_picture(url)


# --- what we take -----------------------------------------------------------------------------


def drawn(
    mode: str = "RGB", size: tuple[int, int] = (40, 30), kind: str = "PNG", **more: Any
) -> bytes:
    stream = io.BytesIO()
    Image.new(mode, size, more.pop("colour", None) or 0).save(stream, kind, **more)
    return stream.getvalue()


def looked_at(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize(
    "data",
    [
        drawn(),
        drawn("L"),
        drawn("RGBA"),
        drawn("LA"),
        drawn("P"),
        drawn("1"),
        drawn("I;16"),
        drawn("CMYK", kind="JPEG"),
        drawn(kind="GIF"),
        drawn(kind="WEBP"),
        drawn(kind="TIFF"),
        drawn(kind="GIF", save_all=True, append_images=[Image.new("RGB", (40, 30), "red")]),
    ],
    ids=["rgb", "grey", "alpha", "grey alpha", "palette", "one bit", "16 bit", "cmyk", "gif",
         "webp", "tiff", "animated"],
)  # fmt: skip
def test_d27_pictures_of_all_kinds_become_one(data: bytes) -> None:
    image = looked_at(redraw(data))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (40, 30))


def test_d27_a_picture_that_lies_on_its_side_is_set_upright_and_says_nothing_of_where() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera of Ana"
    image = looked_at(redraw(drawn(kind="JPEG", exif=exif.tobytes())))
    assert image.size == (30, 40)
    assert dict(image.getexif()) == {}
    assert b"Camera of Ana" not in redraw(drawn(kind="JPEG", exif=exif.tobytes()))


def test_what_hides_behind_a_picture_is_left_behind() -> None:
    """A polyglot: a picture to one program, a page to another."""
    hidden = b"<script>alert(1)</script>"
    assert hidden not in redraw(drawn(kind="JPEG") + hidden)


def test_edge_77_a_large_picture_is_made_smaller() -> None:
    image = looked_at(redraw(drawn(size=(3000, 1000))))
    assert max(image.size) == LONGEST_SIDE
    assert len(redraw(drawn(size=(3000, 3000)))) < 10 * 2**20


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><img src=x onerror=alert(1)></html>",
        SVG,
        drawn()[:40],
        drawn(kind="BMP"),
        b"\0" * 64,
    ],
    ids=["empty", "page", "svg", "cut", "bmp", "zeros"],
)
def test_d27_what_is_no_picture_of_ours_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(PictureRefused, match=r"picture"):
        redraw(data)


def one_bit_png(side: int) -> bytes:
    """A square of one-bit pixels: a hundred kilobytes that ask for gigabytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = b"\0" * (1 + (side + 7) // 8)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [7_000, 10_000, 30_000])
def test_d27_too_many_pixels_are_refused_before_they_are_unpacked(side: int) -> None:
    bomb = one_bit_png(side)
    assert len(bomb) < 300_000
    with pytest.raises(PictureRefused, match="40 million"):
        redraw(bomb)
