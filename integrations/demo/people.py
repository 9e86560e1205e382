"""The demo's two shops and the people who work there, made once."""

from django.db import transaction

from retailers.models import Membership, Retailer, Role, User
from retailers.scope import acting_for, unscoped

PASSWORD = "demo-demo-demo"  # noqa: S105 - printed on every start # nosec B105
STAFF = "staff@po-sync.example"


def make_people() -> None:
    """Alder & Quay with Olga, Ana and Ben; Harbour Row with Cleo; one of our own staff."""
    with transaction.atomic():
        here = _shop("Alder & Quay", currency="USD", timezone="America/New_York", country="US")
        there = _shop("Harbour Row", currency="GBP", timezone="Europe/London", country="GB")
        for shop, role, name, email in (
            (here, Role.OWNER, "Olga", "olga@alder-quay.example"),
            (here, Role.BUYER, "Ana", "ana@alder-quay.example"),
            (here, Role.RECEIVER, "Ben", "ben@alder-quay.example"),
            (there, Role.OWNER, "Cleo", "cleo@harbour-row.example"),
        ):
            _member(shop, role, name, email)
        if not User.objects.filter(email=STAFF).exists():
            User.objects.create_superuser(STAFF, PASSWORD, first_name="Staff")


def _shop(name: str, **facts: str) -> Retailer:
    return Retailer.objects.get_or_create(name=name, defaults=facts)[0]


def _member(shop: Retailer, role: str, name: str, email: str) -> None:
    user = User.objects.filter(email=email).first()
    if user is not None:
        return  # also when somebody changed a role or removed a person: that stays
    user = User.objects.create_user(email, PASSWORD, first_name=name)
    with acting_for(shop):
        Membership.objects.create(retailer=shop, user=user, role=role)


def person(email: str) -> tuple[User, Retailer]:
    """Somebody of the demo and the shop they work at."""
    with unscoped():
        found = Membership.objects.select_related("user", "retailer").get(user__email=email)
    return found.user, found.retailer
