"""The kinds of write an order needs, each with its natural key and its look.

Every one goes through `integrations.journal.perform`: journal, look, settle, send once, read
back. A look asks the local mirror, brought up to date once per run; after an unknown outcome it
is brought up to date again. Dangers and natural keys: docs/architecture.md, "Every write".
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from catalog.models import Attribute, Brand, Product, Variant
from catalog.names import attribute_alias, name_key
from integrations.engine import Job, Stop
from integrations.journal import Found
from integrations.models import PosOrder, RemoteLink, SyncTask
from integrations.sending.wanted import AdditionWanted, FamilyWanted, Wanted, brand_name_of
from integrations.xseries import payloads
from integrations.xseries.client import XSeriesClient
from integrations.xseries.sync import bring_up_to_date
from purchasing.models import Delivery, PurchaseOrder, Supplier


@dataclass(slots=True)
class Mirror:
    """Our copy of the POS during one run: each feed is read once, and again when in doubt."""

    job: Job
    fresh: set[str] = field(default_factory=set)

    def once(self, *streams: str) -> None:
        """Read the changes of these feeds unless this run has done so."""
        if missing := tuple(stream for stream in streams if stream not in self.fresh):
            self.again(*missing, thorough=False)

    def again(self, *streams: str, thorough: bool = True) -> None:
        """Read the changes of these feeds now; thoroughly, since something is in doubt."""
        bring_up_to_date(self.job, streams=streams, thorough=thorough)
        self.fresh.update(streams)

    def look(self, probe: dict[str, Any], stream: str) -> None:
        """Before a first send the run's copy will do; after one, only the newest."""
        if probe:
            self.again(stream)
        else:
            self.once(stream)


@dataclass(slots=True)
class Context:
    """What all writes of one run share."""

    job: Job
    client: XSeriesClient
    mirror: Mirror
    wanted: Wanted
    generation: int = 1
    delivery: Delivery | None = None

    @property
    def order(self) -> PurchaseOrder:
        return self.wanted.order

    def remember(self, kind: str, local_id: int, remote_id: str, **facts: Any) -> None:
        """Link our row to theirs; repeating it changes nothing."""
        RemoteLink.objects.update_or_create(
            connection=self.job.connection,
            kind=kind,
            remote_id=remote_id,
            defaults={
                "retailer_id": self.order.retailer_id,
                "local_id": local_id,
                "facts": facts,
            },
        )

    def remote_of(self, kind: str, local_ids: Iterable[int]) -> dict[int, str]:
        """Their ids of our rows."""
        return dict(
            RemoteLink.objects.filter(
                connection=self.job.connection, kind=kind, local_id__in=list(local_ids)
            ).values_list("local_id", "remote_id")
        )


@dataclass(slots=True)
class BaseWrite(ABC):
    """What the journal asks of every write."""

    context: Context
    kind = ""
    confirm_twice = False

    @property
    @abstractmethod
    def key(self) -> str:
        """Deterministic, from our data."""

    @property
    @abstractmethod
    def title(self) -> str:
        """For people: what is written."""

    @abstractmethod
    def look(self, probe: dict[str, Any]) -> list[Found]:
        """Is it there already?"""

    @abstractmethod
    def payload(self) -> Any:
        """What is sent."""

    @abstractmethod
    def send(self, payload: Any) -> Found:
        """Exactly one remote write."""

    @property
    def generation(self) -> int:
        return self.context.generation

    @property
    def order_id(self) -> int | None:
        return self.context.order.pk

    @property
    def delivery_id(self) -> int | None:
        return self.context.delivery.pk if self.context.delivery else None

    def probe(self) -> dict[str, Any]:
        """A mark that this was sent: a later look then reads the feed again."""
        return {"sent": True}

    def record(self, found: Found) -> None:  # noqa: B027 - most writes leave nothing to note
        """Note the consequences of our own; called inside the fenced transaction."""


