"""Speaking HTTP over real sockets that misbehave (faults A8-A23; SSRF)."""

import gzip
import socket
import ssl
import time
import tracemalloc

import pytest
import requests.auth
from django.db import transaction

from integrations import addresses, errors, transport
from integrations.addresses import AddressRefused, checked_url, is_public
from integrations.budget import reserve_open
from integrations.lanes import lane_of
from integrations.transport import Caller
from tests.integrations.engine_kit import connected, lane
from tests.integrations.raw_server import answer, closing, raw_server, reset

pytestmark = pytest.mark.django_db
JSON = b'{"price": 12.50, "count": 3}'


@pytest.fixture
def portal(shop):
    connection = connected(shop)
    lane_of(connection.pk)
    return connection


@pytest.fixture
def call(portal, settings):
    """`call(server)` is a caller for it; the whole call may take one second."""
    settings.SYNC_TIME_SCALE = 1 / 65
    callers = []

    def make(server, **parts):
        settings.TRUSTED_ORIGINS = [server.url]
        callers.append(Caller(portal, base_url=server.url, auth=None, **parts))
        return callers[-1]

    yield make
    for one in callers:
        one.close()


def read(caller):
    return caller.read("GET", "/things")


def write(caller):
    return caller.write("POST", "/things", json={"name": "x"})


def outcome(act, caller):
    with pytest.raises(errors.RemoteError) as caught:
        act(caller)
    return type(caught.value)


def test_a_read_and_a_write(call):
    with raw_server(answer(body=JSON)) as server:
        caller = call(server)
        found = caller.read("GET", "/things", params={"after": 5}).json()
        caller.write("POST", "/things", json={"name": "é"})
    assert str(found["price"]) == "12.50"
    assert server.seen[0].line == "GET /things?after=5 HTTP/1.1"
    assert server.seen[0].headers["user-agent"].startswith("PO-Sync")
    assert server.seen[1].headers["content-type"] == "application/json"
    assert server.connections == 1, "the line is kept alive"


def test_a_form_is_sent_as_a_form(call):
    with raw_server(answer(body=JSON)) as server:
        call(server).write("POST", "/token", data={"code": "a b"})
    assert server.seen[0].body == b"code=a+b"


@pytest.mark.parametrize(
    ("fault", "on_read", "on_write"),
    [
        ("A9 reset before an answer", errors.Unreachable, errors.Unknown),
        ("A10 closed without a word", errors.Unreachable, errors.Unknown),
        ("A11 headers, then silence", errors.Unreachable, errors.Unknown),
        ("A12 headers in drips", errors.Unreachable, errors.Unknown),
        ("A12 body in drips", errors.Unreachable, errors.Unknown),
        ("A15 truncated", errors.Unreachable, errors.Unknown),
        ("A19 endless", errors.Unreadable, errors.Unknown),
        ("A26 a header of 100 KB", errors.Unreachable, errors.Unknown),
        ("not HTTP at all", errors.Unreachable, errors.Unknown),
    ],
)
def test_broken_answers(call, fault, on_read, on_write):
    def drip(line):
        for _ in range(200):
            line.sendall(b"x")
            time.sleep(0.05)

    def headers(line, *more):
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + b"".join(more))

    def endless(line):
        headers(line, b"\r\n")
        while True:
            line.sendall(b" " * 65536)

    acts = {
        "A9 reset before an answer": reset,
        "A10 closed without a word": lambda line: line.close(),
        "A11 headers, then silence": lambda line: (
            headers(line, b"Content-Length: 9\r\n\r\n"),
            time.sleep(3),
        ),
        "A12 headers in drips": lambda line: (headers(line), drip(line)),
        "A12 body in drips": lambda line: (headers(line, b"\r\n"), drip(line)),
        "A15 truncated": lambda line: headers(line, b'Content-Length: 99\r\n\r\n{"id":'),
        "A19 endless": endless,
        "A26 a header of 100 KB": lambda line: headers(line, b"X: " + b"y" * 100_000 + b"\r\n\r\n"),
        "not HTTP at all": lambda line: line.sendall(b"220 mail.example ESMTP\r\n"),
    }
    with raw_server(closing(acts[fault])) as server:
        for act, expected in ((read, on_read), (write, on_write)):
            began = time.monotonic()
            assert outcome(act, call(server)) is expected
            assert time.monotonic() - began < 2.5, "the total deadline ends it"


