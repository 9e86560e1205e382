"""The few things we ask of NuORDER, in our words.

Paths only, no query strings: with NuORDER's own signing style a query is answered 401. An answer
is handed on as raw bytes where a border reads it (`payloads`, `products`, `stock`), so that what
was sent can be kept. Nothing here writes; a retailer never moves a brand's status.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import quote

from django.conf import settings

from integrations.errors import Missing, Refused, RemoteError, Unauthorised, Unreadable
from integrations.models import Connection
from integrations.nuorder.auth import NUORDER, RFC5849, Handshake, Keys, NuOrderAuth
from integrations.nuorder.body import Fields, parse
from integrations.nuorder.stock import SupplierStock, read_stock
from integrations.nuorder.values import label_key, shown
from integrations.transport import Answer, Caller

# Calls under way at one moment to one portal; no official number is known, five were mentioned.
IN_FLIGHT = 2
_MOST_ORDERS = 100_000


@dataclass(frozen=True, slots=True)
class TokenPair:
    """An OAuth 1 token and its secret."""

    token: str
    secret: str


@dataclass(frozen=True, slots=True)
class Company:
    """The retailer as one brand keeps it: what a reorder has to name."""

    key: str
    name: str
    code: str
    currency: str
    buyer_emails: tuple[str, ...]


class NuOrderClient:
    """Speaks for one brand portal."""

    def __init__(
        self, caller: Caller, auth: NuOrderAuth, *, between: Callable[[], None] | None = None
    ) -> None:
        self.caller = caller
        self.auth = auth
        self._between = between

    def __enter__(self) -> "NuOrderClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.caller.close()

    # --- handshake -------------------------------------------------------------------------

    def initiate(self) -> TokenPair:
        """A temporary token for an application that somebody then approves in NuORDER."""
        return _token_pair(self._get("/api/initiate").body)

    def exchange(self) -> TokenPair:
        """The permanent token for the verification code in the handshake."""
        return _token_pair(self._get("/api/token").body)

    # --- reading ---------------------------------------------------------------------------

    def order_ids(self, status: str) -> list[str]:
        """Ids of all orders in that status, each once, in the order they came."""
        found = _read(self._get(f"/api/orders/{quote(status, safe='')}/list"), "the list of orders")
        if not isinstance(found, list) or len(found) > _MOST_ORDERS:
            raise Unreadable(f"The list of orders is {shown(found)}, not a list of ids.")
        ids = (label_key(value) for value in found if isinstance(value, str))
        return list(dict.fromkeys(key for key in ids if key and len(key) <= 120))

    def order(self, key: str) -> bytes:
        """The raw body of one order; raises Missing when it is gone."""
        return self._get(f"/api/order/{quote(key, safe='')}").body

    def order_by_number(self, number: str) -> bytes:
        """The raw body of the order with this number: the look before and after a reorder."""
        return self._get(f"/api/order/number/{quote(number, safe='')}").body

    def product(self, key: str) -> bytes:
        """The raw body of one product; raises Missing when the brand took it away."""
        return self._get(f"/api/product/{quote(key, safe='')}").body

    def products(self, keys: Iterable[str]) -> Iterator[tuple[str, bytes | RemoteError]]:
        """Raw bodies of several products, at most two calls under way at a time.

        A product's own failure (gone, refused, unreadable) comes in place of its body; what
        concerns the whole connection (busy, down, not signed in) is raised.
        """
        waiting = iter(keys)
        with ThreadPoolExecutor(max_workers=IN_FLIGHT) as helpers:
            while pair := list(islice(waiting, IN_FLIGHT)):
                # The helpers' calls cannot renew the lease; this thread does it for them.
                if self._between is not None:
                    self._between()
                yield from zip(pair, helpers.map(self._product_or_fault, pair), strict=True)

    def _product_or_fault(self, key: str) -> bytes | RemoteError:
        try:
            return self.product(key)
        except Unauthorised:
            raise
        except (Refused, Unreadable) as error:
            return error

    def stock(self, product_key: str) -> tuple[SupplierStock, ...] | None:
        """What the brand has of one product; None where it does not track it (404)."""
        try:
            answer = self._get(f"/api/inventory/{quote(product_key, safe='')}")
        except Missing:
            return None
        return read_stock(answer.body)

    def company(self, key: str) -> Company:
        """The retailer's record with this brand; its id stands on every order."""
        body = _read(self._get(f"/api/company/{quote(key, safe='')}"), "the company")
        if not isinstance(body, Fields):
            raise Unreadable(f"The company is {shown(body)} where a record belongs.")
        buyers = body.get("buyers")
        emails = [
            _text(buyer.get("email"))
            for buyer in (buyers if isinstance(buyers, list) else [])
            if isinstance(buyer, Fields)
        ]
        return Company(
            key=_text(body.get("_id")),
            name=_text(body.get("name")),
            code=_text(body.get("code")),
            currency=_text(body.get("currency_code")).upper()[:3],
            buyer_emails=tuple(email for email in emails if email),
        )

    def _get(self, path: str) -> Answer:
        """One read; signed once more when our clock or a nonce was what they minded (C9, C10)."""
        try:
            return self.caller.read("GET", path)
        except Unauthorised as error:
            if not (self.auth.correct_clock() or "nonce" in error.raw.lower()):
                raise
            return self.caller.read("GET", path)


def client_for(
    connection: Connection,
    *,
    before_call: Callable[[], None] | None = None,
    handshake: Handshake | None = None,
    signing: str = "",
) -> NuOrderClient:
    """A client that speaks with this connection's secrets, clock and signing style."""
    auth = NuOrderAuth(
        Keys(
            connection.consumer_key,
            connection.consumer_secret,
            connection.token,
            connection.token_secret,
        ),
        signing=signing or connection.signing,
        offset=connection.clock_offset,
        handshake=handshake,
    )
    caller = Caller(connection, base_url=host_of(connection), auth=auth, before_call=before_call)
    return NuOrderClient(caller, auth, between=before_call)


def host_of(connection: Connection) -> str:
    """Scheme and host of this portal's API, without a slash at its end."""
    return (connection.host or settings.NUORDER_HOST).rstrip("/")


def other_style(signing: str) -> str:
    """The signing style to try when this one is refused."""
    return RFC5849 if signing == NUORDER else NUORDER


def _token_pair(raw: bytes) -> TokenPair:
    try:
        body = parse(raw)
    except Unreadable as error:
        # The answer is never quoted: it may hold half a secret.
        raise Unreadable(f"NuORDER's answer to the handshake: {error}.") from None
    token = _text(body.get("oauth_token")) if isinstance(body, Fields) else ""
    secret = _text(body.get("oauth_token_secret")) if isinstance(body, Fields) else ""
    if not (token and secret):
        raise Unreadable("NuORDER's answer to the handshake holds no token.")
    return TokenPair(token, secret)


def _read(answer: Answer, what: str) -> Any:
    try:
        return parse(answer.body)
    except Unreadable as error:
        raise Unreadable(f"NuORDER sent {what}, but {error}.", raw=error.raw) from error


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
