"""What the roster of a new school year means, read from the rows of its import: before and after it is applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from techdesk.directory.hooks import RoomMove, YearFacts
from techdesk.directory.models import Person, Room
from techdesk.jobs.choices import Verdict
from techdesk.jobs.models import ImportRow, ImportRun

USERS = "users"


@dataclass(frozen=True)
class Movement:
    """The students of one grade of one school in the new year (those who left: of the grade they were in)."""

    school: str
    grade: str
    promoted: int  # another grade at the same school
    moved: int  # from another school
    new: int
    stayed: int  # same school, same grade
    left: int


#: One row per student of the roster: where and in which grade before and after. Roles read "student@LIN".
_MOVEMENTS = """
WITH student AS (
  SELECT verdict,
    coalesce(data->>'grade', '') AS grade,
    coalesce(before->>'grade', '') AS old_grade,
    coalesce((SELECT split_part(role, '@', 2) FROM jsonb_array_elements_text(data->'roles') AS role
      WHERE role LIKE 'student@%%' LIMIT 1), '') AS school,
    coalesce((SELECT split_part(role, '@', 2) FROM jsonb_array_elements_text(before->'roles') AS role
      WHERE role LIKE 'student@%%' LIMIT 1), '') AS old_school
  FROM jobs_importrow
  WHERE run_id = %s AND part = 'users' AND verdict IN ('create', 'update', 'unchanged', 'deactivate')
    AND coalesce(data->>'kind', before->>'kind') = 'student'
), placed AS (
  SELECT CASE WHEN verdict = 'deactivate' THEN old_school ELSE school END AS school,
    CASE WHEN verdict = 'deactivate' THEN old_grade ELSE grade END AS grade,
    CASE WHEN verdict = 'deactivate' THEN 'left' WHEN verdict = 'create' THEN 'new'
      WHEN old_school <> '' AND old_school <> school THEN 'moved'
      WHEN old_grade <> grade THEN 'promoted' ELSE 'stayed' END AS became
  FROM student
)
SELECT school, grade, count(*) FILTER (WHERE became = 'promoted'), count(*) FILTER (WHERE became = 'moved'),
  count(*) FILTER (WHERE became = 'new'), count(*) FILTER (WHERE became = 'stayed'),
  count(*) FILTER (WHERE became = 'left')
FROM placed GROUP BY school, grade ORDER BY school, grade
"""

#: Who is the main teacher of a homeroom with a room, by what the rows of the roster say.
_HOMEROOMS = """
SELECT person.target_id, coalesce(home.data->>'school', home.before->>'school'),
  coalesce(nullif(home.data->>'room', ''), home.before->>'room')
FROM jobs_importrow AS place
JOIN jobs_importrow AS home ON home.run_id = place.run_id AND home.part = 'classes'
  AND home.key = place.data->>'section' AND home.verdict IN ('create', 'update', 'unchanged')
JOIN jobs_importrow AS person ON person.run_id = place.run_id AND person.part = 'users'
  AND person.key = place.data->>'person' AND person.verdict IN ('create', 'update', 'unchanged')
WHERE place.run_id = %s AND place.part = 'enrollments' AND place.verdict IN ('create', 'update', 'unchanged')
  AND place.data->>'role' = 'teacher' AND place.data->>'is_primary' = 'true'
  AND home.data->>'kind' = 'homeroom' AND person.target_id IS NOT NULL
  AND coalesce(nullif(home.data->>'room', ''), home.before->>'room', '') <> ''
ORDER BY person.target_id, home.id
"""


def movements(run: ImportRun) -> list[Movement]:
    """Students by school and grade of the new year; one query, whatever the size of the roster."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVEMENTS, [run.pk])
        return [Movement(*row) for row in cursor.fetchall()]


def year_facts(run: ImportRun) -> YearFacts:
    """Moves of teachers and those who leave, as the rows say and as rooms are now."""
    left = ImportRow.objects.of_run(run).of_part(USERS).with_verdict(Verdict.DEACTIVATE)
    leavers = frozenset(pk for pk in left.values_list("target_id", flat=True) if pk is not None)
    return YearFacts(moves=room_moves(run), leavers=leavers)


def room_moves(run: ImportRun) -> list[RoomMove]:
    """Teachers who have a room of their own and whose homeroom is in another one. Who teaches several homerooms and
    sits in one of them stays there."""
    with connection.cursor() as cursor:
        cursor.execute(_HOMEROOMS, [run.pk])
        homes: dict[int, list[tuple[str, str]]] = {}
        for person_id, school, room in cursor.fetchall():
            homes.setdefault(person_id, []).append((school, room))
    people = Person.objects.active().with_ids(homes).filter(default_room__isnull=False)
    found = []
    for person in people.select_related("default_room__school").by_name():
        here = person.default_room
        if (here.school.code, here.code) not in homes[person.pk]:
            school, room = homes[person.pk][0]
            found.append(RoomMove(person=person, old_room=here, school=school, room=room))
    return found


def frozen(facts: YearFacts) -> list[dict[str, Any]]:
    """Moves as JSON, kept when the change begins: later the teachers have their new rooms already."""
    return [
        {"person": move.person.pk, "old": move.old_room.pk, "school": move.school, "room": move.room}
        for move in facts.moves
    ]


def thawed(run: ImportRun, moves: list[dict[str, Any]]) -> YearFacts:
    """The facts of a change that was begun."""
    people = {p.pk: p for p in Person.objects.with_ids(move["person"] for move in moves)}
    rooms = {r.pk: r for r in Room.objects.for_list().filter(pk__in=[move["old"] for move in moves])}
    found = [RoomMove(people[m["person"]], rooms[m["old"]], m["school"], m["room"]) for m in moves]
    return YearFacts(moves=found, leavers=year_facts(run).leavers)


def room_at(school: str, code: str) -> Room | None:
    """The active room of this school and code."""
    return Room.objects.active().of_school(school).filter(code__iexact=code).select_related("school").first()
