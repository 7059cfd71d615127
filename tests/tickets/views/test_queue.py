"""The technicians' queue: who sees what, in which order, narrowed how; its news; taking several at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from techdesk.audit.models import Disclosure
from tests.factories import DeviceFactory, RoomFactory, grant, person_with
from tests.tickets.views.pages import text_of
from tickets.actions import assign_ticket, cancel_ticket, close_ticket, resolve_ticket, wait_ticket
from tickets.models import Ticket, TicketDevice


def subjects(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return [row.subject for row in answer.context["page"].rows]


def test_stopped_lessons_first_then_the_newest(world: Any, signed_in: Any) -> None:
    for subject, priority in [
        ("a", "normal"),
        ("b", "urgent"),
        ("c", "low"),
        ("d", "high"),
        ("e", "normal"),
        ("f", "urgent"),
    ]:
        world.ticket(subject, priority=priority)
    assert subjects(signed_in(world.technician).get("/tickets/")) == ["f", "b", "d", "e", "a", "c"]


def test_only_those_who_work_or_answer_for_a_school_see_its_queue(world: Any, signed_in: Any) -> None:
    world.ticket("Lincoln")
    world.ticket("Roosevelt", actor=world.stranger, school=world.elsewhere)
    for role in ("technician", "school_admin", "auditor"):
        assert subjects(signed_in(person_with(role, world.school)).get("/tickets/")) == ["Lincoln"], role
    assert subjects(signed_in(world.foreign_technician).get("/tickets/")) == ["Roosevelt"]
    assert subjects(signed_in(person_with("district_technician")).get("/tickets/")) == ["Roosevelt", "Lincoln"]
    for role in ("teacher", "student", "librarian", "staff", "guardian", "proctor"):
        client = signed_in(person_with(role, world.school))
        assert client.get("/tickets/")["Location"] == "/tickets/mine/", role
        assert client.get("/tickets/news/").status_code == 403, role
        assert client.post("/tickets/take/").status_code == 403, role


def test_being_asked_for_or_given_a_ticket_does_not_open_the_queue_of_another_school(
    world: Any, signed_in: Any
) -> None:
    """Own tickets of elsewhere are seen on their page, not in a queue one works on."""
    ticket = world.ticket("Asked at Roosevelt", actor=world.technician, school=world.elsewhere)
    client = signed_in(world.technician)
    assert subjects(client.get("/tickets/")) == []
    assert client.get(f"/tickets/{ticket.number}/").status_code == 200


def test_a_row_says_who_where_what_and_names_no_student(world: Any, signed_in: Any) -> None:
    device = DeviceFactory(school=world.school, asset_tag="C-0412")
    world.ticket("Cracked", room=world.room, devices=[device], affected=world.students[0])
    world.ticket("Mine", actor=world.students[1], school=world.school)
    answer = signed_in(world.technician).get("/tickets/")
    words = " ".join(text_of(answer).split())
    assert "Ana Diaz · for a student in 5B" in words and "A student in 5B" in words
    assert "Room 12" in words and "C-0412" in words
    for student in world.students:
        assert student.family_name not in words and student.given_name not in words
    assert not Disclosure.objects.exists()


def test_the_school_stands_in_the_row_only_where_there_are_several(world: Any, signed_in: Any) -> None:
    world.ticket("Dark", room=world.room)
    assert signed_in(world.technician).get("/tickets/").context["table"].rows[0].school == ""
    grant(world.technician, "technician", world.elsewhere)
    assert signed_in(world.technician).get("/tickets/").context["table"].rows[0].school == "Lincoln Elementary"


@pytest.fixture
def many(world: Any) -> dict[str, Any]:
    """One ticket in each state, and a few more to tell filters apart."""
    lou = person_with("technician", world.school)
    made = {name: world.ticket(name) for name in ("new", "open", "waiting", "resolved", "closed", "cancelled")}
    assign_ticket(actor=lou, ticket=made["open"], assignee=lou)
    wait_ticket(actor=lou, ticket=made["waiting"], waiting_for="parts")
    for name in ("resolved", "closed"):
        resolve_ticket(actor=lou, ticket=made[name], resolution="Done")
    close_ticket(actor=lou, ticket=made["closed"])
    cancel_ticket(actor=lou, ticket=made["cancelled"])
    made["mine"] = world.ticket("mine", priority="high", description="Zoë's CAFÉ printer")
    assign_ticket(actor=lou, ticket=made["mine"], assignee=world.technician)
    made["printer"] = world.ticket("printer", issue_type=world.issue("printing"))
    return made


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["mine", "printer", "waiting", "open", "new"]),
        ("status=waiting", ["waiting"]),
        ("status=closed", ["closed"]),
        ("status=all", ["printer", "mine", "cancelled", "closed", "resolved", "waiting", "open", "new"]),
        ("status=nonsense", ["mine", "printer", "waiting", "open", "new"]),
        ("assignee=me", ["mine"]),
        ("assignee=nobody", ["printer", "waiting", "new"]),
        ("priority=high", ["mine"]),
        ("issue=printing", ["printer"]),
        ("search=cafe", ["mine"]),
        ("search=zoe+printer", ["mine"]),
        ("search=%25", []),
        ("search=nothing+of+that+kind", []),
        ("assignee=nobody&status=new", ["printer", "new"]),
        ("unknown=parameter", ["mine", "printer", "waiting", "open", "new"]),
    ],
)
def test_filters_stand_in_the_address(
    world: Any, signed_in: Any, many: dict[str, Any], query: str, expected: list[str]
) -> None:
    assert subjects(signed_in(world.technician).get(f"/tickets/?{query}")) == expected


def test_a_number_finds_its_ticket(world: Any, signed_in: Any, many: dict[str, Any]) -> None:
    client = signed_in(world.technician)
    for text in (str(many["new"].number), f"t-{many['new'].number}", f" T-{many['new'].number} "):
        assert subjects(client.get("/tickets/", {"search": text})) == ["new"]


def test_filters_in_force_are_chips_that_can_be_taken_away(world: Any, signed_in: Any, many: Any) -> None:
    answer = signed_in(world.technician).get("/tickets/?status=waiting&assignee=nobody")
    assert {chip.label: chip.url for chip in answer.context["chips"]} == {
        "State: Waiting": "?assignee=nobody",
        "With: Nobody": "?status=waiting",
    }


def test_an_empty_queue_and_an_empty_filter_say_what_to_do(world: Any, signed_in: Any) -> None:
    client = signed_in(world.technician)
    assert "Nothing waits for you" in text_of(client.get("/tickets/"))
    assert "No ticket fits" in text_of(client.get("/tickets/?search=xyz"))


def test_pages_continue_after_the_last_row(world: Any, signed_in: Any) -> None:
    for n in range(52):
        world.ticket(f"n{n}", priority="urgent" if n == 0 else "normal")
    client = signed_in(world.technician)
    first = client.get("/tickets/")
    assert subjects(first)[0] == "n0" and len(subjects(first)) == 50
    second = client.get(f"/tickets/?cursor={first.context['page'].next_cursor}")
    assert subjects(second) == ["n2", "n1"]
    assert client.get("/tickets/?cursor=nonsense").status_code == 400


@pytest.mark.parametrize("count", [1, 3, 300])
def test_the_queue_costs_the_same_for_any_length(
    world: Any, signed_in: Any, django_assert_num_queries: Any, count: int
) -> None:
    grant(world.technician, "technician", world.elsewhere)
    device = DeviceFactory(school=world.school)
    tickets = Ticket.objects.bulk_create(
        Ticket(
            subject=f"n{n}",
            school=world.school,
            room=RoomFactory(school=world.school),
            requester=world.teacher,
            entered_by=world.teacher,
            affected=world.students[n % 2],
            assignee=world.technician if n % 3 else None,
        )
        for n in range(count)
    )
    TicketDevice.objects.bulk_create(TicketDevice(ticket=ticket, device=device) for ticket in tickets)
    client = signed_in(world.technician)
    client.get("/tickets/")
    with django_assert_num_queries(11):
        assert len(subjects(client.get("/tickets/"))) == min(count, 50)


# --- news ----------------------------------------------------------------------------------------------


def test_news_count_what_came_and_answer_304_when_nothing_did(
    world: Any, signed_in: Any, django_assert_num_queries: Any
) -> None:
    world.ticket("old")
    client = signed_in(world.technician)
    page = client.get("/tickets/?assignee=nobody")
    url, mark = page.context["news_url"], page.context["mark"]
    assert url == "/tickets/news/?assignee=nobody"
    nothing = client.get(url, {"since": mark, "assignee": "nobody"})
    assert nothing.json() == {"new": 0, "mark": mark}
    etag = nothing["ETag"]
    with django_assert_num_queries(6):
        again = client.get(url, {"since": mark, "assignee": "nobody"}, headers={"if-none-match": etag})
    assert again.status_code == 304 and not again.content
    world.ticket("new one")
    world.ticket("new two")
    taken = world.ticket("somebody has it")
    assign_ticket(actor=world.technician, ticket=taken, assignee=world.technician)
    world.ticket("elsewhere", actor=world.stranger, school=world.elsewhere)
    news = client.get(url, {"since": mark, "assignee": "nobody"}, headers={"if-none-match": etag})
    assert news.status_code == 200 and news.json()["new"] == 2 and news["ETag"] != etag
    assert client.get(url, {"since": news.json()["mark"], "assignee": "nobody"}).json()["new"] == 0


@pytest.mark.parametrize("since", ["yesterday", "2026-01-01", "2026-01-01T00:00:00", "\x00"])
def test_a_broken_mark_is_refused(world: Any, signed_in: Any, since: str) -> None:
    answer = signed_in(world.technician).get("/tickets/news/", {"since": since})
    assert answer.status_code == 400 and answer["X-Problem-Code"] == "bad_since"


def test_news_of_an_empty_queue(world: Any, signed_in: Any) -> None:
    client = signed_in(world.technician)
    assert client.get("/tickets/news/").json() == {"new": 0, "mark": ""}
    world.ticket()
    assert client.get("/tickets/news/").json()["new"] == 1


# --- taking several ------------------------------------------------------------------------------------


def test_ticked_tickets_become_mine_and_each_refusal_is_said(world: Any, signed_in: Any) -> None:
    one, two, done = world.ticket("one"), world.ticket("two"), world.ticket("done")
    foreign = world.ticket("foreign", actor=world.stranger, school=world.elsewhere)
    resolve_ticket(actor=world.technician, ticket=done, resolution="Done")
    Ticket.objects.filter(pk=done.pk).update(assignee=None)
    numbers = [one.number, two.number, done.number, foreign.number, "x", "1" * 40, -1]
    client = signed_in(world.technician)
    answer = client.post("/tickets/take/?status=all", {"selected": numbers}, follow=True)
    assert answer.redirect_chain == [("/tickets/?status=all", 302)]
    words = text_of(answer)
    assert "2 tickets are yours now." in words and f"T-{done.number} is already resolved" in words
    assert set(Ticket.objects.filter(assignee=world.technician)) == {one, two}
    assert Ticket.objects.get(pk=foreign.pk).assignee is None


def test_nothing_ticked_says_what_to_do(world: Any, signed_in: Any) -> None:
    answer = signed_in(world.technician).post("/tickets/take/", follow=True)
    assert "Tick the tickets first" in text_of(answer)


def test_readers_get_no_boxes_and_may_not_take(world: Any, signed_in: Any) -> None:
    ticket = world.ticket()
    client = signed_in(person_with("auditor", world.school))
    assert b'name="selected"' not in client.get("/tickets/").content
    assert client.post("/tickets/take/", {"selected": [ticket.number]}).status_code == 403
    assert client.get("/tickets/take/").status_code in (403, 405)


def test_taking_needs_the_token(world: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.technician, backend="allauth.account.auth_backends.AuthenticationBackend")
    ticket = world.ticket()
    assert client.post("/tickets/take/", {"selected": [ticket.number]}).status_code == 403
    assert Ticket.objects.get().assignee is None
