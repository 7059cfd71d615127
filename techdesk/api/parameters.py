"""Query parameters, read strictly: what is not declared is refused by name, never ignored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework import serializers

from techdesk.api.resources import Filter, Resource, Viewer
from techdesk.base.errors import BadInput

DEFAULT_LIMIT, MOST_ROWS = 50, 1000
MOST_IN_LIST = 200
LONGEST_SEARCH = 200
_TRUE, _FALSE = {"true", "1"}, {"false", "0"}


@dataclass(frozen=True)
class Query:
    """What a list was asked for, checked."""

    condition: Q
    search: str
    ordering: tuple[str, ...]
    fields: tuple[str, ...]
    limit: int
    cursor: str | None
    count: bool


def refuse_unknown(parameters: QueryDict, known: Iterable[str]) -> None:
    """Raise BadInput (`unknown_parameter`, `repeated_parameter`) unless each parameter is known and comes once."""
    known = set(known)
    unknown = [name for name in parameters if name not in known]
    if unknown:
        raise BadInput(
            _("Unknown parameter: %(names)s.") % {"names": ", ".join(unknown)},
            code="unknown_parameter",
            errors={name: [_("This parameter is not known here.")] for name in unknown},
            parameter=unknown[0],
        )
    repeated = [name for name in parameters if len(parameters.getlist(name)) > 1]
    if repeated:
        raise BadInput(
            _("Give each parameter once; several values go into name__in=a,b."),
            code="repeated_parameter",
            errors={name: [_("Given more than once.")] for name in repeated},
        )
    poisoned = [name for name in parameters if "\x00" in parameters[name]]
    if poisoned:
        raise _bad(poisoned[0], _("A zero byte has no place here."))


def list_parameters(resource: Resource) -> list[str]:
    """The names of every parameter a list of `resource` takes."""
    return ["limit", "cursor", "count", *export_parameters(resource)]


def export_parameters(resource: Resource) -> list[str]:
    names = ["fields", "ordering"]
    if resource.search is not None:
        names.append("search")
    return names + list(filter_names(resource))


def filter_names(resource: Resource) -> dict[str, tuple[Filter, str]]:
    """Parameter -> (filter, lookup)."""
    return {
        (name if lookup == "exact" else f"{name}__{lookup}"): (one, lookup)
        for name, one in resource.filters.items()
        for lookup in one.lookups
    }


def read_list(resource: Resource, parameters: QueryDict, viewer: Viewer) -> Query:
    """The parameters of a list. Raises BadInput naming the parameter."""
    refuse_unknown(parameters, list_parameters(resource))
    return Query(
        condition=read_condition(resource, parameters, viewer),
        search=_search(parameters),
        ordering=_ordering(resource, parameters),
        fields=read_fields(resource, parameters),
        limit=read_limit(parameters),
        cursor=parameters.get("cursor") or None,
        count=read_flag(parameters, "count"),
    )


def read_export(resource: Resource, parameters: QueryDict, viewer: Viewer) -> Query:
    """The parameters of an export: a list without pages; `format` besides."""
    refuse_unknown(parameters, ["format", *export_parameters(resource)])
    return Query(
        condition=read_condition(resource, parameters, viewer),
        search=_search(parameters),
        ordering=_ordering(resource, parameters),
        fields=read_fields(resource, parameters),
        limit=0,
        cursor=None,
        count=False,
    )


def read_fields(resource: Resource, parameters: QueryDict) -> tuple[str, ...]:
    """The fields asked for by `fields=a,b`, in the declared order; all of them without it."""
    if "fields" not in parameters:
        return tuple(resource.fields)
    wanted = {name.strip() for name in str(parameters["fields"]).split(",")}
    if unknown := sorted(wanted - set(resource.fields)):
        raise _bad("fields", _("There is no field “%(name)s”.") % {"name": unknown[0]}, code="unknown_field")
    return tuple(name for name in resource.fields if name in wanted)


def read_flag(parameters: QueryDict, name: str) -> bool:
    value = parameters.get(name, "false").lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise _bad(name, _("Write true or false."))


def read_limit(parameters: QueryDict) -> int:
    text = parameters.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= MOST_ROWS):
        raise _bad("limit", _("Write a number from 1 to %(most)d.") % {"most": MOST_ROWS})
    return int(text)


def _search(parameters: QueryDict) -> str:
    text = parameters.get("search", "").strip()
    if len(text) > LONGEST_SEARCH:
        raise _bad("search", _("This is too long. Keep it under %(most)d characters.") % {"most": LONGEST_SEARCH})
    return text


def _ordering(resource: Resource, parameters: QueryDict) -> tuple[str, ...]:
    wanted = parameters.get("ordering", resource.default_ordering)
    if wanted.removeprefix("-") not in resource.orderings:
        names = ", ".join(resource.orderings)
        raise _bad("ordering", _("Order by one of: %(names)s; a leading - turns it round.") % {"names": names})
    return resource.order(wanted)


def read_condition(resource: Resource, parameters: QueryDict, viewer: Viewer) -> Q:
    condition = Q()
    errors: dict[str, list[Any]] = {}
    for name, (one, lookup) in filter_names(resource).items():
        if name not in parameters:
            continue
        try:
            value = _filter_value(one, lookup, str(parameters[name]))
        except serializers.ValidationError as error:
            errors[name] = [str(text) for text in (error.detail if isinstance(error.detail, list) else [error.detail])]
            continue
        condition &= one.condition(viewer, lookup, value)
    if errors:
        raise BadInput(_("A filter has a value that cannot be used."), code="bad_parameter", errors=errors)
    return condition


def _filter_value(one: Filter, lookup: str, text: str) -> Any:
    if lookup == "isnull":
        return serializers.BooleanField().run_validation(text)
    if lookup == "in":
        parts = [part.strip() for part in text.split(",")]
        if len(parts) > MOST_IN_LIST:
            raise serializers.ValidationError(_("At most %(most)d values.") % {"most": MOST_IN_LIST})
        return [one.describe.run_validation(part) for part in parts]
    return one.describe.run_validation(text)


def _bad(name: str, text: str, *, code: str = "bad_parameter") -> BadInput:
    return BadInput(text, code=code, errors={name: [text]}, parameter=name)


def required_parameter(parameters: QueryDict, name: str, *, longest: int = 200) -> str:
    """The text of a parameter that must be there. Raises BadInput naming it."""
    text = parameters.get(name, "").strip()
    if not text:
        raise _bad(name, _("This parameter is needed."))
    if len(text) > longest or "\x00" in text:
        raise _bad(name, _("This cannot be used."))
    return text
