"""What holds at a school: its own setting, else the district's, else the declared default."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from techdesk.directory.models import School, SettingValue
from techdesk.directory.switches import Level, all_settings, setting


def value_of(school: School | int | None, name: str) -> Any:
    """The value of one setting at `school` (or for the district, without one). One query.

    Raises LookupError for a name that nobody declared.
    """
    return values_of(school, [name])[name]


def is_on(school: School | int | None, name: str) -> bool:
    """A yes/no setting."""
    return bool(value_of(school, name))


def values_of(school: School | int | None, names: list[str] | None = None) -> dict[str, Any]:
    """The values of several settings, or of all, in one query."""
    declared = all_settings() if names is None else [setting(name) for name in names]
    own = own_values(school, [one.name for one in declared])
    district = own.get(None, {})
    school_id = school.pk if isinstance(school, School) else school
    here = own.get(school_id, {}) if school_id is not None else {}
    found = {}
    for one in declared:
        value = district.get(one.name, one.default)
        if one.level is Level.SCHOOL:
            value = here.get(one.name, value)
        found[one.name] = _usable(one, value)
    return found


def own_values(school: School | int | None, names: list[str]) -> dict[int | None, dict[str, Any]]:
    """What is really set: school id (None for the district) -> name -> value, for `school` and the district."""
    school_id = school.pk if isinstance(school, School) else school
    rows = SettingValue.objects.filter(name__in=names).filter(Q(school__isnull=True) | Q(school_id=school_id))
    found: dict[int | None, dict[str, Any]] = {}
    for where, name, value in rows.values_list("school_id", "name", "value"):
        found.setdefault(where, {})[name] = value
    return found


def _usable(one: Any, value: Any) -> Any:
    """A value from before a declaration changed is no reason to break a page: the default holds then."""
    try:
        return one.check(value)
    except ValueError:
        return one.default
