"""Who: people, the retailers they work for, their outlets, and the log of who decided what."""

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from retailers.scope import TenantManager, TenantModel, TenantQuerySet


class UserManager(BaseUserManager["User"]):
    """People are known by their e-mail address, in lower case."""

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        user = self.model(email=email.strip().lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractUser):
    """A person who signs in; what they may do is said by their memberships."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail"), unique=True)
    single_keys = models.BooleanField(
        default=True, help_text=_("Keys without Ctrl act on pages (j, k, a …).")
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.get_full_name() or self.email


def known_timezone(name: str) -> None:
    """Refuse a zone this machine does not know."""
    if name not in available_timezones():
        raise ValidationError(_("%(name)s is not a time zone we know."), params={"name": name})


class Retailer(models.Model):
    """A tenant: one business with one X-Series account."""

    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3, default="USD", help_text=_("ISO 4217"))
    timezone = models.CharField(max_length=64, default="UTC", validators=[known_timezone])
    language = models.CharField(max_length=10, default="en")
    country = models.CharField(max_length=2, blank=True)
    prices_include_tax = models.BooleanField(
        default=False, help_text=_("Retail prices in the POS are kept with tax.")
    )
    start_date = models.DateField(
        null=True,
        blank=True,
        help_text=_("Orders placed before this day are handled elsewhere."),
    )
    active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Outlet(TenantModel):
    """A shop of the retailer, mirrored from the POS."""

    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3, blank=True)
    timezone = models.CharField(max_length=64, blank=True)
    registers = models.PositiveIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a person may do at a retailer; see `retailers.access` for the rules."""

    OWNER = "owner", _("Owner")
    BUYER = "buyer", _("Buyer")
    RECEIVER = "receiver", _("Receiver")
    VIEWER = "viewer", _("Viewer")


class Membership(TenantModel):
    """A person's role at a retailer."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["retailer", "user"], name="one_membership_a_person"),
        )

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class Invitation(TenantModel):
    """A letter to somebody who is to join; the link in it works once and for a week."""

    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role)
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    accepted = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.email} · {self.get_role_display()}"


class RuleSetting(TenantModel):
    """A rule of the shop that somebody set; a rule without a row has its default.

    The rules themselves, their defaults and worked examples: `retailers.shop_rules`.
    """

    key = models.CharField(max_length=60)
    value = models.JSONField()
    changed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["retailer", "key"], name="one_value_a_rule"),
        )

    def __str__(self) -> str:
        return self.key


class EventQuerySet(TenantQuerySet["Event"]):
    def about(self, thing: models.Model) -> "EventQuerySet":
        """The story of one thing, newest first."""
        return self.filter(subject=subject_of(thing)).order_by("-id")


class Event(TenantModel):
    """Who decided what, and when: append-only, and the answer to most support questions."""

    subject = models.CharField(max_length=80, help_text="kind:id, for example order:12")
    verb = models.CharField(max_length=60)
    text = models.TextField(help_text=_("One sentence for people."))
    facts = models.JSONField(default=dict, blank=True)
    actor = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(EventQuerySet)()  # type: ignore[assignment,misc]

    class Meta:
        indexes = (
            # the story of one thing, newest first
            models.Index(fields=["retailer", "subject", "-id"], name="event_story"),
        )

    def __str__(self) -> str:
        return self.text


def subject_of(thing: models.Model) -> str:
    """`order:12` for purchase order 12."""
    names = {"purchaseorder": "order"}
    kind = thing._meta.model_name or ""
    return f"{names.get(kind, kind)}:{thing.pk}"


def tell(
    thing: models.Model, verb: str, text: str, *, actor: User | None = None, **facts: Any
) -> Event:
    """Add one sentence to the story of a thing, in the caller's transaction."""
    return Event.objects.create(
        retailer_id=getattr(thing, "retailer_id", None) or thing.pk,
        subject=subject_of(thing),
        verb=verb,
        text=text,
        actor=actor,
        facts=facts,
    )
