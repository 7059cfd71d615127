"""Columns of the device lists. Rows are `devices.queries.SeenDevice`."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from techdesk.ui.lists import Column

TAG = Column("device.asset_tag", _("Tag"), sort="asset_tag", phone="key", template="devices/cells/tag.html")
MODEL = Column("device.model", _("Device"), phone="main")
HOLDER = Column("holder", _("With"), template="devices/cells/holder.html", optional=True)
HOME = Column("home", pgettext_lazy("of a device", "Home"), css="nowrap")
SCHOOL = Column("device.school.code", _("School"), phone="hide")
SEEN = Column("device.last_seen_at", _("Last seen"), sort="last_seen_at", phone="hide")
STATUS = Column("device.state", _("Status"), phone="state")


def device_columns(*, many_schools: bool) -> Sequence[Column]:
    """The list of devices; the school only where there are several to tell apart."""
    return (TAG, MODEL, HOLDER, HOME, *((SCHOOL,) if many_schools else ()), SEEN, STATUS)


#: The devices of a teacher's students.
STUDENT_COLUMNS = (
    Column("student", _("Student"), phone="main"),
    TAG,
    Column("device.model", _("Device")),
    Column("custody.due_on", _("Due"), template="devices/cells/due.html", optional=True),
    STATUS,
)
