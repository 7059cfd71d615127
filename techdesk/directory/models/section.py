"""Sections (homerooms and classes) and who is in them."""

from __future__ import annotations

from typing import ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from techdesk.base.models import Aggregate, Keyed
from techdesk.directory.choices import EnrolmentRole, SectionKind
from techdesk.directory.models.calendar import SchoolYear, Term
from techdesk.directory.models.person import Person
from techdesk.directory.models.school import Room, School
from techdesk.directory.querysets import EnrolmentQuerySet, SectionQuerySet
from techdesk.jobs.hooks import undoable, watch_many


@pghistory.track()
@undoable(called="section")
class Section(Keyed, Aggregate):
    """A homeroom or a class of one school year."""

    resource: ClassVar[str] = "sections"

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="sections")
    year = models.ForeignKey(SchoolYear, on_delete=models.PROTECT, null=True, related_name="+")
    terms: models.ManyToManyField[Term, Term] = models.ManyToManyField(Term, related_name="+")
    title = models.CharField(max_length=200)
    code = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=10, choices=SectionKind, default=SectionKind.SCHEDULED)
    course_title = models.CharField(max_length=200, blank=True)
    grades = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    periods = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    location = models.CharField(max_length=100, blank=True)  # as the roster spells it
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, related_name="+")
    is_active = models.BooleanField(default=True)

    objects = SectionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index("school", "title", "id", name="directory_section_list")]

    def __str__(self) -> str:
        return self.title


@pghistory.track()
@undoable(called="enrolment")
class Enrolment(models.Model):
    """A person in a section, as teacher or student. Ended, never deleted."""

    section = models.ForeignKey(Section, on_delete=models.PROTECT, related_name="enrolments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="enrolments")
    role = models.CharField(max_length=10, choices=EnrolmentRole)
    is_primary = models.BooleanField(default=False)
    begins_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    is_active = models.BooleanField(default=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["section", "person", "role"],
                condition=Q(is_active=True),
                name="directory_enrolment_once",
            )
        ]
        indexes = [models.Index("person", "role", name="directory_enrolment_person", condition=Q(is_active=True))]

    def __str__(self) -> str:
        return f"{self.role} {self.section_id}"


watch_many(Section, "terms", belongs_to="section")