def test_a12_the_deadline_also_ends_a_slow_reader(call):
    """A server that takes our upload a byte at a time."""

    def crawl(line):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        time.sleep(5)

    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

    class Here:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    began = time.monotonic()
    with listener, pytest.raises(errors.Unknown):
        call(Here).write("POST", "/", data={"x": "y" * 8_000_000})
    assert time.monotonic() - began < 2.5


def test_a8_nobody_listens_is_not_sent(call):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))

        class Nobody:
            url = f"http://127.0.0.1:{free.getsockname()[1]}"

        assert outcome(write, call(Nobody)) is errors.NotSent
        assert outcome(read, call(Nobody)) is errors.Unreachable


def test_a8_a_name_that_does_not_exist_is_not_sent(portal, monkeypatch):
    def unknown(*_args, **_more):
        raise socket.gaierror("no such name")

    monkeypatch.setattr(addresses.socket, "getaddrinfo", unknown)
    with Caller(portal, base_url="https://shop.example", auth=None) as caller:
        assert outcome(write, caller) is errors.NotSent


def test_a18_a_gzip_bomb_is_stopped_and_memory_stays_flat(call):
    bomb = gzip.compress(b" " * 200_000_000)
    with raw_server(answer(body=bomb, content_encoding="gzip")) as server:
        caller = call(server)
        tracemalloc.start()
        assert outcome(read, caller) is errors.Unreadable
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 80_000_000


def test_a16_a_web_page_is_not_parsed(call):
    with raw_server(answer(body=b"<html>Sign in</html>", content_type="text/html")) as server:
        found = read(call(server))
        with pytest.raises(errors.Unreadable, match="a web page"):
            found.json()


def test_a17_right_json_under_a_wrong_type_is_read(call):
    with raw_server(answer(body=JSON, content_type="text/plain")) as server:
        assert read(call(server)).json()["count"] == 3


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"a": NaN}', b'{"a": Infinity}', b"[" * 100_000, b"1" * 5000, b"\xff\xfe{}"],
    ids=["A23 empty", "cut", "D5 NaN", "D5 Infinity", "D8 nested", "D7 digits", "not UTF-8"],
)
def test_what_is_no_json_is_unreadable(body):
    with pytest.raises(errors.Unreadable):
        transport.read_json(body)


# --- redirects (A20, A21) ----------------------------------------------------------------------


def test_a_read_follows_within_the_server_and_signs_again(call):
    with raw_server(answer(302, location="/elsewhere"), answer(body=JSON)) as server:
        assert read(call(server)).json()["count"] == 3
    assert server.seen[1].line.startswith("GET /elsewhere ")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_write_is_never_redirected(call, status):
    with raw_server(answer(status, location="/elsewhere")) as server:
        assert outcome(write, call(server)) is errors.Unknown
        assert len(server.seen) == 1


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:1/x",
        "https://evil.example/",
        "http://169.254.169.254/latest",
        "//evil.example/",
    ],
)
def test_a_read_never_leaves_its_server(call, location):
    with raw_server(answer(302, location=location)) as server:
        assert outcome(read, call(server)) is errors.Unreadable
        assert len(server.seen) == 1


def test_going_round_in_circles_ends(call):
    with raw_server(answer(302, location="/again")) as server:
        assert outcome(read, call(server)) is errors.Unreadable
        assert len(server.seen) == 4


# --- where we may speak to ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example",
        "https://user@shop.example",
        "https://shop.example:8443",
        "https://127.0.0.1",
        "https://[::1]",
        "https://169.254.169.254",
        "https://10.0.0.1",
        "https://[::ffff:127.0.0.1]",
        "https://[64:ff9b::7f00:1]",
        "ftp://shop.example",
        "https://",
        "file:///etc/passwd",
    ],
)
def test_addresses_we_do_not_speak_to(url):
    with pytest.raises(AddressRefused):
        checked_url(url)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("100.64.0.1", False),
        ("192.0.0.8", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::808:808", False),
        ("224.0.0.1", False),
        ("2606:4700::1", True),
    ],
)
def test_which_addresses_are_public(address, public):
    import ipaddress

    assert is_public(ipaddress.ip_address(address)) is public