@dataclass(slots=True)
class SupplierWrite(BaseWrite):
    """The supplier, by its normalised name: the POS would take a twin without a word."""

    kind = "supplier"

    @property
    def key(self) -> str:
        return self.context.order.supplier.name_key

    @property
    def title(self) -> str:
        return f"Supplier {self.context.order.supplier.name}"

    def look(self, probe: dict[str, Any]) -> list[Found]:
        self.context.mirror.look(probe, "suppliers")
        same = Supplier.objects.filter(name_key=self.key, deleted_at=None)
        links = self.context.remote_of("supplier", same.values_list("pk", flat=True))
        return [Found(remote_id=remote, result={"local": local}) for local, remote in links.items()]

    def payload(self) -> dict[str, Any]:
        return payloads.supplier_payload(self.context.order.supplier.name)

    def send(self, payload: Any) -> Found:
        return Found(remote_id=self.context.client.create_supplier(payload), result={})

    def record(self, found: Found) -> None:
        supplier = self.context.order.supplier
        local = found.result.get("local", supplier.pk)
        if local != supplier.pk:
            PurchaseOrder.objects.filter(pk=self.context.order.pk).update(supplier_id=local)
            self.context.order.supplier_id = local
        else:
            self.context.remember("supplier", supplier.pk, found.remote_id)
            Supplier.objects.filter(pk=supplier.pk).update(in_pos=True)
        self.context.wanted.supplier_remote = found.remote_id


@dataclass(slots=True)
class BrandWrite(BaseWrite):
    """A brand, by its normalised name."""

    kind = "brand"
    name: str = ""

    @property
    def key(self) -> str:
        return name_key(self.name)

    @property
    def title(self) -> str:
        return f"Brand {self.name}"

    def look(self, probe: dict[str, Any]) -> list[Found]:
        self.context.mirror.look(probe, "brands")
        same = Brand.objects.filter(name_key=self.key, deleted_at=None).order_by("pk")
        links = self.context.remote_of("brand", same.values_list("pk", flat=True))
        return [Found(remote_id=remote, result={"local": local}) for local, remote in links.items()]

    def payload(self) -> dict[str, Any]:
        return payloads.brand_payload(self.name)

    def send(self, payload: Any) -> Found:
        return Found(remote_id=self.context.client.create_brand(payload), result={})

    def record(self, found: Found) -> None:
        if "local" not in found.result:
            brand = Brand.objects.filter(name_key=self.key, deleted_at=None).first()
            if brand is None:
                brand = Brand.objects.create(
                    retailer_id=self.context.order.retailer_id, name=self.name
                )
            self.context.remember("brand", brand.pk, found.remote_id)
        self.context.wanted.brand_remotes[self.key] = found.remote_id


@dataclass(slots=True)
class AttributeWrite(BaseWrite):
    """A variant attribute, by the one key of its many names."""

    kind = "attribute"
    name: str = ""

    @property
    def key(self) -> str:
        return attribute_alias(self.name)

    @property
    def title(self) -> str:
        return f"Attribute {self.name}"

    def look(self, probe: dict[str, Any]) -> list[Found]:
        self.context.mirror.look(probe, "attributes")
        same = [
            attribute.pk
            for attribute in Attribute.objects.filter(deleted_at=None)
            if attribute_alias(attribute.name) == self.key
        ]
        links = self.context.remote_of("attribute", same)
        return [
            Found(remote_id=remote, result={"local": local}) for local, remote in links.items()
        ][:1]

    def payload(self) -> dict[str, Any]:
        return payloads.attribute_payload(self.name)

    def send(self, payload: Any) -> Found:
        return Found(remote_id=self.context.client.create_attribute(payload), result={})

    def record(self, found: Found) -> None:
        if "local" not in found.result:
            attribute = Attribute.objects.create(
                retailer_id=self.context.order.retailer_id, name=self.name
            )
            self.context.remember("attribute", attribute.pk, found.remote_id)
        self.context.wanted.attribute_remotes[self.key] = found.remote_id


