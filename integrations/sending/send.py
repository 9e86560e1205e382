"""Carry out an agreed plan: write the order and everything it needs to the POS, exactly once.

A run may be stopped at any instruction and started again: each write is a journal row under a
deterministic key, and what is done is skipped. Pictures follow in a task of their own, so that
the order can be received before they are up.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Variant
from catalog.names import attribute_alias, name_key
from integrations.engine import Job, Stop, ask
from integrations.errors import Refused
from integrations.journal import perform
from integrations.models import PosOrder, RemoteStep, SendPlan, SyncTask
from integrations.sending.lines import LineFix, LinesWrite, PosLine, Remote, StatusWrite, agrees
from integrations.sending.wanted import AdditionWanted, LineWanted, VariantWanted, gather
from integrations.sending.ways_out import GO_ON_CANCELLED
from integrations.sending.writes import (
    ActivateWrite,
    AttributeWrite,
    BaseWrite,
    BrandWrite,
    ConsignmentWrite,
    Context,
    FamilyWrite,
    Mirror,
    SupplierWrite,
    VariantWrite,
)
from integrations.xseries.client import client_for
from purchasing.models import Decision, NewProduct, PurchaseOrder, SupplierItem
from purchasing.review import remember_brands

Status = PurchaseOrder.Status
T = TypeVar("T")
Trouble = SyncTask.Trouble


def send_order(job: Job) -> None:
    """Handler of `send-order:<order>`: the agreed plan, from wherever it stands."""
    order = PurchaseOrder.objects.select_related("supplier", "outlet", "retailer").get(
        pk=int(job.key)
    )
    if order.status != Status.SENDING:
        return
    plan = SendPlan.objects.get(order=order)
    Sender(job, order, plan).run()


class Sender:
    """One run over one order."""

    def __init__(self, job: Job, order: PurchaseOrder, plan: SendPlan) -> None:
        self.job, self.order, self.plan = job, order, plan
        client = client_for(job)
        mirror = Mirror(job)
        mirror.once("suppliers", "brands", "products", "consignments")
        self.context = Context(
            job, client, mirror, gather(order, job.connection), generation=plan.generation
        )

    def run(self) -> None:
        self._reference_data()
        self._products()
        self._adopt_new_variants()
        consignment = self._head()
        self._lines(consignment)
        self._status(consignment)
        self._finish(consignment)

    def _perform(self, write: BaseWrite) -> RemoteStep:
        """One write, at a safe point: the lease is ours and the order is still wanted."""
        self.job.keep_going()
        self._stop_if_cancelled()
        return perform(self.job, write)

    def _stop_if_cancelled(self) -> None:
        """The brand cancelled while we write: stop at a safe point and ask (edge case 44)."""
        now = PurchaseOrder.objects.values_list("brand_status", flat=True).get(pk=self.order.pk)
        told = self.plan.summary.get(GO_ON_CANCELLED)
        if now == PurchaseOrder.BrandStatus.CANCELLED and not told:
            raise Stop(
                Trouble.DECISION,
                _(
                    "%(supplier)s cancelled order %(number)s while it was being written. Writing "
                    "stopped; nothing was written twice. Try again writes it all the same."
                )
                % {"supplier": self.order.supplier.name, "number": self.order.number},
                {"cancelled": True},
            )

    def _reference_data(self) -> None:
        """What is missing; and what the mirror shows although our own write of it is still open,
        so that the journal closes too."""
        wanted, unsure = self.context.wanted, self._open_steps()
        if not wanted.supplier_remote or SupplierWrite.kind in unsure:
            self._perform(SupplierWrite(self.context))
        for name in wanted.brands + wanted.brands_present:
            if name in wanted.brands or name_key(name) in unsure.get(BrandWrite.kind, ()):
                self._perform(BrandWrite(self.context, name=name))
        for name in wanted.attributes + wanted.attributes_present:
            if name in wanted.attributes or attribute_alias(name) in unsure.get(
                AttributeWrite.kind, ()
            ):
                self._perform(AttributeWrite(self.context, name=name))

    def _open_steps(self) -> dict[str, set[str]]:
        """Keys of this order's writes whose outcome is open, by kind."""
        steps = RemoteStep.objects.filter(
            order=self.order, state__in=(RemoteStep.State.SENT, RemoteStep.State.AMBIGUOUS)
        )
        found: dict[str, set[str]] = {}
        for kind, key in steps.values_list("kind", "key"):
            found.setdefault(kind, set()).add(key)
        return found

    def _products(self) -> None:
        """Families first, then single variants; one refusal does not stop the others (70)."""
        refused: list[str] = []
        for family in self.context.wanted.families:
            try:
                step = self._perform(FamilyWrite(self.context, family=family))
            except Refused as error:
                refused.append(f"{family.new_product.name}: {error}")
                continue
            self._complete(step, family.variants)
        for addition in self.context.wanted.additions:
            try:
                self._perform(VariantWrite(self.context, addition=addition))
            except Refused as error:
                refused.append(f"{addition.variant.sku}: {error}")
        for variant in self.context.wanted.reactivations:
            self._perform(ActivateWrite(self.context, variant=variant))
        if refused:
            raise Stop(
                Trouble.REFUSED,
                _(
                    "Lightspeed would not take %(what)s The others are written; the order is not. "
                    "Nothing was written twice."
                )
                % {"what": " ".join(f"{one.rstrip('.')}." for one in refused)},
                {"refused": refused},
            )

    def _complete(self, step: RemoteStep, variants: Iterable[VariantWanted]) -> None:
        """Add what a family that was found half-made still lacks."""
        missing = set(step.result.get("missing") or ())
        if not missing:
            return
        for one in variants:
            if one.sku not in missing:
                continue
            decision = Decision.objects.select_related("item", "product").get(pk=one.decision_id)
            decision.product_id = step.result.get("product")
            self._perform(VariantWrite(self.context, addition=AdditionWanted(decision, one)))

    def _adopt_new_variants(self) -> None:
        """Read the new ids once for all, by our SKUs, and remember them as links."""
        wanted = self.context.wanted
        pending = {
            name_key(one.sku): one.decision_id
            for family in wanted.families
            for one in family.variants
        } | {
            name_key(addition.variant.sku): addition.variant.decision_id
            for addition in wanted.additions
        }
        if not pending:
            return
        found = self._variants_by_sku(pending)
        if len(found) < len(pending):
            self.context.mirror.again("products")
            found = self._variants_by_sku(pending)
        if lost := [sku for sku in pending if sku not in found]:
            raise Stop(
                Trouble.AMBIGUOUS,
                _(
                    "Lightspeed does not list %d of the products it said it created. They are "
                    "looked up again when you press Try again."
                )
                % len(lost),
                {"skus": lost[:50]},
            )
        self._link(pending, found)

    def _variants_by_sku(self, pending: dict[str, int]) -> dict[str, Variant]:
        rows = Variant.objects.filter(sku_key__in=pending, deleted_at=None).order_by("-pk")
        return {variant.sku_key: variant for variant in rows}

    def _link(self, pending: dict[str, int], found: dict[str, Variant]) -> None:
        """Pencil becomes ink: decisions, remembered links and families, in one transaction."""
        decisions = Decision.objects.select_related("item").in_bulk(pending.values())
        families: dict[int, int] = {}
        now = timezone.now()
        for sku, pk in pending.items():
            decision, variant = decisions[pk], found[sku]
            decision.variant, decision.state = variant, Decision.State.WRITTEN
            decision.item.link(variant, by=decision.decided_by, at=now)
            if decision.new_product_id:
                families[decision.new_product_id] = variant.product_id
        with self.job.writing():
            Decision.objects.bulk_update(decisions.values(), ["variant", "state"])
            SupplierItem.objects.bulk_update(
                [one.item for one in decisions.values()],
                ["variant", "linked_by", "linked_at", "link_trouble"],
            )
            NewProduct.objects.bulk_update(
                [NewProduct(pk=pk, product_id=product) for pk, product in families.items()],
                ["product"],
            )
            self._remember_brands()

    def _remember_brands(self) -> None:
        """A brand this order made is the answer for the supplier's next order."""
        fresh = NewProduct.objects.filter(
            order=self.order, brand=None, product__brand__isnull=False
        )
        for one in fresh.select_related("product"):
            assert one.product is not None  # noqa: S101 - filtered on its brand
            NewProduct.objects.filter(pk=one.pk).update(brand_id=one.product.brand_id)
        remember_brands(self.order, by=self.order.approved_by)

    def _head(self) -> Remote:
        """The order's head: adopted, found, or made."""
        choice = self.order.pos_choice_id if self.order.pos_choice == "adopt" else ""
        if choice:
            with self.job.writing():
                PosOrder.objects.filter(connection=self.job.connection, remote_id=choice).update(
                    order=self.order
                )
            return Remote(self.context, choice)
        ignore = frozenset(self.plan.summary.get("lookalikes", ()))
        step = self._perform(ConsignmentWrite(self.context, ignore=ignore))
        untouched = (
            step.result.get("made_here")
            and not RemoteStep.objects.filter(order=self.order, kind="lines").exists()
        )
        return Remote(self.context, step.remote_id, {} if untouched else None)

    def pos_lines(self, lines: Iterable[LineWanted]) -> list[PosLine]:
        """Our lines under the POS's product ids; every product is known by now."""
        decisions = dict(Decision.objects.filter(order=self.order).values_list("pk", "variant_id"))
        variants: list[tuple[int, LineWanted]] = []
        for line in lines:
            kind, _sep, pk = line.target.partition(":")
            variant = int(pk) if kind == "variant" else decisions[int(pk)]
            variants.append((variant or 0, line))
        remotes = self.context.remote_of("product", {pk for pk, _line in variants})
        if gone := [pk for pk, _line in variants if pk not in remotes]:
            names = ", ".join(str(one) for one in Variant.objects.filter(pk__in=gone)[:5])
            raise Stop(
                Trouble.DECISION,
                _(
                    "%(names)s: not in Lightspeed any more. Open the review and link, recreate or "
                    "skip. Nothing was written twice."
                )
                % {"names": names or len(gone)},
                {"variants": gone},
            )
        return [PosLine(remotes[pk], line.count, line.cost) for pk, line in variants]

    def _lines(self, remote: Remote) -> None:
        lines = self.pos_lines(self.context.wanted.lines)
        remote.wanted = frozenset(line.product for line in lines)
        for number, chunk in enumerate(chunks(lines, settings.XSERIES_BULK_LINES), start=1):
            self._perform(LinesWrite(self.context, remote=remote, number=number, chunk=chunk))
        self._correct(remote, lines)

    def _correct(self, remote: Remote, lines: Sequence[PosLine]) -> None:
        """Compare with what the POS holds; set what differs once, and say when it will not stay."""
        present = remote.read()
        wrong = [
            line
            for line in lines
            if line.product not in present or not agrees(present[line.product], line)
        ]
        for line in wrong:
            if line.product in present:
                self._perform(LineFix(self.context, remote=remote, line=line))
        if not wrong:
            return
        remote.forget()
        present = remote.read()
        left = [
            line
            for line in wrong
            if line.product not in present or not agrees(present[line.product], line)
        ]
        if left:
            raise Stop(
                Trouble.AMBIGUOUS,
                _(
                    "Lightspeed keeps another count on %d lines of this order. Look at it there, "
                    "then press Try again."
                )
                % len(left),
                {"products": [line.product for line in left[:50]]},
            )

    def _status(self, remote: Remote) -> None:
        fresh = not RemoteStep.objects.filter(
            order=self.order, kind="status", state=RemoteStep.State.SENT
        ).exists()
        adopted = self.order.pos_choice == "adopt"
        self._perform(
            StatusWrite(
                self.context, consignment=remote.consignment, known_open=fresh and not adopted
            )
        )

    def _finish(self, remote: Remote) -> None:
        wanted = self.context.wanted
        now = timezone.now()
        with self.job.writing():
            PosOrder.objects.filter(
                connection=self.job.connection, remote_id=remote.consignment
            ).update(order=self.order, part=1)
            Decision.objects.filter(order=self.order, state=Decision.State.DECIDED).update(
                state=Decision.State.WRITTEN
            )
            calls = RemoteStep.objects.filter(order=self.order).count()
            self.order.move(
                Status.SENDING,
                Status.ON_ORDER,
                by=None,
                text=_(
                    "Written to Lightspeed: %(lines)d lines, %(units)d units, in %(calls)d writes."
                )
                % {"lines": len(wanted.lines), "units": wanted.units, "calls": calls},
                sent_at=now,
            )
            SendPlan.objects.filter(pk=self.plan.pk).update(finished_at=now)
            # What this order created may be what another one, matched earlier, wanted to create.
            ask(self.job.connection, "match:")
            if wanted.pictures or NewProduct.objects.filter(order=self.order).exists():
                ask(
                    self.job.connection,
                    f"images:{self.order.pk}",
                    priority=SyncTask.PRIORITY_IMAGES,
                )


def chunks(lines: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """At most `size` at a time."""
    for start in range(0, len(lines), size):
        yield lines[start : start + size]
