"""The outside: credentials, lanes, the queue of record, the write journal, links and cursors.

The protocol these rows carry is told in docs/architecture.md: rows are the truth, queue messages
are wake-ups, and every remote write has one journal row under a deterministic key.
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from integrations.secrets import EncryptedTextField
from purchasing.models import Delivery, PurchaseOrder, Supplier
from retailers.models import Retailer, User
from retailers.scope import TenantModel


class Connection(TenantModel):
    """One credential set: the retailer's X-Series shop, or one NuORDER brand portal."""

    class System(models.TextChoices):
        XSERIES = "xseries", "Lightspeed Retail (X-Series)"
        NUORDER = "nuorder", "NuORDER"

    class State(models.TextChoices):
        NEW = "new", _("Not connected yet")
        WAITING = "waiting", _("Waits for the code")
        ACTIVE = "active", _("Connected")
        RECONNECT = "reconnect", _("Reconnect needed")
        OFF = "off", _("Disconnected")

    class Signing(models.TextChoices):
        RFC5849 = "rfc5849", _("RFC 5849")
        NUORDER = "nuorder", _("NuORDER's own")

    system = models.CharField(max_length=10, choices=System)
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    name = models.CharField(max_length=200, help_text="the shop, or the brand portal")
    supplier = models.ForeignKey(
        Supplier,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="NuORDER: the supplier this portal is linked to",
    )
    host = models.CharField(max_length=200, blank=True, help_text="NuORDER: scheme and host")
    domain_prefix = models.CharField(max_length=63, blank=True, help_text="X-Series")
    signing = models.CharField(max_length=10, choices=Signing, default=Signing.RFC5849)
    personal_token = models.BooleanField(default=False, help_text="X-Series Plus plan: no refresh")
    consumer_key = EncryptedTextField(blank=True)
    consumer_secret = EncryptedTextField(blank=True)
    token = EncryptedTextField(blank=True, help_text="access token, or OAuth 1 token")
    token_secret = EncryptedTextField(blank=True, help_text="OAuth 1; temporary while waiting")
    refresh_token = EncryptedTextField(blank=True)
    code = EncryptedTextField(
        blank=True, help_text="authorization code or verifier, spent by a task"
    )
    token_expires_at = models.DateTimeField(null=True, blank=True)
    refresh_sent_at = models.DateTimeField(
        null=True, blank=True, help_text="intent: a refresh is under way since"
    )
    scopes = models.TextField(blank=True)
    capabilities = models.JSONField(
        default=dict, blank=True, help_text='probed, never assumed: {"orders:create": true}'
    )
    clock_offset = models.IntegerField(default=0, help_text="seconds their clock is ahead of ours")
    connected_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    connected_at = models.DateTimeField(null=True, blank=True)
    last_ok_at = models.DateTimeField(null=True, blank=True)
    last_trouble = models.TextField(blank=True, help_text="in plain words")
    last_trouble_at = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["domain_prefix"],
                condition=models.Q(system="xseries") & ~models.Q(domain_prefix=""),
                name="one_retailer_a_shop",
            ),
            models.UniqueConstraint(
                fields=["retailer"],
                condition=models.Q(system="xseries"),
                name="one_shop_a_retailer",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE


class Lane(models.Model):
    """The right to speak for one connection: a lease with a fence, and its call budget.

    Claimed and renewed by compare-and-set updates only (integrations/lanes.py). It carries no
    tenant data, so the sweeper may look at all of them.
    """

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="lane")
    claimed_by = models.CharField(max_length=80, blank=True)
    claim_until = models.DateTimeField(null=True, blank=True)
    fence = models.BigIntegerField(default=0)
    paused_until = models.DateTimeField(null=True, blank=True, help_text="asked to slow down")
    budget_limit = models.IntegerField(null=True, blank=True, help_text="calls in a window")
    budget_left = models.IntegerField(null=True, blank=True)
    budget_window_ends = models.DateTimeField(null=True, blank=True)
    calls = models.BigIntegerField(default=0, help_text="all calls ever made")

    def __str__(self) -> str:
        return f"lane of {self.connection_id}"


