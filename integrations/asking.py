"""What a person may ask of the background: read now, put a parked task away."""

from django.db import transaction
from django.utils.translation import gettext as _

from integrations.engine import ask, dismiss
from integrations.models import Connection, SyncTask
from integrations.naming import Titles
from purchasing.errors import OrderError
from retailers.models import User, tell

_READS = {Connection.System.NUORDER: "pull-orders:", Connection.System.XSERIES: "mirror:"}


@transaction.atomic
def check_now(*, by: User) -> int:
    """Ask every active connection of the shop for what is new; how many were asked."""
    active = Connection.objects.filter(state=Connection.State.ACTIVE)
    return sum(try_line(one, by=by) for one in active)


@transaction.atomic
def try_line(connection: Connection, *, by: User) -> bool:
    """Ask one connection for what is new; False when it is not connected."""
    if not connection.is_active:
        return False
    subject = _READS[Connection.System(connection.system)]
    ask(connection, subject, by=by, priority=SyncTask.PRIORITY_PERSON)
    return True


@transaction.atomic
def drop(task: SyncTask, *, by: User) -> None:
    """Put a parked reading task away (OrderError when it goes on meanwhile)."""
    title = Titles([task]).of(task)
    parked = SyncTask.objects.select_for_update().filter(pk=task.pk).exclude(trouble="").exists()
    if not (parked and dismiss(task)):
        raise OrderError(_("%(task)s: it is not parked any more.") % {"task": title})
    tell(
        task.connection,
        "task_dropped",
        _("%(who)s put away: %(task)s.") % {"who": by, "task": title},
        actor=by,
        subject_dropped=task.subject,
        trouble=task.trouble_text,
    )
