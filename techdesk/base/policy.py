"""The door: every question of who may goes through here, for pages and API alike.

Three words:

* an **action** is a name like "tickets.resolve";
* the **matrix** says which role may do which action within which **scope**;
* a model's **reach** says what "own", "section" and "school" mean for its rows.

Each app declares its part in `rules.py`. `permitted(person, action, rows)` narrows a queryset; `may(person,
action, object)` asks about one object. Both read the same declaration, so they cannot disagree; a test compares
them for every action, role and school all the same. A person without any role still has the pseudo-role ANYONE.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

#: Slugs of every role, with the words people read. Rosters grant only the first three.
ROLES: dict[str, _StrPromise] = {
    "teacher": _("Teacher"),
    "staff": _("Staff"),
    "student": _("Student"),
    "technician": _("Technician"),
    "librarian": _("Librarian"),
    "library_aide": _("Library aide"),
    "testing_coordinator": _("Testing coordinator"),
    "test_administrator": _("Test administrator"),
    "proctor": _("Proctor"),
    "trainer": _("Trainer"),
    "school_admin": _("School administrator"),
    "district_technician": _("District technician"),
    "district_admin": _("District administrator"),
    "auditor": _("Auditor"),
    "guardian": _("Guardian"),
}
#: Roles that are only ever held for the whole district.
DISTRICT_ROLES = frozenset({"district_technician", "district_admin"})
ROSTER_ROLES = frozenset({"teacher", "staff", "student"})
#: Everybody who is signed in, whatever their roles.
ANYONE = "anyone"


class Scope(StrEnum):
    """How far a role reaches for one action."""

    OWN = "own"
    SECTION = "section"
    SCHOOL = "school"
    DISTRICT = "district"


@dataclass(frozen=True)
class Access:
    """The roles a person holds now: role -> school ids, or None for the whole district.

    `only_school` is set for an API token that was narrowed to one school: nothing outside it is reached,
    not even what is the person's own.
    """

    roles: Mapping[str, frozenset[int] | None] = field(default_factory=dict)
    only_school: int | None = None

    def schools(self, role: str) -> frozenset[int] | None:
        """The schools where `role` is held; None for all; empty for none."""
        schools = self.roles.get(role, frozenset())
        if self.only_school is None:
            return schools
        if schools is None or self.only_school in schools:
            return frozenset({self.only_school})
        return frozenset()

    def holds(self, role: str) -> bool:
        return role == ANYONE or self.schools(role) != frozenset()


class Someone(Protocol):
    """What the door needs of a person: directory.Person fulfils it."""

    pk: Any
    is_active: bool

    @property
    def access(self) -> Access: ...


@dataclass(frozen=True)
class Reach:
    """What the scopes mean for the rows of one model.

    school: the name of the foreign key to the school, or a function (school ids) -> Q for rows that belong to
        several; None when the rows belong to the district and only district-wide roles reach them.
    own, section: functions (person) -> Q, or None where the scope means nothing.
    """

    school: str | Callable[[Iterable[int]], Q] | None = "school"
    own: Callable[[Any], Q] | None = None
    section: Callable[[Any], Q] | None = None

    def in_schools(self, ids: Iterable[int]) -> Q:
        if self.school is None:
            return Q(pk__in=[])
        if callable(self.school):
            return self.school(ids)
        return Q(**{f"{self.school}_id__in": list(ids)})


_matrix: dict[str, dict[str, Scope]] = {}
_reach: dict[type[Model], Reach] = {}


def declare(matrix: Mapping[str, Mapping[str, Scope]], reach: Mapping[type[Model], Reach] | None = None) -> None:
    """Add an app's part of the matrix. Each action is declared once; an unknown role is an error."""
    for action, grants in matrix.items():
        if action in _matrix and _matrix[action] != dict(grants):
            raise ValueError(f"{action} is declared twice")
        unknown = set(grants) - set(ROLES) - {ANYONE}
        if unknown:
            raise ValueError(f"{action} names unknown roles: {sorted(unknown)}")
        _matrix[action] = dict(grants)
    _reach.update(reach or {})


def matrix() -> dict[str, dict[str, Scope]]:
    """The whole table: action -> role -> scope, ordered by action."""
    return {action: dict(_matrix[action]) for action in sorted(_matrix)}


def reaches() -> dict[type[Model], Reach]:
    return dict(_reach)


def _grants(action: str) -> dict[str, Scope]:
    try:
        return _matrix[action]
    except KeyError:
        raise LookupError(f"No rule declares {action!r}") from None


M = TypeVar("M", bound=Model)


def _rows(person: Someone, action: str, reach: Reach) -> Q | None:
    """The condition for the rows that `person` may do `action` on; None means every row."""
    access = person.access
    condition = Q(pk__in=[])
    for role, scope in _grants(action).items():
        if not access.holds(role):
            continue
        if scope is Scope.OWN:
            if reach.own is not None:
                condition |= reach.own(person)
            continue
        if scope is Scope.SECTION:
            if reach.section is not None:
                condition |= reach.section(person)
            continue
        schools = access.schools(role)
        if schools is None:
            return None
        if scope is Scope.SCHOOL:
            condition |= reach.in_schools(schools)
    if access.only_school is not None:
        condition &= reach.in_schools([access.only_school])
    return condition