class SyncTask(TenantModel):
    """One thing to tell, or ask of, another system; it lives until it is done."""

    class Trouble(models.TextChoices):
        NONE = "", _("None")
        REFUSED = "refused", _("Refused")
        UNREACHABLE = "unreachable", _("Not reached")
        RECONNECT = "reconnect", _("Reconnect needed")
        AMBIGUOUS = "ambiguous", _("Outcome unknown")
        POISON = "poison", _("Broke the worker three times")
        INTERNAL = "internal", _("Our fault")
        DECISION = "decision", _("Waits for a decision")

    PRIORITY_PERSON = 10
    PRIORITY_WRITE = 20
    PRIORITY_READ = 50
    PRIORITY_IMAGES = 70

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="tasks")
    subject = models.CharField(max_length=120, help_text="kind:key, for example send-order:12")
    asked_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    asked_again = models.BooleanField(default=False)
    priority = models.PositiveSmallIntegerField(default=PRIORITY_READ)
    not_before = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    crashes = models.PositiveIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_fence = models.BigIntegerField(null=True, blank=True)
    wait_text = models.TextField(blank=True, help_text="why it waits, in plain words")
    trouble = models.CharField(max_length=12, choices=Trouble, blank=True, default="")
    trouble_text = models.TextField(blank=True)
    trouble_facts = models.JSONField(default=dict, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            # asking twice is asking once
            models.UniqueConstraint(fields=["connection", "subject"], name="one_task_a_subject"),
        )
        indexes = (
            # the sweeper: what is due and not in trouble
            models.Index(fields=["trouble", "not_before"], name="tasks_due"),
        )

    def __str__(self) -> str:
        return self.subject

    @property
    def kind(self) -> str:
        return self.subject.partition(":")[0]

    @property
    def key(self) -> str:
        return self.subject.partition(":")[2]


