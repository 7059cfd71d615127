"""What a school may set about asking for help."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from techdesk.directory.hooks import Kind, Setting

STUDENTS_ASK = Setting(
    name="feature_student_requests",
    group="features",
    label=_("Students ask for help themselves"),
    help=_("Off: their teachers ask for them. Requests that students made stay and are answered."),
    kind=Kind.YES_NO,
    default=True,
)
ASK_NOTE = Setting(
    name="ask_note",
    group="features",
    label=_("A note where people ask for help"),
    help=_("For example when the technician is in the building. Leave it empty for none."),
    kind=Kind.TEXTS,
    default={},
)