@dataclass(slots=True)
class FamilyWrite(BaseWrite):
    """A family and all its variants in one call; found again by our own SKUs."""

    kind = "family"
    confirm_twice = True
    family: FamilyWanted | None = None

    @property
    def wanted_family(self) -> FamilyWanted:
        assert self.family is not None  # noqa: S101 - the constructor's promise
        return self.family

    @property
    def key(self) -> str:
        return f"{self.context.order.pk}:{self.wanted_family.key}"[:255]

    @property
    def title(self) -> str:
        return f"Product {self.wanted_family.new_product.name}"

    @property
    def skus(self) -> dict[str, str]:
        """SKU keys with the SKU as we write it."""
        return {name_key(one.sku): one.sku for one in self.wanted_family.variants}

    def look(self, probe: dict[str, Any]) -> list[Found]:
        self.context.mirror.look(probe, "products")
        variants = list(
            Variant.objects.filter(sku_key__in=self.skus, deleted_at=None).select_related("product")
        )
        if not variants:
            return []
        self._refuse_a_clash(variants)
        present = {variant.sku_key for variant in variants}
        missing = [sku for key, sku in self.skus.items() if key not in present]
        links = self.context.remote_of("family", {variant.product_id for variant in variants})
        return [
            Found(remote_id=remote, result={"product": local, "missing": missing})
            for local, remote in links.items()
        ]

    def _refuse_a_clash(self, variants: list[Variant]) -> None:
        """One of our SKUs on a product that is not ours: never adopted by SKU alone."""
        name = name_key(self.wanted_family.new_product.name)
        for variant in variants:
            if variant.product.name_key != name:
                raise Stop(
                    SyncTask.Trouble.DECISION,
                    f"SKU {variant.sku} is already on your {variant.product.name}. Open the "
                    f"review and give {self.wanted_family.new_product.name} another SKU, or link "
                    "it to that product.",
                    {"sku": variant.sku, "variant": variant.pk},
                )

    def payload(self) -> dict[str, Any]:
        return payloads.family_payload(
            **family_fields(self.context.wanted, self.wanted_family),
        )

    def send(self, payload: Any) -> Found:
        ids = self.context.client.create_family(payload)
        return Found(remote_id=ids[0], result={"ids": ids})


def family_fields(wanted: Wanted, family: FamilyWanted) -> dict[str, Any]:
    """A family in our words, for `payloads.family_payload`."""
    product = family.new_product
    name = product.name if family.part == 1 else f"{product.name} ({family.part})"
    return {
        "name": name,
        "description": product.description,
        "brand_id": wanted.brand_remotes.get(name_key(brand_name_of(product))),
        "supplier_id": wanted.supplier_remote,
        "category_id": wanted.category_remotes.get(product.category_id or 0),
        "tag_ids": [
            wanted.tag_remotes[tag.pk] for tag in product.tags.all() if tag.pk in wanted.tag_remotes
        ],
        "tax_id": wanted.tax_remotes.get(product.tax_id or 0),
        "outlet_ids": wanted.outlet_remotes,
        "attribute_ids": {
            name_key(one): wanted.attribute_remotes[attribute_alias(one)]
            for one in product.attributes
        },
        "prices_include_tax": wanted.order.retailer.prices_include_tax,
        "variants": family.variants,
    }


@dataclass(slots=True)
class VariantWrite(BaseWrite):
    """One more variant of a family the shop has; found again by its SKU."""

    kind = "variant"
    confirm_twice = True
    addition: AdditionWanted | None = None

    @property
    def wanted_addition(self) -> AdditionWanted:
        assert self.addition is not None  # noqa: S101 - the constructor's promise
        return self.addition

    @property
    def key(self) -> str:
        return f"{self.context.order.pk}:{self.wanted_addition.decision.pk}"

    @property
    def product(self) -> Product:
        product = self.wanted_addition.decision.product
        assert product is not None  # noqa: S101 - an addition names its family
        return product

    @property
    def title(self) -> str:
        options = " / ".join(value for _name, value in self.wanted_addition.variant.options)
        return f"{self.product.name}: {options}"

    def look(self, probe: dict[str, Any]) -> list[Found]:
        self.context.mirror.look(probe, "products")
        same = Variant.objects.filter(
            sku_key=name_key(self.wanted_addition.variant.sku), deleted_at=None
        )
        links = self.context.remote_of("product", same.values_list("pk", flat=True))
        return [Found(remote_id=remote, result={}) for remote in links.values()]

    def payload(self) -> dict[str, Any]:
        wanted = self.context.wanted
        family = self.context.remote_of("family", [self.product.pk]).get(self.product.pk, "")
        if not family:
            raise Stop(
                SyncTask.Trouble.DECISION,
                f"{self.product.name} is not in Lightspeed any more. Open the review and decide "
                "again.",
            )
        return payloads.added_variant_payload(
            family_name=self.product.name,
            family_id=family,
            supplier_id=wanted.supplier_remote,
            attribute_ids=self._attribute_ids(),
            prices_include_tax=wanted.order.retailer.prices_include_tax,
            variant=self.wanted_addition.variant,
        )

    def _attribute_ids(self) -> dict[str, str]:
        names = [name for name, _value in self.wanted_addition.variant.options]
        keys = {attribute_alias(name): name_key(name) for name in names}
        found = {
            attribute_alias(one.name): one.pk
            for one in Attribute.objects.filter(deleted_at=None).order_by("-pk")
        }
        links = self.context.remote_of("attribute", found.values())
        return {
            key: links[found[alias]]
            for alias, key in keys.items()
            if alias in found and found[alias] in links
        }

    def send(self, payload: Any) -> Found:
        return Found(remote_id=self.context.client.add_variant(payload), result={})


