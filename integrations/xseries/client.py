"""The few things we ask of Lightspeed X-Series, in our words; each write is exactly one HTTP call.

Reads raise RateLimited, Unauthorised, Forbidden, Missing, Refused, Unreachable or Unreadable,
writes NotSent, Exists or Unknown besides (integrations/errors.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from integrations.engine import Job
from integrations.errors import Unknown, Unreadable
from integrations.transport import Caller
from integrations.xseries.api import Api, Page, data_of, id_of, path_of, unknown_unless_read
from integrations.xseries.auth import Tokens, XSeriesAuth, base_url_of
from integrations.xseries.consignments import Consignments
from integrations.xseries.payloads import (
    RemoteAttribute,
    RemoteBrand,
    RemoteCategory,
    RemoteOutlet,
    RemoteRegister,
    RemoteSale,
    RemoteShop,
    RemoteStock,
    RemoteSupplier,
    RemoteTag,
    RemoteTax,
    RemoteUser,
    RemoteWebhook,
)
from integrations.xseries.products import Products, Products202607

DELETED_TOO = {"deleted": "true"}
LEVELS_PRODUCTS, LEVELS_PAGE = 1000, 10_000
CATEGORY_PAGES = 1000


def client_for(job: Job) -> "XSeriesClient":
    """The client of the job's connection: its lane, its budget, its tokens.

    One for a job, however often it is asked for, so that its sockets are used again.
    """
    kept = vars(job)
    if "xseries_client" not in kept:
        connection = job.connection
        caller = Caller(
            connection,
            base_url=base_url_of(connection.domain_prefix),
            auth=XSeriesAuth(connection),
            before_call=job.keep_going,
        )
        kept["xseries_client"] = XSeriesClient(caller, Tokens(job))
    client: XSeriesClient = kept["xseries_client"]
    return client


class XSeriesClient(Products202607, Consignments):
    """X-Series, spoken for one connection."""

    def __init__(self, caller: Caller, tokens: Tokens) -> None:
        self.api = Api(caller, tokens)

    @property
    def products(self) -> Products:
        """The product calls by the name of their adapter: 2026-07 now, 2026-10 to come."""
        return self

    # --- the shop ------------------------------------------------------------------------

    def shop(self) -> RemoteShop:
        """The business this connection speaks for."""
        return RemoteShop.from_payload(data_of(self.api.get("retailer")))

    def outlets_after(self, version: int) -> Iterator[Page[RemoteOutlet]]:
        return self.api.feed(
            "outlets", RemoteOutlet.from_payload, after=version, params=DELETED_TOO
        )

    def registers_after(self, version: int) -> Iterator[Page[RemoteRegister]]:
        return self.api.feed(
            "registers", RemoteRegister.from_payload, after=version, params=DELETED_TOO
        )

    def taxes_after(self, version: int) -> Iterator[Page[RemoteTax]]:
        """Their list of taxes offers no deleted ones."""
        return self.api.feed("taxes", RemoteTax.from_payload, after=version)

    def users_after(self, version: int) -> Iterator[Page[RemoteUser]]:
        return self.api.feed("users", RemoteUser.from_payload, after=version)

    def user(self) -> RemoteUser:
        """Whoever the token speaks for; shown inside a list of one."""
        found = data_of(self.api.get("user"))
        return RemoteUser.from_payload(found[0] if isinstance(found, list) and found else found)

    # --- names ---------------------------------------------------------------------------

    def suppliers_after(self, version: int) -> Iterator[Page[RemoteSupplier]]:
        return self.api.feed(
            "suppliers", RemoteSupplier.from_payload, after=version, params=DELETED_TOO
        )

    def brands_after(self, version: int) -> Iterator[Page[RemoteBrand]]:
        return self.api.feed("brands", RemoteBrand.from_payload, after=version, params=DELETED_TOO)

    def tags_after(self, version: int) -> Iterator[Page[RemoteTag]]:
        return self.api.feed("tags", RemoteTag.from_payload, after=version, params=DELETED_TOO)

    def variant_attributes(self) -> list[RemoteAttribute]:
        """All of them in one call: this list has no pages."""
        rows = data_of(self.api.get("variant_attributes", params=DELETED_TOO))
        if not isinstance(rows, list):
            raise Unreadable("X-Series answered variant attributes without a list of them.")
        return [RemoteAttribute.from_payload(row) for row in rows]

    def categories(self) -> Iterator[list[RemoteCategory]]:
        """Pages of all categories; this list goes on after a category, not a version."""
        last = ""
        for _ in range(CATEGORY_PAGES):
            params = {"page_size": 1000, **({"after": last} if last else {})}
            payload = self.api.get("product_categories", params=params)
            rows = (data_of(payload) or {}).get("categories") if isinstance(payload, dict) else None
            if not isinstance(rows, list):
                raise Unreadable("X-Series answered categories without a list of them.")
            yield [RemoteCategory.from_payload(row) for row in rows]
            info = payload.get("page_info") or {}
            if not info.get("has_next"):
                return
            if not rows or info.get("last_seen") in ("", None, last):
                raise Unreadable("X-Series repeats a page of categories.")
            last = info["last_seen"]
        raise Unreadable("X-Series lists categories without an end.")

    def create_supplier(self, payload: Mapping[str, Any]) -> str:
        """A new supplier's id; a second of the same name would be taken without a word."""
        return id_of(self.api.write("POST", path_of("suppliers"), json=dict(payload)))

    def create_brand(self, payload: Mapping[str, Any]) -> str:
        return id_of(self.api.write("POST", path_of("brands"), json=dict(payload)))

    def create_attribute(self, payload: Mapping[str, Any]) -> str:
        """Raises Exists for a name that is taken."""
        return id_of(self.api.write("POST", path_of("variant_attributes"), json=dict(payload)))

    def create_tag(self, payload: Mapping[str, Any]) -> str:
        return id_of(self.api.write("POST", path_of("tags"), json=dict(payload)))

    def create_categories(self, payload: Mapping[str, Any]) -> list[str]:
        """Ids of a branch of categories, in the order of the payload."""
        path = path_of("product_categories", "bulk")
        rows = data_of(self.api.write("POST", path, json=dict(payload)))
        if not isinstance(rows, list):
            raise Unknown("Whether it was done is not known: they answered without categories.")
        return [id_of(row) for row in rows]

    def delete_supplier(self, supplier_id: str) -> None:
        self.api.write("DELETE", path_of("suppliers", supplier_id))

    def delete_brand(self, brand_id: str) -> None:
        self.api.write("DELETE", path_of("brands", brand_id))

    # --- stock ---------------------------------------------------------------------------

    def stock_after(self, version: int) -> Iterator[Page[RemoteStock]]:
        """Every inventory record that changed since."""
        return self.api.bare_feed("inventory", RemoteStock.from_payload, after=version)

    def stock_of(self, product_ids: Sequence[str]) -> list[RemoteStock]:
        """Stock of these products at all outlets, one call for each thousand of them.

        These rows show no version; the feed will bring the records again.
        """
        found: list[RemoteStock] = []
        for start in range(0, len(product_ids), LEVELS_PRODUCTS):
            wanted = list(product_ids[start : start + LEVELS_PRODUCTS])
            found += self._levels(wanted)
        return found

    def _levels(self, product_ids: list[str]) -> list[RemoteStock]:
        found: list[RemoteStock] = []
        while True:
            question = {
                "product_ids": product_ids,
                "include_inactive": True,
                "size": LEVELS_PAGE,
                "offset": len(found),
            }
            rows = data_of(self.api.ask("inventory_levels", question))
            if not isinstance(rows, list):
                raise Unreadable("X-Series answered stock levels without a list of them.")
            found += [RemoteStock.from_level(row) for row in rows]
            if len(rows) < LEVELS_PAGE:
                return found

    def stock_adjustments(self, payload: Mapping[str, Any]) -> list[str]:
        """Correct stock by signed amounts (a relative write); the ids of the corrections."""
        rows = data_of(self.api.write("POST", path_of("stock_adjustments"), json=dict(payload)))
        if not isinstance(rows, list):
            raise Unknown("Whether it was done is not known: they answered without corrections.")
        return [id_of(row) for row in rows]

    def sales_after(self, version: int) -> Iterator[Page[RemoteSale]]:
        """Sales since; their pages are smaller than those of other lists."""
        return self.api.feed("sales", RemoteSale.from_payload, after=version, size=500)

    # --- webhooks ------------------------------------------------------------------------

    def webhooks(self) -> list[RemoteWebhook]:
        rows = data_of(self.api.get("webhooks"))
        if not isinstance(rows, list):
            raise Unreadable("X-Series answered webhooks without a list of them.")
        return [RemoteWebhook.from_payload(row) for row in rows]

    def create_webhook(self, payload: Mapping[str, Any]) -> RemoteWebhook:
        """Raises Exists where this event goes to this address already."""
        answer = self.api.write("POST", path_of("webhooks"), json=dict(payload))
        with unknown_unless_read():
            return RemoteWebhook.from_payload(data_of(answer))
