from __future__ import annotations

from typing import Any

from devices.actions import change_device, check_out
from techdesk.audit.models import Disclosure
from tests.factories import CartFactory, DeviceFactory, SectionFactory, StudentFactory, enrol, person_with


def test_a_teachers_things(place: Any, signed_in: Any) -> None:
    mine = DeviceFactory(school=place.school)
    check_out(actor=place.tech, device=mine, person=place.teacher)
    change_device(actor=place.tech, device=place.cart, responsible=place.teacher)
    board = DeviceFactory(school=place.school, home_room=place.room)
    check_out(actor=place.tech, device=place.device, person=place.student)
    answer = signed_in(place.teacher).get("/devices/mine/")
    context = answer.context
    assert [row.device for row in context["own"]] == [mine]
    assert [row.device for row in context["carts"]] == [place.cart]
    assert [row.device for row in context["in_room"]] == [board]
    assert [row.device for row in context["students"].rows] == [place.device]
    assert "Mateo Rivera" in answer.content.decode()
    assert Disclosure.objects.get().students == [place.student.pk]


def test_a_student_sees_only_what_they_have(place: Any, signed_in: Any) -> None:
    child = person_with("student", place.school, default_room=place.room)
    DeviceFactory(school=place.school, home_room=place.room)
    check_out(actor=place.tech, device=place.device, person=child)
    answer = signed_in(child).get("/devices/mine/")
    assert [row.device for row in answer.context["own"]] == [place.device]
    assert answer.context["in_room"] == []
    assert answer.context["students"] is None
    assert not Disclosure.objects.exists()


def test_a_device_assigned_to_a_student_is_listed_by_their_name(place: Any, signed_in: Any) -> None:
    change_device(actor=place.tech, device=place.device, assigned_to=place.student)
    answer = signed_in(place.teacher).get("/devices/mine/")
    assert [row.student for row in answer.context["students"].rows] == ["Mateo Rivera"]
    assert Disclosure.objects.get().students == [place.student.pk]


def test_nothing_yet(place: Any, signed_in: Any) -> None:
    answer = signed_in(place.nobody).get("/devices/mine/")
    assert answer.status_code == 200
    assert "Nothing is checked out to you" in answer.content.decode()


def test_the_number_of_queries_does_not_grow(place: Any, signed_in: Any, django_assert_num_queries: Any) -> None:
    client = signed_in(place.teacher)
    section = SectionFactory(school=place.school)
    enrol(section, teacher=place.teacher)
    for count in (1, 3, 45):
        students = [StudentFactory() for _n in range(count)]
        enrol(section, students=students)
        for student in students:
            check_out(actor=place.tech, device=DeviceFactory(school=place.school), person=student)
            check_out(actor=place.tech, device=DeviceFactory(school=place.school), person=place.teacher)
            CartFactory(school=place.school, responsible=place.teacher)
            DeviceFactory(school=place.school, home_room=place.room)
        with django_assert_num_queries(23):
            client.get("/devices/mine/")


def found(answer: Any) -> list[str]:
    return [one["value"] for one in answer.json()["results"]]


def test_the_picker_offers_own_things_first(place: Any, signed_in: Any) -> None:
    mine = DeviceFactory(school=place.school, asset_tag="Z-0412")
    check_out(actor=place.tech, device=mine, person=place.tech)
    client = signed_in(place.tech)
    assert found(client.get("/devices/find/")) == ["Z-0412"]
    assert found(client.get("/devices/find/?q=0412")) == ["Z-0412", "LIN-0412"]
    assert found(client.get("/devices/find/?q=lin-0412")) == ["LIN-0412"]
    assert found(client.get("/devices/find/?q=R-0001")) == []
    assert found(client.get("/devices/carts/find/?q=cart")) == ["CART-1"]
    for number in range(30):
        DeviceFactory(school=place.school, asset_tag=f"X-{number}")
    assert len(found(client.get("/devices/find/?q=x-"))) == 20
    assert found(client.get("/devices/find/?q=%00")) == ["Z-0412"]


def test_the_picker_shows_only_what_is_seen_and_names_nobody(place: Any, signed_in: Any) -> None:
    check_out(actor=place.tech, device=place.device, person=place.student)
    answer = signed_in(place.teacher).get("/devices/find/?q=lin-0412")
    assert found(answer) == ["LIN-0412"]
    assert "Mateo" not in answer.content.decode()
    assert found(signed_in(place.nobody).get("/devices/find/?q=lin-0412")) == []
    assert not Disclosure.objects.exists()


def test_the_person_page_says_what_they_hold(place: Any, signed_in: Any) -> None:
    check_out(actor=place.tech, device=place.device, person=place.student)
    DeviceFactory(school=place.school, assigned_to=place.student)
    DeviceFactory(school=place.other, assigned_to=place.student)
    answer = signed_in(place.tech).get(place.student.get_absolute_url())
    assert "Holds 2 devices" in answer.content.decode()
    assert Disclosure.objects.of_student(place.student).count() == 1
    assert "Holds" not in signed_in(place.tech).get(place.teacher.get_absolute_url()).content.decode()


def test_who_has_a_persons_device_is_disclosed_on_that_persons_page(place: Any, signed_in: Any) -> None:
    lent = DeviceFactory(school=place.school, assigned_to=place.teacher)
    check_out(actor=place.tech, device=lent, person=place.student)
    assert "Rivera" in signed_in(place.tech).get(place.teacher.get_absolute_url()).content.decode()
    assert Disclosure.objects.of_student(place.student).count() == 1
