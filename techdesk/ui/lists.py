"""What a list page is made of: columns, the table of one page of rows, chips for the filters in force.

A list view reads like this (paging is `techdesk.base.paging`)::

    COLUMNS = (
        Column("asset_tag", _("Tag"), sort="asset_tag", phone="key"),
        Column("model.name", _("Device"), phone="main", template="devices/cells/device.html"),
        Column("holder_name", _("With")),
        Column("state", _("State"), phone="state"),
    )

    form = DeviceFilters(request.GET)
    ordering = sort_order(request, COLUMNS, default="asset_tag")
    page = keyset_page(devices, order=(*ordering, "pk"), cursor=request.GET.get("cursor"), limit=50)
    table = Table(COLUMNS, page.rows, caption=_("Devices"), request=request)
    return render(request, "devices/list.html", {"table": table, "page": page, "filters": form,
                                                 "chips": filter_chips(form, request)})

    {% filters filters chips %}
    {% table table %}{% empty_state _("No device fits") %}{% endempty_state %}{% endtable %}
    {% pager page %}

A cell's `template` gets `row`, `value` and `column`. Without one a StateChoices member becomes a badge, a
date is spoken, True is "Yes", and nothing is a dash.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from django.forms import BaseForm, Field, MultipleHiddenInput, Widget
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from techdesk.ui.choices import StateChoices

Phone = Literal["main", "key", "state", "more", "hide"]


@dataclass(frozen=True)
class Column:
    """One column. `name` is a dotted path on the row ("model.name"; also a key of a plain dict).

    `sort` is the order-by field behind a sortable head. `phone` is the column's place on the card a row
    becomes on a phone: main (title, carries the link), key (code), state, more (labelled line), hide (wide
    screens only). `optional` draws a dash (on a card: nothing) instead of the template when the value is None.
    """

    name: str
    label: Any
    template: str | None = None
    sort: str | None = None
    css: str = ""
    phone: Phone = "more"
    number: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Head:
    label: Any
    css: str
    sort_url: str | None
    direction: str  # "", "ascending" or "descending"


@dataclass(frozen=True)
class Cell:
    column: Column
    value: Any
    kind: str  # "template", "badge", "when", "yesno", "empty" or "text"
    css: str
    is_link: bool


@dataclass(frozen=True)
class Line:
    row: Any
    url: str
    key: str
    name: str
    cells: tuple[Cell, ...]


def cell_value(row: Any, path: str) -> Any:
    """The value at a dotted path: keys of mappings, else attributes; a method is called; None ends the
    walk.
    """
    value = row
    for part in path.split("."):
        if value is None:
            return None
        value = value[part] if isinstance(value, dict) else getattr(value, part)
        if callable(value) and not isinstance(value, type):
            value = value()
    return value


def _absolute_url(row: Any) -> str:
    found = row.get("url", "") if isinstance(row, dict) else getattr(row, "get_absolute_url", None)
    return str(found() if callable(found) else found or "")


@dataclass
class Table:
    """One page of rows under columns.

    `caption` names the table for screen readers. `select` is the dotted path of the key a selection checkbox
    posts as `selected`; `bulk_url` is where the form of the selection goes. `row_url(row)` is the link of
    the main column (default: `get_absolute_url`). `request` is needed for sortable heads: it holds the
    address they keep.
    """

    columns: Sequence[Column]
    rows: Sequence[Any]
    caption: Any
    request: HttpRequest | None = None
    row_url: Callable[[Any], str] = field(default=_absolute_url)
    select: str = ""
    bulk_url: str = ""
    dense: bool = False
    sort_parameter: str = "sort"

    def heads(self) -> list[Head]:
        query = self.request.GET if self.request else QueryDict()
        current = query.get(self.sort_parameter, "")
        found = []
        for column in self.columns:
            url, direction = None, ""
            if column.sort and self.request:
                if current == column.sort:
                    direction = "ascending"
                elif current == f"-{column.sort}":
                    direction = "descending"
                wanted = f"-{column.sort}" if direction == "ascending" else column.sort
                url = address(query, {self.sort_parameter: wanted})
            found.append(Head(column.label, _place(column), url, direction))
        return found

    def lines(self) -> Iterator[Line]:
        places = [_css(column) for column in self.columns]
        for row in self.rows:
            url = self.row_url(row)
            cells = tuple(
                self._cell(row, column, css, bool(url)) for column, css in zip(self.columns, places, strict=True)
            )
            key = str(cell_value(row, self.select)) if self.select else ""
            main = next((cell for cell in cells if cell.column.phone == "main"), cells[0])
            yield Line(row, url, key, str(main.value), cells)

    def _cell(self, row: Any, column: Column, css: str, has_url: bool) -> Cell:
        value = cell_value(row, column.name) if column.name else row
        if column.template and not (column.optional and value is None):
            kind = "template"
        elif value is None or value == "":
            kind = "empty"
        elif isinstance(value, StateChoices):
            kind = "badge"
        elif isinstance(value, bool):
            kind = "yesno"
        elif isinstance(value, date):
            kind = "when"
        else:
            kind = "text"
            if "@" in str(value):
                css = f"{css} long"  # an e-mail address: it has no place to break, and broken it cannot be read
        return Cell(column, value, kind, css, has_url and column.phone == "main")


def _place(column: Column) -> str:
    return f"col-{column.phone} col-number" if column.number else f"col-{column.phone}"


def _css(column: Column) -> str:
    return f"{_place(column)} {column.css}".rstrip()


def address(query: QueryDict, changes: dict[str, str | None], *, drop: tuple[str, ...] = ("cursor",)) -> str:
    """The same address with some parameters changed (None takes one away); a cursor never survives a
    change.
    """
    copy = query.copy()
    for name in drop:
        copy.pop(name, None)
    for name, value in changes.items():
        if value is None:
            copy.pop(name, None)
        else:
            copy[name] = value
    return f"?{copy.urlencode()}" if copy else "?"


def sort_order(
    request: HttpRequest, columns: Sequence[Column], *, default: str, parameter: str = "sort"
) -> tuple[str, ...]:
    """The ordering the address asks for, if a column allows it, else `default`. An unknown one is ignored: a
    link that was sent last year must still open the list."""
    wanted = request.GET.get(parameter, "")
    allowed = {column.sort for column in columns if column.sort}
    return (wanted,) if wanted.removeprefix("-") in allowed else (default,)


@dataclass(frozen=True)
class Chip:
    """A filter in force: its words, and the address without it."""

    label: str
    url: str


def filter_chips(form: BaseForm, request: HttpRequest, *, without: tuple[str, ...] = ("search",)) -> list[Chip]:
    """One chip for every filled field of a bound filter form, except those in `without` (the search box
    shows itself).
    """
    if not form.is_bound:
        return []
    form.is_valid()
    chips = []
    for name, form_field in form.fields.items():
        value = form.cleaned_data.get(name)
        shown = name in without or _is_hidden(form_field.widget) or name not in form.cleaned_data
        if shown or value in (None, "", [], (), False) or (hasattr(value, "__len__") and not len(value)):
            continue
        words = _words(form_field, value)
        label = str(form[name].label) if value is True else f"{form[name].label}: {words}"
        chips.append(Chip(label, address(request.GET, {form.add_prefix(name): None})))
    return chips


def _is_hidden(widget: Widget) -> bool:
    return widget.is_hidden or isinstance(widget, MultipleHiddenInput)


def _words(form_field: Field, value: Any) -> str:
    if isinstance(value, StateChoices):
        return str(value.label)
    labels = {}
    if (choices := getattr(form_field, "choices", None)) is not None and not hasattr(form_field, "queryset"):
        for key, label in choices:
            labels.update(
                {str(k): str(v) for k, v in label} if isinstance(label, list | tuple) else {str(key): str(label)}
            )
    single = isinstance(value, str | bytes) or not hasattr(value, "__iter__")
    values = [value] if single else list(value)
    return ", ".join(labels.get(str(one), str(one)) for one in values) or _("none")