class RemoteStep(TenantModel):
    """One journalled remote write: deterministic key, state, outcome (write protocol S0-S9)."""

    class State(models.TextChoices):
        PREPARED = "prepared", _("Planned")
        SENT = "sent", _("Sent, outcome open")
        DONE = "done", _("Done")
        FAILED = "failed", _("Refused")
        AMBIGUOUS = "ambiguous", _("Looking it up")
        DROPPED = "dropped", _("No longer wanted")

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="steps")
    order = models.ForeignKey(
        PurchaseOrder, on_delete=models.CASCADE, null=True, blank=True, related_name="steps"
    )
    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, null=True, blank=True, related_name="steps"
    )
    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=255)
    generation = models.PositiveIntegerField(default=1)
    position = models.PositiveIntegerField(default=0, help_text="its place in the plan")
    title = models.CharField(max_length=300, blank=True, help_text="for people: Brand Northlight")
    payload_hash = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PREPARED)
    remote_id = models.CharField(max_length=120, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(
        null=True, blank=True, help_text="last look that found nothing, after an unknown outcome"
    )
    probe = models.JSONField(default=dict, blank=True, help_text="what a look needs, e.g. version")
    tries = models.PositiveIntegerField(default=0, help_text="times sent")
    http_status = models.PositiveIntegerField(null=True, blank=True)
    response_digest = models.CharField(max_length=64, blank=True)
    trouble_text = models.TextField(blank=True)
    result = models.JSONField(default=dict, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (
            # the database itself forbids two intents for one thing
            models.UniqueConstraint(
                fields=["connection", "kind", "key", "generation"], name="one_intent_a_thing"
            ),
        )
        indexes = (models.Index(fields=["order", "position"], name="steps_of_order"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class RemoteLink(TenantModel):
    """Which of our rows is which of theirs; unique in both directions.

    Kinds: outlet, supplier, brand, attribute, category, tag, tax, family, product (a variant),
    image, consignment, user.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="links")
    kind = models.CharField(max_length=20)
    local_id = models.BigIntegerField()
    remote_id = models.CharField(max_length=120)
    version = models.BigIntegerField(default=0)
    facts = models.JSONField(default=dict, blank=True, help_text="e.g. status of a consignment")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["connection", "kind", "remote_id"], name="one_row_a_remote"
            ),
            models.UniqueConstraint(
                fields=["connection", "kind", "local_id"], name="one_remote_a_row"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.local_id} is {self.remote_id}"


class PosOrder(TenantModel):
    """A supplier consignment as it stands in the POS: ours, or somebody else's.

    Mirrored by version cursor, so that before the first write an order that somebody already
    entered is shown, and receipts made at the till are followed.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="pos_orders")
    remote_id = models.CharField(max_length=64)
    order = models.ForeignKey(
        PurchaseOrder, on_delete=models.SET_NULL, null=True, blank=True, related_name="pos_orders"
    )
    part = models.PositiveIntegerField(default=1, help_text="2, 3 …: follow-up for a remainder")
    reference = models.CharField(max_length=255, blank=True)
    reference_key = models.CharField(max_length=255, blank=True)
    name = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=20)
    supplier_remote_id = models.CharField(max_length=64, blank=True)
    outlet_remote_id = models.CharField(max_length=64, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    created_there = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["connection", "remote_id"], name="one_row_a_pos_order"),
        )
        indexes = (
            models.Index(fields=["connection", "reference_key"], name="pos_order_by_reference"),
        )

    def __str__(self) -> str:
        return self.reference or self.remote_id


class Cursor(TenantModel):
    """How far a change feed has been read; stored in the transaction of the page itself."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="cursors")
    stream = models.CharField(max_length=40)
    value = models.BigIntegerField(default=0)
    facts = models.JSONField(default=dict, blank=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["connection", "stream"], name="one_cursor_a_stream"),
        )

    def __str__(self) -> str:
        return f"{self.stream} {self.value}"


class InboundEvent(TenantModel):
    """A webhook as it arrived; a hint only, the current object is fetched by id."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="events")
    dedupe_key = models.CharField(max_length=64, help_text="sha256 of the raw body")
    kind = models.CharField(max_length=40, blank=True)
    received = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["connection", "dedupe_key"], name="one_event_a_body"),
        )

    def __str__(self) -> str:
        return self.kind or self.dedupe_key[:8]


class SendPlan(TenantModel):
    """What was shown and approved before anything was written, and how far it has come."""

    order = models.OneToOneField(PurchaseOrder, on_delete=models.CASCADE, related_name="send_plan")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    generation = models.PositiveIntegerField(default=1)
    calls = models.PositiveIntegerField(default=0, help_text="planned calls, reads included")
    summary = models.JSONField(default=dict, blank=True)
    approved_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    approved_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"plan of {self.order_id}"


class OAuthState(TenantModel):
    """A consent under way: bound to session, person and retailer, single use, ten minutes."""

    digest = models.CharField(max_length=64, unique=True)
    session_digest = models.CharField(max_length=64)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    expires = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"consent of {self.user_id}"


class OutgoingMail(models.Model):
    """An e-mail to be sent by the worker; e-mail is network too."""

    retailer = models.ForeignKey(Retailer, on_delete=models.CASCADE, null=True, related_name="+")
    to = models.JSONField()
    subject = models.CharField(max_length=400)
    message = EncryptedTextField(help_text="the MIME message, encrypted: it may hold a reset link")
    created = models.DateTimeField(auto_now_add=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    trouble_text = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.subject


class WorkerBeat(models.Model):
    """Proof that the queue works end to end: written once a minute by a task."""

    name = models.CharField(max_length=60, unique=True)
    last_seen = models.DateTimeField()
    version = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def beat(cls, name: str, *, at: Any, version: str) -> None:
        cls.objects.update_or_create(name=name, defaults={"last_seen": at, "version": version})
