"""Purchase orders on the wire: consignments of type SUPPLIER and their lines.

Bulk *adds*, a single PUT *sets*; any `received` moves an order on (X-Series reference 13).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings

from integrations.errors import Unreadable
from integrations.xseries.api import (
    PAGE,
    Api,
    Page,
    data_of,
    page_of,
    path_of,
    unknown_unless_read,
)
from integrations.xseries.order_records import (
    RemoteConsignment,
    RemoteConsignmentLine,
    RemoteTotals,
)


def _body(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Flat, or in `data`: their documents disagree, so it is a setting."""
    return {"data": dict(payload)} if settings.XSERIES_WRAP_CONSIGNMENTS else dict(payload)


class Consignments:
    """Every call about purchase orders."""

    api: Api

    # --- reading -------------------------------------------------------------------------

    def consignments_after(self, version: int) -> Iterator[Page[RemoteConsignment]]:
        """Every consignment that changed since, of all types: a filter could hide a page's end."""
        return self.api.feed(
            "consignments",
            RemoteConsignment.from_payload,
            after=version,
            params={"deleted": "true"},
        )

    def consignment(self, consignment_id: str) -> RemoteConsignment:
        """One consignment's head. Raises Missing."""
        return RemoteConsignment.from_payload(data_of(self.api.get("consignments", consignment_id)))

    def consignment_lines(
        self, consignment_id: str, *, wanted: Collection[str] = ()
    ) -> list[RemoteConsignmentLine]:
        """All lines of a consignment, one a product, deleted ones left out.

        With `wanted`, reading ends where each of these products has been seen, which saves the
        call for the empty page; one that is not there is only missed after the last page.
        """
        found: dict[str, RemoteConsignmentLine] = {}
        cursor = 0
        while True:
            payload = self.api.get(
                "consignments",
                consignment_id,
                "products",
                params={"after": cursor, "page_size": PAGE},
            )
            page = _line_page(payload)
            if page.troubles:
                raise Unreadable(" ".join(page.troubles[:5]))
            found |= {line.product_id: line for line in page.rows}
            if page.cursor <= cursor or not page.rows or _has_all(found, wanted):
                break
            cursor = page.cursor
        return [line for line in found.values() if line.deleted_at is None]

    def totals(self, consignment_id: str) -> RemoteTotals:
        """What they count and sum for a consignment."""
        payload = data_of(self.api.get("consignments", consignment_id, "totals"))
        first = payload[0] if isinstance(payload, list) and payload else payload
        return RemoteTotals.from_payload(first)

    # --- heads ---------------------------------------------------------------------------

    def create_consignment(self, payload: Mapping[str, Any]) -> RemoteConsignment:
        """A new purchase order's head; a repeated call would make a second one."""
        answer = self.api.write("POST", path_of("consignments"), json=_body(payload))
        with unknown_unless_read():
            return RemoteConsignment.from_payload(data_of(answer))

    def update_consignment(
        self, consignment_id: str, payload: Mapping[str, Any]
    ) -> RemoteConsignment:
        """Set head members, and the status one step along its chain."""
        path = path_of("consignments", consignment_id)
        answer = self.api.write("PUT", path, json=_body(payload))
        with unknown_unless_read():
            return RemoteConsignment.from_payload(data_of(answer))

    def delete_consignment(self, consignment_id: str) -> None:
        """Delete an order that is not received. Raises Missing when it is gone already."""
        self.api.write("DELETE", path_of("consignments", consignment_id))

    # --- lines ---------------------------------------------------------------------------

    def add_lines_bulk(
        self, consignment_id: str, entries: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Many lines in one call, **added** to what is there. What they answer is by product id.

        At most 500 entries (they time out above); never twice after an unknown outcome without
        reading the lines first.
        """
        path = path_of("consignments", consignment_id, "bulk")
        found = data_of(self.api.write("POST", path, json=[dict(entry) for entry in entries]))
        return found if isinstance(found, dict) else {}

    def put_line(self, consignment_id: str, product_id: str, payload: Mapping[str, Any]) -> None:
        """Set one line's count, cost or received units; may be repeated freely."""
        path = path_of("consignments", consignment_id, "products", product_id)
        # Their schema of a line wants the product in the body as well.
        self.api.write("PUT", path, json=_body({"product_id": product_id, **payload}))

    def post_line(self, consignment_id: str, payload: Mapping[str, Any]) -> None:
        """Add one line; one that is there already may be added to."""
        path = path_of("consignments", consignment_id, "products")
        self.api.write("POST", path, json=_body(payload))

    def delete_line(self, consignment_id: str, product_id: str) -> None:
        """Take one line off an order that is not on its way yet."""
        self.api.write("DELETE", path_of("consignments", consignment_id, "products", product_id))


def _has_all(found: Mapping[str, RemoteConsignmentLine], wanted: Collection[str]) -> bool:
    """Is each of these products there, alive? Never when nothing particular is wanted."""
    return bool(wanted) and all(
        product in found and found[product].deleted_at is None for product in wanted
    )


def _line_page(payload: Any) -> Page[RemoteConsignmentLine]:
    """A page of lines; their schema promises no version, their example shows one (5.3)."""
    rows = data_of(payload)
    if not isinstance(rows, list):
        raise Unreadable("X-Series answered the lines of an order without a list of them.")
    version = payload.get("version") if isinstance(payload, dict) else None
    highest = version.get("max") if isinstance(version, dict) else None
    page = page_of(rows, RemoteConsignmentLine.from_payload, 0, "order lines")
    own = max((line.version for line in page.rows), default=0)
    cursor = highest if isinstance(highest, int) else own
    return Page(page.rows, cursor, page.troubles, page.size)
