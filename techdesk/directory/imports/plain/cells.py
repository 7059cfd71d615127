"""Values of plain files: what offices write for grades, roles, names and phones, brought to one form."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from techdesk.base.text import fold
from techdesk.directory.imports.plain.fields import MAPPER
from techdesk.jobs.hooks import RowProblem, words

Cells = Mapping[str, str]

_STUDENT = frozenset({"student", "students", "pupil", "learner", "scholar", "child", "s", "stu"})
_TEACHER = frozenset({"teacher", "teachers", "faculty", "instructor", "educator", "t", "certified"})
_STAFF = frozenset(
    ["staff", "employee", "administrator", "admin", "principal", "aide", "paraprofessional", "para", "secretary"]
    + ["counselor", "nurse", "librarian", "office", "classified", "support", "custodian", "assistant", "coach"]
    + ["specialist", "substitute", "sub", "technician", "personnel", "clerk", "dean", "director", "coordinator"]
)
_ACTIVE = frozenset({"active", "a", "enrolled", "current", "yes", "y", "true", "e", "employed", "registered"})
_GONE = frozenset(
    ["inactive", "i", "withdrawn", "w", "transferred", "graduated", "exited", "left", "no", "n", "false", "terminated"]
    + ["dropped", "retired", "resigned", "unenrolled", "not enrolled", "former"]
)
#: Grades as CEDS "Entry Grade Level" codes them, by what schools write.
_GRADES = {
    **dict.fromkeys(["pk", "prek", "prekindergarten", "pre k", "p", "preschool", "ps3", "ps4", "pk3", "pk4"], "PK"),
    **dict.fromkeys(["tk", "transitional kindergarten"], "TK"),
    **dict.fromkeys(["k", "kg", "kindergarten", "kinder", "kdg", "kn", "0", "00"], "KG"),
    **dict.fromkeys(["ug", "ungraded"], "UG"),
    **dict.fromkeys(["ad", "adult"], "AD"),
}
_WORDED = {"freshman": 9, "sophomore": 10, "junior": 11, "senior": 12, "first": 1, "second": 2, "third": 3}
_WORDED |= {"fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10}
_ORDINAL = re.compile(r"0*(\d{1,2})(?:st|nd|rd|th)?")
_HONORIFICS = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "sr", "sra", "prof", "coach"})


def text(cells: Cells, name: str, longest: int) -> str:
    """The text of a cell. Raises RowProblem too_long, which calls the column what the person chose it to be."""
    if len(cells.get(name, "")) > longest:
        label = MAPPER.label(name)
        return words({label: cells[name]}, label, longest)
    return cells.get(name, "")


def grade_code(said: str) -> str:
    """ "5th", "Grade 5" and "5" are "05", "Kindergarten" is "KG". Empty for what is no grade."""
    word = fold(said).replace("-", " ").replace(".", "").strip()
    for extra in ("grade level", "grade", "gr", "year"):
        word = word.removeprefix(extra).removesuffix(extra).strip()
    if word in _GRADES:
        return _GRADES[word]
    if word.replace(" ", "") in _GRADES:
        return _GRADES[word.replace(" ", "")]
    match = _ORDINAL.fullmatch(word)
    number = int(match[1]) if match else _WORDED.get(word, 0)
    return f"{number:02}" if 1 <= number <= 13 else ""


def role_of(said: str) -> str:
    """student, teacher or staff. Raises RowProblem unknown_role."""
    found = {fold(word) for word in re.split(r"[^\w]+", said) if word}
    for role, known in (("student", _STUDENT), ("teacher", _TEACHER), ("staff", _STAFF)):
        if found & known:
            return role
    message = _("The role is “%(value)s”. Write student, teacher or staff.") % {"value": said[:40]}
    raise RowProblem("unknown_role", message)


def job_role(said: str) -> str:
    """The role that goes with a job: whoever teaches is a teacher, everybody else is staff."""
    found = {fold(word) for word in re.split(r"[^\w]+", said) if word}
    return "teacher" if found & _TEACHER - {"t", "certified"} and not found & {"aide", "assistant"} else "staff"


def is_gone(said: str) -> bool:
    """Does a status say that somebody left? Raises RowProblem bad_status."""
    word = fold(said)
    if not word or word in _ACTIVE:
        return False
    if word in _GONE:
        return True
    message = _("The status is “%(value)s”. Write active or withdrawn, or leave this column aside.")
    raise RowProblem("bad_status", message % {"value": said[:40]})


def is_email(value: str) -> bool:
    try:
        validate_email(value)
    except ValidationError:
        return False
    return len(value) <= 254


def split_name(whole: str) -> tuple[str, str]:
    """First and last name of "Okafor, James" or "James Okafor"; the second is empty for a single word."""
    if "," in whole:
        family, _comma, given = whole.partition(",")
        return " ".join(given.split()), " ".join(family.split())
    parts = whole.split()
    if len(parts) > 2 and fold(parts[0]).strip(".") in _HONORIFICS:
        parts = parts[1:]
    return " ".join(parts[:-1]), parts[-1] if parts else ""


def bare_name(whole: str) -> tuple[str, str]:
    """Folded first and last name for comparing, without "Ms." and the like."""
    kept = " ".join(part for part in whole.split() if fold(part).strip(".,") not in _HONORIFICS)
    given, family = split_name(kept)
    return fold(given), fold(family)


def digits(phone: str) -> str:
    """The last ten digits: "+1 (555) 010-0199" and "555 010 0199" are one phone."""
    return "".join(c for c in phone if c.isdecimal())[-10:]


def short_key(*parts: str) -> str:
    """A key made of parts, never longer than an ExternalId holds."""
    key = ">".join(parts)
    return key if len(key) <= 150 else f"{key[:20]}~{hashlib.sha256(key.encode()).hexdigest()[:40]}"
