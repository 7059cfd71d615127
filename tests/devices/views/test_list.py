from __future__ import annotations

from typing import Any

import pytest

from devices.actions import check_out, retire_device
from techdesk.audit.models import Disclosure
from tests.factories import CategoryFactory, DeviceFactory, DeviceModelFactory, StudentFactory, person_with


def tags(answer: Any) -> list[str]:
    return [row.device.asset_tag for row in answer.context["table"].rows]


def test_a_school_sees_its_devices_and_no_others(place: Any, signed_in: Any) -> None:
    answer = signed_in(place.tech).get("/devices/")
    assert answer.status_code == 200
    assert tags(answer) == ["CART-1", "LIN-0412"]
    assert "R-0001" not in answer.content.decode()


def test_who_may_not(place: Any, signed_in: Any, client: Any) -> None:
    for person in (place.teacher, place.student, place.nobody):
        assert signed_in(person).get("/devices/").status_code == 403
    assert client.get("/devices/").status_code == 302


def test_an_auditor_may_look_but_not_add(place: Any, signed_in: Any) -> None:
    answer = signed_in(person_with("auditor", place.school)).get("/devices/")
    assert answer.status_code == 200
    assert "/devices/new/" not in answer.content.decode()


def test_filters_live_in_the_address(place: Any, signed_in: Any) -> None:
    tablet = DeviceFactory(
        school=place.school,
        asset_tag="T-1",
        model=DeviceModelFactory(name="iPad", category=CategoryFactory(slug="tablet")),
        status="in_repair",
    )
    check_out(actor=place.tech, device=place.device, person=place.student)
    client = signed_in(place.tech)

    def found(query: str) -> list[str]:
        return tags(client.get(f"/devices/?{query}"))

    assert found("category=tablet") == ["T-1"]
    assert found("status=in_repair") == ["T-1"]
    assert found("held=yes") == ["LIN-0412"]
    assert found("held=no") == ["CART-1", "T-1"]
    assert found("search=ipad") == ["T-1"]
    assert found("search=%20Mateo%20rivera%20") == ["LIN-0412"]
    assert found("search=0412") == ["LIN-0412"]
    assert found(f"search={place.device.serial[2:]}") == ["LIN-0412"]
    assert found("search=nothing+of+this") == []
    retire_device(actor=place.tech, device=tablet, reason="broken")
    assert "T-1" not in found("")
    assert found("status=retired") == ["T-1"]


def test_a_retired_device_is_found_by_its_whole_tag_or_serial(place: Any, signed_in: Any) -> None:
    """Somebody who types all of it holds the thing in their hands."""
    gone = DeviceFactory(school=place.school, asset_tag="T-77", serial="PF4XYZ01", status="retired")
    elsewhere = DeviceFactory(school=place.other, asset_tag="T-78", status="disposed")
    client = signed_in(place.tech)
    for text in ("T-77", "t-77", "%20T-77%20", "pf4xyz01"):
        assert tags(client.get(f"/devices/?search={text}")) == ["T-77"], text
    assert tags(client.get(f"/devices/?search={elsewhere.asset_tag}")) == []
    assert tags(client.get("/devices/?search=T-77&status=lost")) == []
    part = client.get("/devices/?search=T-7")
    assert tags(part) == []
    page = part.content.decode()
    assert "Retired devices are left out" in page and 'href="?search=T-7&amp;status=retired"' in page
    assert tags(client.get("/devices/?search=T-7&status=retired")) == [gone.asset_tag]


def test_a_filter_that_does_not_fit_opens_the_list_and_says_so(place: Any, signed_in: Any) -> None:
    answer = signed_in(place.tech).get("/devices/?category=spoon&status=lent&sort=notes&school=R")
    assert answer.status_code == 200
    assert tags(answer) == ["CART-1", "LIN-0412"]
    assert set(answer.context["filters"].errors) == {"category", "status"}


def test_a_broken_cursor_is_a_clear_400(place: Any, signed_in: Any) -> None:
    answer = signed_in(place.tech).get("/devices/?cursor=xyz")
    assert answer.status_code == 400
    assert answer["X-Problem-Code"] == "bad_cursor"


def test_the_school_is_a_filter_where_there_are_several(place: Any, signed_in: Any) -> None:
    client = signed_in(person_with("district_technician"))
    assert tags(client.get("/devices/")) == ["CART-1", "LIN-0412", "R-0001"]
    assert tags(client.get(f"/devices/?school={place.other.code}")) == ["R-0001"]


def test_pages_continue_and_sort(place: Any, signed_in: Any) -> None:
    for number in range(60):
        DeviceFactory(school=place.school, asset_tag=f"P-{number:03}")
    client = signed_in(place.tech)
    first = client.get("/devices/?sort=-asset_tag")
    second = client.get("/devices/", {"sort": "-asset_tag", "cursor": first.context["page"].next_cursor})
    assert tags(first)[0] == "P-059"
    assert len(tags(first)) == 50
    assert [*tags(first), *tags(second)] == sorted([*tags(first), *tags(second)], reverse=True)
    assert tags(second)[-1] == "CART-1"
    assert client.get("/devices/?sort=-last_seen_at").status_code == 200


def test_a_search_does_not_betray_whom_one_may_not_see(place: Any, signed_in: Any) -> None:
    """A device of this school is with somebody of another one: the name finds it only for who may know."""
    check_out(actor=place.tech, device=place.device, person=place.stranger)
    answer = signed_in(place.tech).get("/devices/?search=Nobody+Known")
    assert tags(answer) == []
    whole = signed_in(place.tech).get("/devices/")
    assert "Known" not in whole.content.decode()
    assert "a student" in whole.content.decode()


def test_students_by_name_are_disclosed_once(place: Any, signed_in: Any) -> None:
    second = person_with("student", place.school)
    check_out(actor=place.tech, device=place.device, person=place.student)
    check_out(actor=place.tech, device=DeviceFactory(school=place.school), person=second)
    check_out(actor=place.tech, device=DeviceFactory(school=place.school), person=place.teacher)
    answer = signed_in(place.tech).get("/devices/")
    assert "Mateo Rivera" in answer.content.decode()
    row = Disclosure.objects.get()
    assert (row.viewer, row.channel, row.purpose) == (place.tech, "page", "device list")
    assert row.students == sorted([place.student.pk, second.pk])


def test_no_page_without_its_disclosure(place: Any, signed_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    check_out(actor=place.tech, device=place.device, person=place.student)

    def broken(**_facts: Any) -> None:
        raise RuntimeError("the row cannot be written")

    monkeypatch.setattr("devices.views.lists.disclose", broken)
    with pytest.raises(RuntimeError):
        signed_in(place.tech).get("/devices/")


def test_the_number_of_queries_does_not_grow(place: Any, signed_in: Any, django_assert_num_queries: Any) -> None:
    client = signed_in(place.tech)
    made = 0
    for count in (1, 3, 300):
        for number in range(made, count):
            device = DeviceFactory(school=place.school, asset_tag=f"A-{number:03}", home_cart=place.cart)
            if number < 60:
                check_out(actor=place.tech, device=device, person=StudentFactory())
        made = count
        with django_assert_num_queries(12):
            client.get("/devices/")
