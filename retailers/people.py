"""Who belongs to a shop: inviting, joining, changing roles and leaving.

A shop always keeps at least one owner who can sign in. Every act leaves a sentence in the shop's
story, and takes effect with the person's next request (the middleware reads memberships each time).
"""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from retailers.models import Event, Invitation, Membership, Retailer, Role, User, subject_of, tell
from retailers.scope import acting_for, unscoped

INVITATION_LIFE = timedelta(days=7)
# An owner cannot turn us into a letter cannon.
OPEN_INVITATIONS = 50


class PeopleError(Exception):
    """Something the shop's people cannot be; the text is for the person who tried."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def digest_of(token: str) -> str:
    """What is stored of an invitation's token."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite(shop: Retailer, *, email: str, role: str, by: User) -> Invitation:
    """Write to somebody who is to join; an older open letter to the same address dies.

    Raises PeopleError when the person is a member already, or too many letters are open.
    """
    address = email.strip().lower()
    with acting_for(shop):
        if Membership.objects.filter(user__email=address).exists():
            raise PeopleError(
                _("%(email)s belongs to %(shop)s already. Change the role in the list instead.")
                % {"email": address, "shop": shop.name},
                field="email",
            )
        open_letters(shop).filter(email=address).delete()
        if open_letters(shop).count() >= OPEN_INVITATIONS:
            raise PeopleError(
                _("%(n)s invitations are open. Withdraw some before you send more.")
                % {"n": OPEN_INVITATIONS}
            )
        token = secrets.token_urlsafe(32)
        letter = Invitation.objects.create(
            email=address,
            role=role,
            token_digest=digest_of(token),
            invited_by=by,
            expires=timezone.now() + INVITATION_LIFE,
        )
        _send(letter, token, shop, by)
        tell(
            shop,
            "person_invited",
            _("%(who)s invited %(email)s as %(role)s.")
            % {"who": by, "email": address, "role": letter.get_role_display().lower()},
            actor=by,
        )
        return letter


def open_letters(shop: Retailer) -> QuerySet[Invitation]:
    """Invitations nobody has answered and that still count."""
    return Invitation.objects.filter(
        retailer=shop, accepted__isnull=True, expires__gt=timezone.now()
    )


@transaction.atomic
def withdraw(letter: Invitation, *, by: User) -> None:
    """The link in the letter stops working."""
    shop = letter.retailer
    gone, _rows = Invitation.objects.filter(pk=letter.pk, accepted__isnull=True).delete()
    if not gone:
        raise PeopleError(_("%(email)s has joined meanwhile.") % {"email": letter.email})
    tell(
        shop,
        "invitation_withdrawn",
        _("%(who)s withdrew the invitation of %(email)s.") % {"who": by, "email": letter.email},
        actor=by,
    )


def letter_of(token: str) -> Invitation | None:
    """The open invitation this token belongs to, of whichever shop."""
    with unscoped():
        return (
            Invitation.objects.select_related("retailer", "invited_by")
            .filter(
                token_digest=digest_of(token),
                accepted__isnull=True,
                expires__gt=timezone.now(),
                retailer__active=True,
            )
            .first()
        )


@transaction.atomic
def join(letter: Invitation, *, user: User) -> Membership:
    """Make the invited person a member; the letter works once, and only for its own address.

    Raises PeopleError for another address, a spent letter, or somebody who is a member already.
    """
    if user.email.lower() != letter.email.lower():
        raise PeopleError(
            _("This invitation is for %(email)s; you are signed in as %(mine)s.")
            % {"email": letter.email, "mine": user.email}
        )
    shop = letter.retailer
    with acting_for(shop):
        mine = Invitation.objects.filter(
            pk=letter.pk, accepted__isnull=True, expires__gt=timezone.now()
        )
        if mine.update(accepted=timezone.now()) != 1:
            raise PeopleError(_("This invitation was used already. Ask for a new one."))
        membership, made = Membership.objects.get_or_create(
            retailer=shop, user=user, defaults={"role": letter.role}
        )
        if not made:
            raise PeopleError(_("You belong to %(shop)s already.") % {"shop": shop.name})
        tell(
            shop,
            "person_joined",
            _("%(who)s joined as %(role)s.")
            % {"who": user, "role": membership.get_role_display().lower()},
            actor=user,
        )
        return membership


