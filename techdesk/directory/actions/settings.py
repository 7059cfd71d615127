"""Setting what holds at a school or in the district."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from techdesk.audit.actions import record
from techdesk.base.errors import BadInput, Stale
from techdesk.directory.actions.locks import lock_school
from techdesk.directory.models import District, Person, School, SettingValue
from techdesk.directory.switches import Level, setting


@transaction.atomic
def set_settings(
    *, actor: Person, school: School | None, values: Mapping[str, Any], version: int | None = None
) -> School | District:
    """Set some settings at `school`, or in the district without one; return whichever it was.

    A value None takes a school's (or the district's) own word back, so that the next wider one holds again. The same
    values again change nothing and write no history. Raises BadInput with messages by setting, `unknown_setting`;
    Stale when `version` is not the present one.
    """
    kept = lock_district() if school is None else lock_school(school)
    if version is not None and version != kept.version:
        raise Stale(_("Somebody else changed these settings meanwhile. Look at them again, then save."))
    wanted = _checked(values, school)
    present = {row.name: row for row in SettingValue.objects.select_for_update().filter(school=school, name__in=wanted)}
    changed = {}
    for name, value in wanted.items():
        row = present.get(name)
        if value is None and row is not None:
            row.delete()
        elif value is not None and row is None:
            SettingValue.objects.create(school=school, name=name, value=value)
        elif value is not None and row is not None and row.value != value:
            row.value = value
            row.save(update_fields=["value"])
        else:
            continue
        changed[name] = value
    if changed:
        kept.write()
        record(actor=actor, verb="change_settings", thing=kept, facts={"settings": changed})
    return kept


def lock_district() -> District:
    """The one row of the district, locked; made when nothing has named the district yet."""
    District.objects.bulk_create([District(name="")], ignore_conflicts=True)
    return District.objects.select_for_update().get()


def _checked(values: Mapping[str, Any], school: School | None) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    errors: dict[str, list[Any]] = {}
    for name, value in values.items():
        try:
            declared = setting(name)
        except LookupError:
            raise BadInput(_("There is no such setting."), code="unknown_setting") from None
        if declared.level is Level.DISTRICT and school is not None:
            errors[name] = [_("This is set once for the whole district.")]
            continue
        try:
            wanted[name] = None if value is None else declared.check(value)
        except ValueError as refusal:
            errors[name] = [str(refusal)]
    if errors:
        raise BadInput(_("Some of this cannot be saved. Look at the marked fields."), errors=errors)
    return wanted
