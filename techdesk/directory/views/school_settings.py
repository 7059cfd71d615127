"""What holds at a school or in the district, and the four questions that set the most of it at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from techdesk.base.errors import BadInput
from techdesk.base.policy import may, policy, require
from techdesk.directory import actions
from techdesk.directory.forms import FourQuestions, SettingsForm, show_refusal
from techdesk.directory.models import District, School
from techdesk.directory.queries.settings import own_values, values_of
from techdesk.directory.switches import Level, all_settings, preset

DISTRICT = "district"


@dataclass(frozen=True)
class Place:
    """A school, or the district: where something is set."""

    label: str
    slug: str
    school: School | None
    version: int

    @property
    def url(self) -> str:
        return f"{reverse('directory:school-settings')}?{urlencode({'at': self.slug})}"


def _places(viewer: Any) -> list[Place]:
    """Where `viewer` may set something, the district first."""
    found = []
    if may(viewer, "directory.change_district_settings"):
        district = District.objects.first()
        found.append(Place(_("The whole district"), DISTRICT, None, district.version if district else 0))
    schools = School.objects.active().permitted(viewer, "directory.change_settings").by_name()
    return found + [Place(school.name, school.code, school, school.version) for school in schools]


def _place(request: HttpRequest) -> tuple[Place, list[Place]]:
    viewer: Any = request.user
    places = _places(viewer)
    wanted = request.GET.get("at", "")
    if not places:
        require(viewer, "directory.change_district_settings")
    chosen = next((one for one in places if one.slug == wanted), None) if wanted else places[0]
    if chosen is None:
        raise Http404
    return chosen, places


@policy("directory.change_settings")
@require_http_methods(["GET", "HEAD", "POST"])
def school_settings(request: HttpRequest) -> HttpResponse:
    """The settings of one school, or of the district as the default of its schools."""
    viewer: Any = request.user
    place, places = _place(request)
    declared = [one for one in all_settings(Level.SCHOOL) if one.group != "about"]
    names = [one.name for one in declared]
    at_school = place.school is not None
    wider = values_of(None, names) if at_school else {one.name: one.default for one in declared}
    own = own_values(place.school, names).get(place.school.pk if place.school else None, {})
    form = SettingsForm(
        request.POST or None,
        declared=declared,
        at_school=at_school,
        wider=wider,
        initial={**SettingsForm.initial_of(declared, own), "version": place.version},
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_settings(
                actor=viewer,
                school=place.school,
                values=form.values(),
                version=form.cleaned_data["version"] or None,
            )
        except BadInput as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved. It holds from now on."))
            return redirect(place.url)
    context = {
        "form": form,
        "place": place,
        "places": places,
        "setup_url": f"{reverse('directory:school-setup')}?{urlencode({'at': place.slug})}",
    }
    return render(request, "directory/school_settings.html", context)


@policy("directory.change_settings")
@require_http_methods(["GET", "HEAD", "POST"])
def school_setup(request: HttpRequest) -> HttpResponse:
    """Four questions; the answers set what people see there. Everything can be changed singly afterwards."""
    viewer: Any = request.user
    place, _places_there = _place(request)
    known = values_of(place.school)
    form = FourQuestions(
        request.POST or None,
        initial={
            "technicians": known["technicians"],
            "devices": known["device_model"],
            "library": "yes" if known["has_library"] else "no",
            "state": known["state"],
            "version": place.version,
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_settings(
                actor=viewer,
                school=place.school,
                values=preset(form.answers()),
                version=form.cleaned_data["version"] or None,
            )
        except BadInput as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved. Look at what it set, and change what you like."))
            return redirect(place.url)
    return render(request, "directory/school_setup.html", {"form": form, "place": place})