@transaction.atomic
def join_as_new_person(
    letter: Invitation, *, first_name: str, last_name: str, password: str
) -> Membership:
    """Make the account the letter was written for, and join.

    Raises PeopleError when the address got an account meanwhile: that person signs in instead.
    """
    if User.objects.filter(email=letter.email).exists():
        raise PeopleError(
            _("%(email)s has an account already. Sign in to join.") % {"email": letter.email}
        )
    user = User.objects.create_user(
        letter.email, password, first_name=first_name, last_name=last_name
    )
    return join(letter, user=user)


@transaction.atomic
def change_role(member: Membership, *, role: str, by: User) -> None:
    """Give a member another role; the last owner keeps theirs (PeopleError)."""
    shop = _locked(member.retailer_id)
    if role == member.role:
        return
    if _keeps_an_owner(member.pk, shop, goes_on_as=role).update(role=role) != 1:
        raise PeopleError(_last_owner(member))
    old = member.get_role_display().lower()
    member.role = role
    tell(
        shop,
        "role_changed",
        _("%(who)s made %(whom)s %(new)s; before: %(old)s.")
        % {
            "who": by,
            "whom": member.user,
            "new": member.get_role_display().lower(),
            "old": old,
        },
        actor=by,
    )


@transaction.atomic
def remove(member: Membership, *, by: User) -> None:
    """Take a person out of the shop; what they did stays, and the last owner too (PeopleError)."""
    shop = _locked(member.retailer_id)
    whom = member.user
    gone, _rows = _keeps_an_owner(member.pk, shop).delete()
    if not gone:
        raise PeopleError(_last_owner(member))
    words = _("%(who)s left.") if whom == by else _("%(who)s removed %(whom)s.")
    tell(shop, "person_removed", words % {"who": by, "whom": whom}, actor=by)


def story_of_people(shop: Retailer, limit: int = 12) -> QuerySet[Event]:
    """Who invited, joined and left, newest first."""
    return (
        Event.objects.filter(
            subject=subject_of(shop),
            verb__in=(
                "person_invited",
                "person_joined",
                "person_removed",
                "role_changed",
                "invitation_withdrawn",
            ),
        )
        .select_related("actor")
        .order_by("-id")[:limit]
    )


def _locked(shop_id: int) -> Retailer:
    """The shop's row, locked: two owners who lower each other at once take turns here.

    (SQLite has one writer and BEGIN IMMEDIATE, so there the transaction itself is the lock.)
    """
    return Retailer.objects.select_for_update().get(pk=shop_id)


def _keeps_an_owner(
    member_id: int, shop: Retailer, goes_on_as: str | None = None
) -> QuerySet[Membership]:
    """This membership, if the shop has an owner who can sign in once it is changed or gone."""
    rows = Membership.objects.filter(pk=member_id, retailer=shop)
    if goes_on_as == Role.OWNER:
        return rows
    others = Membership.objects.filter(
        retailer=OuterRef("retailer"), role=Role.OWNER, user__is_active=True
    ).exclude(pk=OuterRef("pk"))
    return rows.filter(~Q(role=Role.OWNER) | Exists(others))


def _last_owner(member: Membership) -> str:
    return _(
        "%(who)s is the only owner. Make somebody else an owner first; a shop is never without one."
    ) % {"who": member.user}


def _send(letter: Invitation, token: str, shop: Retailer, by: User) -> None:
    """The letter itself, in the shop's words; queued with the transaction."""
    link = settings.BASE_URL + reverse("invitation", args=[token])
    context = {"letter": letter, "shop": shop, "by": by, "link": link}
    send_mail(
        subject=_("%(who)s invites you to %(shop)s on PO Sync") % {"who": by, "shop": shop.name},
        message=render_to_string("retailers/mail/invitation.txt", context),
        from_email=None,
        recipient_list=[letter.email],
    )
