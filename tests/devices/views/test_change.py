from __future__ import annotations

from typing import Any

from devices.actions import change_device, check_out
from devices.models import Custody, Device
from techdesk.audit.models import AuditEntry, Disclosure
from tests.factories import DeviceFactory, RoomFactory, StudentFactory, person_with

URL = "/devices/LIN-0412/change/"


def typed(client: Any, url: str = URL, **other: Any) -> dict[str, Any]:
    """What a browser would send for the form as it is shown, with some fields typed over."""
    form = client.get(url).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {k: v for k, v in {**values, **other}.items() if v not in (None, False)}


def test_it_changes(place: Any, signed_in: Any) -> None:
    client = signed_in(place.tech)
    data = typed(
        client,
        notes="new hinge",
        home_cart="cart-1",
        home_slot="2",
        assigned_to=place.student.email,
        status="in_repair",
        is_loaner="on",
        model="500e",
    )
    assert client.post(URL, data).status_code == 302
    device = Device.objects.get(asset_tag="LIN-0412")
    assert (device.notes, device.home_cart, device.home_slot) == ("new hinge", place.cart, 2)
    assert (device.assigned_to, device.status, device.is_loaner) == (place.student, "in_repair", True)
    assert (device.model.name, device.category.slug, device.version) == ("500e", "chromebook", 2)


def test_saving_without_a_change_is_no_change(place: Any, signed_in: Any) -> None:
    client = signed_in(place.tech)
    for device in (
        place.device,
        place.cart,
        DeviceFactory(school=place.school, home_room=place.room, assigned_to=place.student, notes="a\nb"),
    ):
        url = device.get_absolute_url() + "change/"
        assert client.post(url, typed(client, url)).status_code == 302
        device.refresh_from_db()
        assert device.version == 1
    assert not AuditEntry.objects.filter(verb="change").exists()


def test_somebody_one_could_not_choose_may_stay(place: Any, signed_in: Any) -> None:
    """The assigned student is at another school, and the room was closed: saving something else still works."""
    device = DeviceFactory(
        school=place.school, assigned_to=place.stranger, home_room=RoomFactory(school=place.school, is_active=False)
    )
    client = signed_in(place.tech)
    url = device.get_absolute_url() + "change/"
    assert "Nobody Known" not in client.get(url).content.decode()
    assert client.post(url, typed(client, url, notes="x")).status_code == 302
    device.refresh_from_db()
    assert (device.assigned_to, device.notes) == (place.stranger, "x")


def test_who_may_not(place: Any, signed_in: Any) -> None:
    check_out(actor=place.tech, device=place.device, person=place.teacher)
    for person in (place.teacher, person_with("librarian", place.school)):
        assert signed_in(person).get(URL).status_code == 403
        assert signed_in(person).post(URL, {"version": 1}).status_code == 403
    assert signed_in(place.other_tech).post(URL, {"version": 1}).status_code == 404


def test_a_device_does_not_move_to_a_school_one_does_not_serve(place: Any, signed_in: Any) -> None:
    client = signed_in(place.tech)
    data = {**typed(client), "school": place.other.code}
    assert client.post(URL, data).status_code == 302  # the field is not theirs, so it is not read
    assert Device.objects.get(pk=place.device.pk).school == place.school
    district = signed_in(person_with("district_technician"))
    assert district.post(URL, typed(district, school=place.other.code)).status_code == 302
    assert Device.objects.get(pk=place.device.pk).school == place.other


def test_a_stale_page_shows_both_and_loses_nothing(place: Any, signed_in: Any) -> None:
    client = signed_in(place.tech)
    data = typed(client, notes="mine", serial="NEW-1")
    change_device(actor=place.tech, device=place.device, notes="theirs", condition="worn", assigned_to=place.student)
    answer = client.post(URL, data)
    text = answer.content.decode()
    assert answer.status_code == 409
    merged = answer.context["merged"]
    assert [(str(c.label), c.now, c.typed) for c in merged.conflicts] == [("Notes", "theirs", "mine")]
    assert [(str(c.label), str(c.now), str(c.typed)) for c in merged.taken_over] == [
        ("Condition", "Worn, works", "Good"),
        ("Assigned for the year", "Mateo Rivera", "nothing"),
    ]
    assert "theirs" in text
    device = Device.objects.get(pk=place.device.pk)
    assert (device.notes, device.version) == ("theirs", 2)
    # Saving the page that came back keeps what was typed and what the others did.
    form = answer.context["form"]
    again = {n: v for n in form.fields if (v := form[n].value()) not in (None, False)}
    assert client.post(URL, again).status_code == 302
    device.refresh_from_db()
    assert (device.notes, device.serial, device.condition, device.version) == ("mine", "NEW-1", "worn", 3)
    assert device.assigned_to == place.student


def test_a_version_that_never_was_loses_nothing_either(place: Any, signed_in: Any) -> None:
    client = signed_in(place.tech)
    answer = client.post(URL, typed(client, notes="mine", version="99"))
    assert answer.status_code == 409
    assert answer.context["form"]["notes"].value() == "mine"
    assert client.post(URL, typed(client, version="")).status_code == 422


