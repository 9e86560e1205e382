"""What the owners of a shop are told by e-mail, because the sync cannot go on without them."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from integrations.models import Connection
from retailers.models import Membership, Role, tell


def reconnect_needed(connection: Connection) -> None:
    """One letter and one line in the story, in the transaction that found it out."""
    shop = connection.retailer
    with translation.override(shop.language):
        text = _(
            "%(name)s does not accept our access any more. Nothing is lost: "
            "everything waits and goes on when the connection is made again."
        ) % {"name": connection.name or connection.get_system_display()}
        tell(connection, "reconnect-needed", text)
        owners = list(
            Membership.objects.filter(role=Role.OWNER, user__is_active=True).values_list(
                "user__email", flat=True
            )
        )
        if owners:
            EmailMessage(
                subject=_("Reconnect needed: %(name)s") % {"name": connection.name},
                body=f"{text}\n\n{settings.BASE_URL}/connections/\n",
                to=owners,
            ).send()