@pytest.mark.parametrize("found", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1"])
def test_a_name_that_leads_inside_is_refused_before_a_byte_leaves(portal, monkeypatch, found):
    family = socket.AF_INET6 if ":" in found else socket.AF_INET
    monkeypatch.setattr(
        addresses.socket,
        "getaddrinfo",
        lambda *args, **more: [(family, socket.SOCK_STREAM, 6, "", (found, 443))],
    )
    with Caller(portal, base_url="https://shop.example", auth=None) as caller:
        assert outcome(write, caller) is errors.NotSent


@pytest.mark.parametrize("path", ["//evil.example/x", "https://evil.example", "things", "/a\\b"])
def test_only_paths_are_called(call, path):
    with raw_server(answer()) as server, pytest.raises(ValueError, match="not a path"):
        call(server).read("GET", path)


def test_a22_a_certificate_nobody_signed_is_refused(call, tmp_path):
    """A TLS server with a certificate of its own making: nothing is sent to it."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "both.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    import threading

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def shake():
            line, _ = listener.accept()
            try:
                context.wrap_socket(line, server_side=True)
            except (ssl.SSLError, OSError):
                line.close()

        threading.Thread(target=shake, daemon=True).start()

        class Here:
            url = f"https://127.0.0.1:{listener.getsockname()[1]}"

        with pytest.raises(errors.NotSent, match="certificate"):
            write(call(Here))


# --- our own rules -----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_no_call_is_made_inside_a_transaction(call):
    with raw_server(answer()) as server:
        caller = call(server)
        with transaction.atomic(), pytest.raises(RuntimeError, match="inside a transaction"):
            read(caller)
        assert server.seen == []


def test_before_each_call_the_lease_is_renewed(call):
    renewed = []
    with raw_server(answer()) as server:
        caller = call(server, before_call=lambda: renewed.append(1))
        read(caller)
        write(caller)
    assert len(renewed) == 2


def test_a_worker_that_was_paused_before_the_first_byte_does_not_send(call, monkeypatch):
    """E9: between our last check of the lease and the first byte the process stood still."""

    class Pausing(requests.auth.AuthBase):
        def __call__(self, request):
            time.sleep(1.2)  # longer than the whole call may take
            return request

    with raw_server(answer()) as server:
        caller = call(server)
        caller._auth = Pausing()
        assert outcome(write, caller) is errors.NotSent
        assert server.seen == []


def test_environment_proxies_are_not_used(call, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with raw_server(answer(body=JSON)) as server:
        assert read(call(server)).status == 200


# --- the budget --------------------------------------------------------------------------------


def test_calls_are_counted_and_the_limit_is_learned(call, portal):
    headers = {"x_ratelimit_limit": "350", "x_ratelimit_remaining": "349"}
    with raw_server(answer(**headers)) as server:
        caller = call(server)
        read(caller)
        write(caller)
    row = lane(portal)
    assert (row.calls, row.budget_limit, row.budget_left) == (2, 350, 349)


def test_a4_a_429_rests_the_whole_lane(call, portal):
    with raw_server(answer(429, retry_after="60")) as server:
        caller = call(server)
        assert outcome(write, caller) is errors.RateLimited
        assert lane(portal).paused_until is not None
        assert outcome(read, caller) is errors.RateLimited
        assert len(server.seen) == 1, "the second call was not made"


def test_the_reserve_is_for_people(call, portal, settings):
    settings.SYNC_TIME_SCALE = 1.0
    headers = {"x_ratelimit_limit": "100", "x_ratelimit_remaining": "5"}
    with raw_server(answer(**headers)) as server:
        settings.TRUSTED_ORIGINS = [server.url]
        with Caller(portal, base_url=server.url, auth=None) as caller:
            read(caller)
            read(caller)  # the window had no end yet; now it has
            assert outcome(read, caller) is errors.RateLimited
            with reserve_open(True):
                assert read(caller).status == 200


def test_helper_threads_may_read_but_not_write(call, portal):
    from concurrent.futures import ThreadPoolExecutor

    with raw_server(answer(body=JSON)) as server:
        caller = call(server)
        with ThreadPoolExecutor(2) as pool:
            assert [a.status for a in pool.map(lambda _: read(caller), range(4))] == [200] * 4
            with pytest.raises(RuntimeError, match="holds the lane"):
                pool.submit(write, caller).result()
        caller.close()
    assert lane(portal).calls == 4
