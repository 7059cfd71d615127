"""What becomes of a notice: by the kind, by what the person chose until then, by quiet hours, by what came before."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction

from techdesk.audit.models import AuditEntry
from techdesk.base.errors import BadInput
from techdesk.directory.models import SettingValue
from techdesk.notifications.actions import choose_notices, notify
from techdesk.notifications.models import Delivery, KindChoice, MailTimes, Notification
from tests.factories import PersonFactory, SchoolFactory, person_with

pytestmark = pytest.mark.django_db
CHICAGO = ZoneInfo("America/Chicago")
#: A Wednesday, 10:00 and 21:00 in Chicago.
MORNING = dt.datetime(2026, 11, 18, 16, tzinfo=dt.UTC)
EVENING = dt.datetime(2026, 11, 19, 3, tzinfo=dt.UTC)


def tell(person: Any, kind: str = "test", *, once: str = "1", **facts: Any) -> Delivery:
    with transaction.atomic():
        notify(recipients=[person], kind=kind, once=once, title="Ticket 7", **facts)
    return Delivery.objects.get(notification__once=f"{once}:{person.pk}")


def choose(person: Any, **facts: Any) -> None:
    plain = {"quiet": "default", "quiet_from": None, "quiet_until": None, "quiet_weekends": True}
    choose_notices(actor=person, **{"choices": {}, **plain, "digest_at": dt.time(7), **facts})


def local(moment: dt.datetime) -> str:
    return moment.astimezone(CHICAGO).strftime("%a %H:%M")


@pytest.fixture
def quiet(db: None) -> None:
    SettingValue.objects.create(name="quiet_hours", value=True)


def test_a_kind_that_nobody_declared_is_refused() -> None:
    with pytest.raises(LookupError, match="nobody.such"):
        tell(PersonFactory(), "nobody.such")
    assert not Notification.objects.exists()


@pytest.mark.parametrize(
    ("choice", "state", "reason"), [("now", "waiting", ""), ("digest", "digest", ""), ("app", "not_sent", "chosen")]
)
def test_as_the_person_chose(choice: str, state: str, reason: str) -> None:
    person = PersonFactory()
    choose(person, choices={"test": choice})
    delivery = tell(person)
    assert (delivery.state, delivery.reason) == (state, reason)
    assert Notification.objects.filter(recipient=person).count() == 1, "in the app it is told in any case"


def test_who_chose_nothing_is_told_as_the_kind_says() -> None:
    assert tell(PersonFactory(), "rare").state == "digest"
    assert tell(PersonFactory(), "test").state == "waiting"


def test_what_was_decided_stays_when_somebody_changes_their_mind() -> None:
    person = PersonFactory()
    before = tell(person)
    choose(person, choices={"test": "app"})
    before.refresh_from_db()
    assert before.state == "waiting"
    assert tell(person, once="2").state == "not_sent"


def test_what_nobody_may_miss_asks_nothing(quiet: None, django_assert_num_queries: Any) -> None:
    person = PersonFactory()
    KindChoice.objects.create(person=person, kind="secret", choice="app")
    with time_machine.travel(EVENING, tick=False), django_assert_num_queries(6):  # one of them is the test's own
        delivery = tell(person, "secret")
    assert (delivery.state, delivery.available_at) == ("waiting", EVENING)


def test_mail_that_can_wait_waits_for_the_morning(quiet: None) -> None:
    person = person_with("teacher", SchoolFactory())
    with time_machine.travel(EVENING, tick=False):
        held, alarm, stopped = tell(person), tell(person, "alarm", once="2"), tell(person, once="3", is_urgent=True)
    assert (held.reason, local(held.available_at)) == ("quiet", "Thu 06:30")
    assert alarm.available_at == stopped.available_at == EVENING
    with time_machine.travel(EVENING, tick=False):
        assert held.shown_state.value == "quiet" and alarm.shown_state.value == "waiting"


def test_an_urgent_one_comes_at_once_even_to_who_reads_once_a_day_but_never_against_their_no(quiet: None) -> None:
    daily, never = PersonFactory(), PersonFactory()
    choose(daily, choices={"test": "digest"})
    choose(never, choices={"test": "app"})
    assert tell(daily, is_urgent=True).state == "waiting"
    assert tell(never, is_urgent=True).state == "not_sent"


def test_quiet_hours_are_the_schools_in_its_own_zone(quiet: None) -> None:
    east = person_with("teacher", SchoolFactory(time_zone="America/New_York"))
    strict = SchoolFactory()
    SettingValue.objects.create(name="quiet_until", school=strict, value="09:00")
    late = person_with("teacher", strict)
    with time_machine.travel(dt.datetime(2026, 11, 19, 1, 30, tzinfo=dt.UTC), tick=False):  # 20:30 and 19:30
        assert local(tell(east).available_at) == "Thu 05:30"
        assert tell(late).reason == ""
    with time_machine.travel(EVENING, tick=False):
        assert local(tell(late, once="2").available_at) == "Thu 09:00"


def test_ones_own_times_win_over_the_schools(quiet: None) -> None:
    owl, never = PersonFactory(), PersonFactory()
    choose(owl, quiet="own", quiet_from=dt.time(0), quiet_until=dt.time(10), quiet_weekends=False)
    choose(never, quiet="none")
    with time_machine.travel(EVENING, tick=False):
        assert tell(owl).reason == "" and tell(never).reason == ""
    with time_machine.travel(EVENING + dt.timedelta(hours=5), tick=False):
        assert local(tell(owl, once="2").available_at) == "Thu 10:00"


def test_the_first_of_a_conversation_goes_at_once_and_its_followers_wait_together() -> None:
    person = PersonFactory()
    moments = []
    for minute in (0, 2, 9, 12, 40):
        with time_machine.travel(MORNING + dt.timedelta(minutes=minute), tick=False):
            delivery = tell(person, "talk", once=str(minute), thread="ticket-7")
            moments.append((delivery.reason, round((delivery.available_at - MORNING).total_seconds() / 60)))
    assert moments == [("", 0), ("gathered", 10), ("gathered", 10), ("gathered", 20), ("", 40)]


def test_other_threads_other_people_and_other_kinds_do_not_wait() -> None:
    person = PersonFactory()
    tell(person, "talk", thread="ticket-7")
    assert tell(person, "talk", once="2", thread="ticket-8").reason == ""
    assert tell(PersonFactory(), "talk", once="3", thread="ticket-7").reason == ""
    assert tell(person, "test", once="4", thread="ticket-7").reason == ""
    assert tell(person, "talk", once="5", thread="ticket-7").reason == "gathered"


def test_the_daily_mail_is_for_the_next_school_morning() -> None:
    person = person_with("teacher", SchoolFactory())
    choose(person, choices={"test": "digest"}, digest_at=dt.time(15, 30))
    with time_machine.travel(dt.datetime(2026, 11, 20, 23, tzinfo=dt.UTC), tick=False):  # Friday, 17:00
        assert local(tell(person).available_at) == "Mon 15:30"


# --- choosing --------------------------------------------------------------------------------------------


def test_choosing_keeps_it_and_writes_history() -> None:
    person = PersonFactory()
    choose(person, choices={"test": "digest", "talk": "app"}, quiet="none", digest_at=dt.time(16))
    choose(person, choices={"test": "app"})
    assert dict(KindChoice.objects.values_list("kind", "choice")) == {"test": "app", "talk": "app"}
    assert (MailTimes.objects.get().quiet, MailTimes.objects.get().digest_at) == ("default", dt.time(7))
    assert [entry.verb for entry in AuditEntry.objects.about(person)] == ["choose_notices", "choose_notices"]


@pytest.mark.parametrize(
    ("facts", "code", "field"),
    [
        ({"choices": {"nobody.such": "now"}}, "unknown_kind", "nobody.such"),
        ({"choices": {"secret": "app"}}, "unknown_kind", "secret"),
        ({"choices": {"test": "never"}}, "unknown_choice", "test"),
        ({"quiet": "sometimes"}, "unknown_choice", "quiet"),
        ({"quiet": "own", "quiet_until": dt.time(7)}, "times_missing", "quiet_from"),
        ({"quiet": "own", "quiet_from": dt.time(7)}, "times_missing", "quiet_until"),
    ],
)
def test_what_cannot_be_chosen(facts: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        choose(PersonFactory(), **facts)
    assert refusal.value.code == code and field in refusal.value.errors
    assert not KindChoice.objects.exists() and not MailTimes.objects.exists()