def test_bad_input(place: Any, signed_in: Any) -> None:
    DeviceFactory(school=place.school, home_cart=place.cart, home_slot=1)
    other = DeviceFactory(school=place.school, serial="TWIN")
    abroad = RoomFactory(school=place.other)
    client = signed_in(place.tech)
    for changes, status, field in (
        ({"home_cart": "CART-1", "home_slot": "1"}, 409, "home_slot"),
        ({"home_cart": "CART-1", "home_slot": "6"}, 409, "home_slot"),
        ({"home_cart": other.asset_tag}, 409, "home_cart"),
        ({"home_slot": "3"}, 400, "home_slot"),
        ({"home_room": abroad.public_key}, 422, "home_room"),
        ({"home_room": place.room.public_key, "home_cart": "CART-1"}, 400, "home_cart"),
        ({"serial": "twin"}, 400, "serial"),
        ({"status": "retired"}, 422, "status"),
        ({"purchased_on": "soon"}, 422, "purchased_on"),
        ({"category": "spoon"}, 422, "category"),
        ({"assigned_to": "nobody"}, 422, "assigned_to"),
        ({"manufacturer": ""}, 422, "manufacturer"),
    ):
        answer = client.post(URL, {**typed(client), **changes})
        assert (answer.status_code, list(answer.context["form"].errors)) == (status, [field]), changes
    assert Device.objects.get(pk=place.device.pk).version == 1


def test_the_assigned_student_is_disclosed(place: Any, signed_in: Any) -> None:
    change_device(actor=place.tech, device=place.device, assigned_to=place.student)
    signed_in(place.tech).get(URL)
    assert Disclosure.objects.get().students == [place.student.pk]


def test_add(place: Any, signed_in: Any) -> None:
    client = signed_in(place.tech)
    data = typed(
        client,
        "/devices/new/",
        asset_tag="  N 1/2 ",
        serial="S1",
        manufacturer="Acer",
        model="Spin",
        category="chromebook",
        home_cart="CART-1",
        home_slot="1",
    )
    answer = client.post("/devices/new/", data)
    assert answer.status_code == 302
    device = Device.objects.get(asset_tag="N 1/2")
    assert answer["Location"] == device.get_absolute_url()
    assert (device.school, device.model.name, device.home_slot) == (place.school, "Spin", 1)


def test_add_a_cart(place: Any, signed_in: Any) -> None:
    client = signed_in(place.tech)
    data = typed(client, "/devices/new/", asset_tag="K", manufacturer="A", model="B", category="cart", slot_count="30")
    assert client.post("/devices/new/", data).status_code == 302
    assert Device.objects.get(asset_tag="K").is_cart


def test_a_duplicate_leads_to_the_other_where_one_may_see_it(place: Any, signed_in: Any) -> None:
    client = signed_in(place.tech)
    facts = {"manufacturer": "Lenovo", "model": "X", "category": "laptop"}
    seen = client.post("/devices/new/", typed(client, "/devices/new/", asset_tag="lin-0412", **facts))
    assert seen.status_code == 400
    assert '<a href="/devices/LIN-0412/">LIN-0412</a>' in seen.content.decode()
    hidden = client.post("/devices/new/", typed(client, "/devices/new/", asset_tag="R-0001", **facts))
    assert (hidden.status_code, list(hidden.context["form"].errors)) == (400, ["asset_tag"])
    assert "/devices/R-0001/" not in hidden.content.decode()
    same = client.post(
        "/devices/new/", typed(client, "/devices/new/", asset_tag="n", serial=place.device.serial, **facts)
    )
    assert list(same.context["form"].errors) == ["serial"]
    neither = client.post("/devices/new/", typed(client, "/devices/new/", **facts))
    assert (neither.status_code, list(neither.context["form"].errors)) == (422, ["asset_tag"])


def test_add_is_for_technicians_and_their_schools(place: Any, signed_in: Any) -> None:
    for person in (place.teacher, person_with("librarian", place.school)):
        assert signed_in(person).post("/devices/new/", {}).status_code == 403
    client = signed_in(place.tech)
    facts = {"asset_tag": "n", "manufacturer": "A", "model": "X", "category": "laptop", "school": place.other.code}
    answer = client.post("/devices/new/", typed(client, "/devices/new/", **facts))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["school"])


def test_retire(place: Any, signed_in: Any) -> None:
    change_device(actor=place.tech, device=place.device, home_cart=place.cart, home_slot=1, assigned_to=place.student)
    client = signed_in(place.tech)
    page = client.get("/devices/LIN-0412/retire/").content.decode()
    assert "CART-1, slot 1" in page
    assert "Mateo Rivera" in page
    assert client.post("/devices/LIN-0412/retire/", {"reason": " "}).status_code == 422
    assert signed_in(person_with("librarian", place.school)).post("/devices/LIN-0412/retire/").status_code == 403
    assert signed_in(place.other_tech).post("/devices/LIN-0412/retire/").status_code == 404
    assert client.post("/devices/LIN-0412/retire/", {"reason": "screen"}).status_code == 302
    assert client.post("/devices/LIN-0412/retire/", {"reason": "screen"}).status_code == 409
    assert Device.objects.get(asset_tag="LIN-0412").status == "retired"
    held = DeviceFactory(school=place.school)
    check_out(actor=place.tech, device=held, person=StudentFactory())
    assert client.post(held.get_absolute_url() + "retire/", {"reason": "x"}).status_code == 409
    assert Custody.objects.open().count() == 1