def permitted(person: Someone, action: str, rows: QuerySet[M]) -> QuerySet[M]:
    """`rows` narrowed to those on which `person` may do `action`. Nobody reaches anything when inactive."""
    if not person.is_active:
        return rows.none()
    condition = _rows(person, action, _reach[rows.model])
    return rows if condition is None else rows.filter(condition)


def reaches_all(person: Someone, action: str, model: type[Model]) -> bool:
    """May `person` do `action` on every row of `model`? Then a query need not ask row by row."""
    return person.is_active and _rows(person, action, _reach[model]) is None


def may(person: Someone, action: str, thing: Model | None = None, *, school_id: int | None = None) -> bool:
    """May `person` do `action`: at all, on `thing`, or (for what is not there yet) within `school_id`?

    What somebody may do with their own or in their sections, they may begin in any school: whoever asks by `school_id`
    has loaded that school through the door.
    """
    if not person.is_active:
        return False
    access = person.access
    grants = _grants(action)
    if thing is None:
        for role, scope in grants.items():
            if not access.holds(role):
                continue
            schools = access.schools(role) if role != ANYONE else frozenset()
            if scope is Scope.DISTRICT:
                if schools is None:
                    return True
            elif school_id is None or scope in (Scope.OWN, Scope.SECTION):
                if school_id is None or access.only_school in (None, school_id):
                    return True
            elif schools is None or school_id in schools:
                return True
        return False
    reach = _reach[type(thing)]
    condition = _rows(person, action, reach)
    if condition is None:
        return True
    if isinstance(reach.school, str):
        # The common case needs no query: a role held at the object's school.
        home = getattr(thing, f"{reach.school}_id", None)
        for role, scope in grants.items():
            schools = access.schools(role) if role != ANYONE else frozenset()
            if scope is Scope.SCHOOL and home is not None and schools is not None and home in schools:
                return True
    return type(thing)._default_manager.filter(pk=thing.pk).filter(condition).exists()


def schools_where(person: Someone, action: str) -> frozenset[int] | None:
    """The schools in which a role lets `person` do `action` on whatever belongs there; None: everywhere.

    Empty for who may do it at most on their own or in their sections.
    """
    if not person.is_active:
        return frozenset()
    found: frozenset[int] = frozenset()
    for role, scope in _grants(action).items():
        if role == ANYONE or scope not in (Scope.SCHOOL, Scope.DISTRICT):
            continue
        schools = person.access.schools(role)
        if schools is None:
            return None
        if scope is Scope.SCHOOL:
            found |= schools
    return found


def require(person: Someone, action: str, thing: Model | None = None, *, school_id: int | None = None) -> None:
    """Raise PermissionDenied (403) unless `may`."""
    if not may(person, action, thing, school_id=school_id):
        raise PermissionDenied(action)


class VisibleQuerySet(QuerySet[M]):
    """A queryset whose rows are seen through the door. `view_action` names the action that means "see"."""

    view_action: str

    def visible_to(self, person: Someone) -> Self:
        """The rows `person` may see."""
        return cast("Self", permitted(person, self.view_action, self))

    def permitted(self, person: Someone, action: str) -> Self:
        """The rows on which `person` may do `action`."""
        return cast("Self", permitted(person, action, self))


View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def _page_of(request: HttpRequest) -> str:
    """Where to go on after signing in: this page, or for a form that was sent, the page it stood on."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc != request.get_host():
        return "/"
    return came_from.path + (f"?{came_from.query}" if came_from.query else "")


def policy(action: str) -> Callable[[View], View]:
    """Mark a page's view with the action it needs; an anonymous visitor is sent to the login page.

    The view still loads its object with `load`, which asks about that very object.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                login = resolve_url(settings.LOGIN_URL)
                if request.headers.get("HX-Request"):
                    return HttpResponse(status=401, headers={"HX-Redirect": login})
                return redirect(f"{login}?{urlencode({'next': _page_of(request)})}")
            request.policy = action  # type: ignore[attr-defined]
            require(cast(Someone, request.user), action)
            return view(request, *args, **kwargs)

        guarded.policy = action  # type: ignore[attr-defined]
        return cast(View, guarded)

    return decorate


def public(*, reason: str) -> Callable[[View], View]:
    """Mark a view that needs no login, with the reason. The walker over all URLs accepts nothing else."""

    def decorate(view: View) -> View:
        view.public_reason = reason  # type: ignore[attr-defined]
        return view

    return decorate


def load(request: HttpRequest, rows: QuerySet[M], action: str | None = None, **key: Any) -> M:
    """The one object that `key` names: 404 for what the person cannot see, 403 for what they may not touch.

    `rows` needs `visible_to`; `action` defaults to the one the view was marked with.
    """
    person = cast(Someone, request.user)
    thing = cast(Any, rows).visible_to(person).filter(**key).first()
    if thing is None:
        raise Http404(_("There is no such page, or it is not yours to see."))
    wanted = action or getattr(request, "policy", None)
    if wanted is None:
        raise LookupError("load() needs an action, or a view marked with @policy")
    require(person, wanted, thing)
    return cast(M, thing)
