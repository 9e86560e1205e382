"""Products on the wire, model 2026-07: what a 2026-10 implementation would stand beside.

`Products` names what the rest of the app needs of either model. In 2026-07 a family is a list of
products that share a parent and a name; creating answers ids in no useful order, so everything
made is read back by SKU, never by position (X-Series reference 10).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from integrations.errors import Unknown, Unreadable
from integrations.xseries.api import Api, Page, data_of, id_of, path_of, unknown_unless_read
from integrations.xseries.outgoing import update_payload
from integrations.xseries.product_records import RemoteImage, RemoteProduct

# The only published way to add a variant to a family before 2026-10 (reference 10.3).
ADD_VARIANT_VERSION = "2.1"
SEARCH_PAGE = 1000


class Products(Protocol):
    """Products, whichever model they are spoken to in."""

    def products_after(self, version: int) -> Iterator[Page[RemoteProduct]]: ...
    def product(self, product_id: str) -> RemoteProduct: ...
    def products_by_sku(self, sku: str) -> list[RemoteProduct]: ...
    def products_by_name(self, name: str) -> list[RemoteProduct]: ...
    def search_products(self, skus: Sequence[str]) -> list[RemoteProduct]: ...
    def create_family(self, payload: Mapping[str, Any]) -> list[str]: ...
    def add_variant(self, payload: Mapping[str, Any]) -> str: ...
    def update_product(
        self,
        product_id: str,
        common: Mapping[str, Any] | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None: ...
    def delete_product(self, product_id: str) -> None: ...
    def delete_family(self, product_id: str) -> None: ...
    def upload_image(
        self, product_id: str, content: bytes, filename: str, content_type: str
    ) -> tuple[str, str]: ...
    def image(self, image_id: str) -> RemoteImage: ...
    def delete_image(self, image_id: str) -> None: ...


class Products202607:
    """Products by the 2026-07 endpoints, supported until mid-2027."""

    api: Api

    # --- reading -------------------------------------------------------------------------

    def products_after(self, version: int) -> Iterator[Page[RemoteProduct]]:
        """Every product that changed since, deleted ones too."""
        return self.api.feed(
            "products", RemoteProduct.from_payload, after=version, params={"deleted": "true"}
        )

    def product(self, product_id: str) -> RemoteProduct:
        """One product. Raises Missing."""
        return RemoteProduct.from_payload(data_of(self.api.get("products", product_id)))

    def products_by_sku(self, sku: str) -> list[RemoteProduct]:
        """Products with this SKU; live ones only, straight from their catalogue."""
        return self._listed(self.api.get("products", params={"sku": sku}))

    def products_by_name(self, name: str) -> list[RemoteProduct]:
        """All members of the families of this name."""
        return self._listed(self.api.get("products", params={"name": name}))

    def search_products(self, skus: Sequence[str]) -> list[RemoteProduct]:
        """Products with any of these SKUs in one call; their index may lag behind."""
        params = [("type", "products"), ("page_size", str(SEARCH_PAGE))]
        params += [("sku", sku.lower()) for sku in skus]
        return self._listed(self.api.get("search", params=params))

    def _listed(self, payload: Any) -> list[RemoteProduct]:
        rows = data_of(payload)
        if not isinstance(rows, list):
            raise Unreadable("X-Series answered products without a list of them.")
        return [RemoteProduct.from_payload(row) for row in rows]

    # --- writing -------------------------------------------------------------------------

    def create_family(self, payload: Mapping[str, Any]) -> list[str]:
        """A product, or a family with its variants; their ids, whose order says nothing."""
        ids = data_of(self.api.write("POST", path_of("products"), json=dict(payload)))
        if not isinstance(ids, list) or not ids or not all(isinstance(one, str) for one in ids):
            raise Unknown("Whether it was done is not known: they answered without ids.")
        return ids

    def add_variant(self, payload: Mapping[str, Any]) -> str:
        """One more variant of a family, see `payloads.added_variant_payload`; its id."""
        path = path_of("products", version=ADD_VARIANT_VERSION)
        found = data_of(self.api.write("POST", path, json=dict(payload)))
        return id_of(found[0] if isinstance(found, list) and found else found)

    def update_product(
        self,
        product_id: str,
        common: Mapping[str, Any] | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Change a family (`common`) and one product (`details`); lists replace the old ones."""
        path = path_of("products", product_id)
        self.api.write("PUT", path, json=update_payload(common, details))

    def delete_product(self, product_id: str) -> None:
        """Delete one product. Raises Missing when it is gone already."""
        self.api.write("DELETE", path_of("products", product_id))

    def delete_family(self, product_id: str) -> None:
        """Delete the product with all others of its family."""
        self.api.write("DELETE", path_of("products", product_id, "all"))

    # --- pictures ------------------------------------------------------------------------

    def upload_image(
        self, product_id: str, content: bytes, filename: str, content_type: str
    ) -> tuple[str, str]:
        """Upload the bytes of a picture; its id and status (`processing` at first)."""
        payload = self.api.write(
            "POST",
            path_of("products", product_id, "actions", "image_upload"),
            files={"image": (filename, content, content_type)},
        )
        with unknown_unless_read():
            image = RemoteImage.from_payload(data_of(payload))
        return image.remote_id, image.status

    def image(self, image_id: str) -> RemoteImage:
        """What became of an upload."""
        return RemoteImage.from_payload(data_of(self.api.get("product_images", image_id)))

    def delete_image(self, image_id: str) -> None:
        """Take a picture off its product."""
        self.api.write("DELETE", path_of("product_images", image_id))