@dataclass(slots=True)
class ActivateWrite(BaseWrite):
    """An inactive product that was ordered again is made active; repeating it changes nothing."""

    kind = "activate"
    variant: Variant | None = None

    @property
    def wanted_variant(self) -> Variant:
        assert self.variant is not None  # noqa: S101 - the constructor's promise
        return self.variant

    @property
    def key(self) -> str:
        return f"{self.context.order.pk}:{self.wanted_variant.pk}"

    @property
    def title(self) -> str:
        return f"{self.wanted_variant} active again"

    @property
    def remote(self) -> str:
        pk = self.wanted_variant.pk
        return self.context.remote_of("product", [pk]).get(pk, "")

    def look(self, probe: dict[str, Any]) -> list[Found]:
        self.context.mirror.look(probe, "products")
        self.wanted_variant.refresh_from_db(fields=["is_active"])
        if self.wanted_variant.is_active:
            return [Found(remote_id=self.remote, result={})]
        return []

    def payload(self) -> dict[str, Any]:
        return {"details": {"is_active": True}}

    def send(self, payload: Any) -> Found:
        self.context.client.update_product(self.remote, details=payload["details"])
        return Found(remote_id=self.remote, result={})

    def record(self, found: Found) -> None:
        Variant.objects.filter(pk=self.wanted_variant.pk).update(is_active=True)


@dataclass(slots=True)
class ConsignmentWrite(BaseWrite):
    """The purchase order's head. `part` above 1 is the follow-up order for a remainder.

    The order number stands in the POS verbatim, so a look compares number, supplier and outlet,
    and leaves out what was there before us (`ignore`, from the agreed plan).
    """

    kind = "consignment"
    confirm_twice = True
    part: int = 1
    ignore: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        return f"{self.context.order.pk}:{self.part}"

    @property
    def reference(self) -> str:
        number = self.context.order.number
        return number if self.part == 1 else f"{number}/{self.part}"

    @property
    def title(self) -> str:
        return f"Order {self.reference}"

    def look(self, probe: dict[str, Any]) -> list[Found]:
        self.context.mirror.look(probe, "consignments")
        rows = PosOrder.objects.filter(
            connection=self.context.job.connection,
            reference=self.reference,
            supplier_remote_id=self.context.wanted.supplier_remote,
            outlet_remote_id=self.context.wanted.outlet_remote,
            deleted_at=None,
        ).exclude(status="CANCELLED")
        return [
            Found(
                remote_id=row.remote_id,
                result={"status": row.status},
                # What was there before we first sent is somebody else's: a person decides.
                mine=bool(probe) or row.order_id == self.context.order.pk,
            )
            for row in rows
            if row.remote_id not in self.ignore and row.order_id in (None, self.context.order.pk)
        ]

    def payload(self) -> dict[str, Any]:
        order, wanted = self.context.order, self.context.wanted
        return payloads.consignment_payload(
            outlet_id=wanted.outlet_remote,
            supplier_id=wanted.supplier_remote,
            reference=self.reference,
            note=order.pos_note,
            due=order.ship_end,
            timezone=order.retailer.timezone,
        )

    def send(self, payload: Any) -> Found:
        made = self.context.client.create_consignment(payload)
        return Found(
            remote_id=made.remote_id,
            result={"status": made.status, "version": made.version, "made_here": True},
        )

    def record(self, found: Found) -> None:
        PosOrder.objects.update_or_create(
            connection=self.context.job.connection,
            remote_id=found.remote_id,
            defaults={
                "retailer_id": self.context.order.retailer_id,
                "order": self.context.order,
                "part": self.part,
                "reference": self.reference,
                "reference_key": payloads.reference_key(self.reference),
                "name": self.context.order.pos_note,
                "status": found.result.get("status", "OPEN"),
                "supplier_remote_id": self.context.wanted.supplier_remote,
                "outlet_remote_id": self.context.wanted.outlet_remote,
            },
        )
