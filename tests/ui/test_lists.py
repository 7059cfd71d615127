"""Tables, chips and addresses of list pages."""

from datetime import date
from types import SimpleNamespace
from typing import Any

from django.template import engines
from django.test import RequestFactory

from techdesk.ui.catalogue import SampleFilters, SampleState
from techdesk.ui.lists import Column, Table, cell_value, filter_chips, sort_order

COLUMNS = (
    Column("tag", "Tag", sort="asset_tag", phone="key"),
    Column("model.name", "Device", phone="main"),
    Column("state", "State", phone="state"),
    Column("due", "Due"),
    Column("charger", "Charger", number=True),
    Column("holder", "With"),
)


def row(**facts: Any) -> SimpleNamespace:
    base = {
        "tag": "C-0412",
        "model": SimpleNamespace(name="Lenovo <500e>"),
        "state": SampleState.OPEN,
        "due": date(2020, 3, 3),
        "charger": True,
        "holder": None,
        "get_absolute_url": lambda: "/devices/C-0412/",
    }
    return SimpleNamespace(**{**base, **facts})


def draw(table: Table, source: str = "{% table table %}nothing{% endtable %}") -> str:
    return engines["django"].from_string(source).render({"table": table}, RequestFactory().get("/"))


def test_cells_are_drawn_by_what_they_hold() -> None:
    html = draw(Table(COLUMNS, [row()], caption="Devices"))
    assert '<a href="/devices/C-0412/">Lenovo &lt;500e&gt;</a>' in html
    assert 'data-tone="info"' in html
    assert (
        '<time datetime="2020-03-03" title="Tuesday, March 3, 2020" data-print="Mar 3, 2020"><span>Mar 3, 2020</span>'
        in html
    )
    assert ">Yes</td>" in html
    assert 'data-label="With" data-empty><span class="muted">—</span>' in html
    assert "nothing" not in html


def test_plain_dicts_are_rows_too() -> None:
    facts = {"tag": "C-1", "model": {"name": "Acer"}, "url": "/x/", "state": None, "due": None}
    html = draw(Table(COLUMNS[:4], [facts], caption="Devices"))
    assert '<a href="/x/">Acer</a>' in html


def test_cell_value_stops_at_nothing_and_calls_methods() -> None:
    assert cell_value({"a": None}, "a.b.c") is None
    assert cell_value(SimpleNamespace(words=lambda: "ok"), "words") == "ok"


def test_the_body_stands_in_for_no_rows() -> None:
    html = draw(Table(COLUMNS, [], caption="Devices"))
    assert "nothing" in html
    assert "<table" not in html


def test_sortable_heads_turn_around_and_forget_the_cursor() -> None:
    request = RequestFactory().get("/devices/?status=in_use&sort=asset_tag&cursor=abc")
    head, other, *_rest = Table(COLUMNS, [], caption="x", request=request).heads()
    assert head.direction == "ascending"
    assert head.sort_url == "?status=in_use&sort=-asset_tag"
    assert other.sort_url is None


def test_only_declared_orderings_are_taken_from_the_address() -> None:
    factory = RequestFactory()
    assert sort_order(factory.get("/?sort=-asset_tag"), COLUMNS, default="x") == ("-asset_tag",)
    assert sort_order(factory.get("/?sort=password"), COLUMNS, default="x") == ("x",)
    assert sort_order(factory.get("/?sort=--asset_tag"), COLUMNS, default="x") == ("x",)


def test_selection_posts_keys_with_a_name_for_each_box() -> None:
    table = Table(COLUMNS, [row()], caption="Devices", select="tag", bulk_url="/devices/bulk/")
    html = draw(table, "{% table table %}{% fill bulk %}{% button 'Retire' type='submit' %}{% endfill %}{% endtable %}")
    assert 'name="selected" value="C-0412"' in html
    assert "Select Lenovo &lt;500e&gt;" in html
    assert 'action="/devices/bulk/"' in html
    assert "Retire" in html


def test_chips_say_what_is_in_force_and_how_to_leave_it() -> None:
    request = RequestFactory().get("/?state=waiting&school=lin&search=gym&cursor=abc")
    chips = filter_chips(SampleFilters(request.GET), request)
    assert [(chip.label, chip.url) for chip in chips] == [
        ("State: Waiting: vendor", "?school=lin&search=gym"),
        ("School: Lincoln", "?state=waiting&search=gym"),
    ]


def test_a_wrong_filter_value_makes_no_chip_and_no_crash() -> None:
    request = RequestFactory().get("/?state=%00nonsense")
    assert filter_chips(SampleFilters(request.GET), request) == []
    assert filter_chips(SampleFilters(), request) == []


def test_the_filter_bar_opens_where_something_is_wrong() -> None:
    source = "{% filters form %}"
    form = SampleFilters({"state": "nonsense"})
    html = engines["django"].from_string(source).render({"form": form}, RequestFactory().get("/"))
    assert "<details open" in html
    assert "nonsense is not one of the available choices" in html
