"""Between preview and apply the world goes on: what changed is refused or recomputed, never overwritten."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from techdesk.base.errors import NotPossible
from techdesk.directory.actions import change_person, service_person
from techdesk.directory.imports.oneroster import ONEROSTER
from techdesk.directory.models import ExternalId, Person, RoleAssignment
from techdesk.jobs.actions.imports import apply_import, begin_apply, begin_import, count_verdicts, stage_import
from techdesk.jobs.imports.files import InputPath
from techdesk.jobs.imports.lock import one_at_a_time
from techdesk.jobs.models import ImportRow, ImportRun
from tests.directory.imports.commands import import_oneroster
from tests.directory.imports.rosters import changed, enrolment, good, user, write
from tests.factories import PersonFactory


def _stage(folder: Path, **options: Any) -> ImportRun:
    run = begin_import(actor=service_person("roster"), kind=ONEROSTER, files=[{"name": "r"}], options=options)
    return stage_import(run=run, inputs=[InputPath.of(folder)])


def _apply(run: ImportRun) -> ImportRun:
    actor = service_person("roster")
    begin_apply(actor=actor, run=run)
    return apply_import(actor=actor, run=run)


@pytest.mark.django_db
def test_staging_writes_rows_and_nothing_else(tmp_path: Path) -> None:
    run = _stage(write(tmp_path / "r", good()))
    assert run.state == "staged" and run.source == "maple-sis"
    assert run.summary["planned"]["users"]["create"] == 4
    assert not Person.objects.exclude(kind="service").exists()
    row = ImportRow.objects.get(run=run, key="zoe")
    assert (row.verdict, row.before, row.target_id, row.applied) == ("create", {}, None, False)
    _apply(run)
    row.refresh_from_db()
    assert (row.applied, row.target_id) == (True, Person.objects.get(username="zoe").pk)


@pytest.mark.django_db
def test_what_somebody_changed_otherwise_is_refused(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", good()))
    zoe, leo = Person.objects.get(username="zoe"), Person.objects.get(username="leo")
    files = changed(changed(good(), "users", "zoe", grades="06"), "users", "leo", grades="06")
    run = _stage(write(tmp_path / "2", files))
    assert ImportRow.objects.get(run=run, key="zoe").before["grade"] == "05"
    change_person(actor=leo, person=zoe, grade="07")
    change_person(actor=leo, person=leo, grade="06")
    _apply(run)
    zoe.refresh_from_db()
    assert zoe.grade == "07"
    row = ImportRow.objects.get(run=run, key="zoe")
    assert (row.verdict, row.code, row.applied) == ("refuse", "changed_since_preview", False)
    assert ImportRow.objects.get(run=run, key="leo").verdict == "unchanged", "somebody did it already"


@pytest.mark.django_db
def test_another_change_of_the_same_object_does_not_disturb(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", good()))
    run = _stage(write(tmp_path / "2", changed(good(), "users", "zoe", grades="06")))
    zoe = Person.objects.get(username="zoe")
    change_person(actor=zoe, person=zoe, language="es")
    _apply(run)
    zoe.refresh_from_db()
    assert (zoe.grade, zoe.language) == ("06", "es")


@pytest.mark.django_db
def test_an_address_that_was_taken_meanwhile_is_refused_with_what_hangs_on_it(tmp_path: Path) -> None:
    run = _stage(write(tmp_path / "r", good()))
    PersonFactory(email="ana.diaz@maple.example")
    _apply(run)
    refused = ImportRow.objects.filter(run=run).refused()
    assert [(row.key, row.code) for row in refused] == [("ana", "duplicate_email"), ("e1", "unknown_user")]
    assert count_verdicts(run) == {"created": 11, "updated": 0, "unchanged": 0, "deactivated": 0, "refused": 2}


@pytest.mark.django_db
def test_two_previews_of_one_file_are_applied_once(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", good())
    first, second = _stage(folder), _stage(folder)
    _apply(first)
    _apply(second)
    assert count_verdicts(second) == {"created": 0, "updated": 0, "unchanged": 13, "deactivated": 0, "refused": 0}
    with pytest.raises(NotPossible) as refusal:
        begin_apply(actor=service_person("roster"), run=first)
    assert refusal.value.code == "not_ready"


@pytest.mark.django_db
def test_an_apply_that_broke_off_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = _stage(write(tmp_path / "r", good()))
    begin_apply(actor=service_person("roster"), run=run)
    people = ONEROSTER.part("users")

    class Killed(BaseException):
        """As when the worker is killed: nothing of ours may catch it."""

    def die(*args: Any, **kwargs: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(people, "write", die)
        with pytest.raises(Killed):
            apply_import(actor=service_person("roster"), run=run)
    assert ImportRow.objects.filter(run=run, applied=True).count() == 4
    apply_import(actor=service_person("roster"), run=run)
    run.refresh_from_db()
    assert run.state == "applied" and run.summary["done"]["created"] == 13


@pytest.mark.django_db
def test_one_row_that_the_database_refuses_does_not_stop_its_batch(tmp_path: Path) -> None:
    """A dangling link (somebody tidied up in SQL) makes the insert of that one link fail."""
    ExternalId.objects.create(source="maple-sis", kind="person", value="leo", target_id=999_999_999, present=False)
    run = _stage(write(tmp_path / "r", good()))
    _apply(run)
    assert Person.objects.filter(username__in=["ana", "zoe", "mom", "leo"]).count() == 4
    assert count_verdicts(run)["refused"] == 0
    assert ExternalId.objects.get(source="maple-sis", value="leo").target_id == Person.objects.get(username="leo").pk


@pytest.mark.django_db
def test_queries_grow_with_batches_not_with_rows(
    tmp_path: Path, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    service_person("roster")
    few, many = good(), good()
    many["users"] = [*many["users"], *(user(f"n{i}", email=f"n{i}@s.maple.example") for i in range(60))]
    many["enrollments"] = [*many["enrollments"], *(enrolment(f"x{i}", "c1", f"n{i}") for i in range(60))]
    with transaction.atomic():
        run = _stage(write(tmp_path / "1", few))
        with django_assert_num_queries(141) as small:
            _apply(run)
        transaction.set_rollback(True)
    run = _stage(write(tmp_path / "2", many))
    with django_assert_max_num_queries(len(small)):
        _apply(run)
    with django_assert_num_queries(53):
        _stage(write(tmp_path / "2", many))


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_source_at_once(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", good())
    with one_at_a_time("oneroster", "maple-sis"):
        [answer] = _at_once([lambda: import_oneroster(folder)])
        assert (answer[0], answer[1]["errors"][0]["code"]) == (2, "import_running")
        [answer] = _at_once([lambda: import_oneroster(folder, source="another")])
        assert answer[0] == 0
    results = _at_once([lambda: import_oneroster(folder, source="third") for _time in range(4)])
    codes = sorted(code for code, _summary in results)
    assert codes[0] == 0 and set(codes) <= {0, 2}
    for code, summary in results:
        assert code == 0 or summary["errors"][0]["code"] == "import_running"
    assert Person.objects.filter(username="zoe").count() == 2, (
        "one of each roster: students without email cannot be joined"
    )
    assert not RoleAssignment.objects.in_force().filter(role="technician").exists()


def _at_once(calls: Iterable[Any]) -> list[Any]:
    def one(call: Any) -> Any:
        try:
            return call()
        finally:
            connection.close()

    calls = list(calls)
    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(one, calls))
