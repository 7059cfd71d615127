"""How pages look for this browser, and the catalogue of components for those who build pages."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from techdesk.base.policy import public
from techdesk.ui.catalogue import picker_samples, sample_page
from techdesk.ui.context import THEMES
from techdesk.ui.forms import picker_answer

YEAR = 365 * 24 * 3600


@public(reason="it only sets how this browser draws pages")
@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """Remember `theme` and `dense` of the form in this browser and go back to `next`."""
    wanted = request.POST.get("next", "/")
    here = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    answer = HttpResponseRedirect(wanted if here else "/")
    chosen = {
        "theme": request.POST.get("theme") if request.POST.get("theme") in THEMES else None,
        "dense": request.POST.get("dense") if request.POST.get("dense") in ("0", "1") else None,
    }
    for name, value in chosen.items():
        if value is not None:
            secure = settings.SESSION_COOKIE_SECURE
            answer.set_cookie(name, value, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")
    return answer


@public(reason="sample data only, and only while developing or in a demo")
@require_GET
def catalogue(request: HttpRequest) -> HttpResponse:
    """Every component with sample data; 404 in a school's installation."""
    _only_for_builders()
    return render(request, "ui/catalogue.html", sample_page(request))


@public(reason="sample data only, and only while developing or in a demo")
@require_GET
def catalogue_found(request: HttpRequest) -> HttpResponse:
    """What the picker of the catalogue finds."""
    _only_for_builders()
    return picker_answer(picker_samples(request.GET.get("q", "")))


def _only_for_builders() -> None:
    if not (settings.DEBUG or settings.DEMO):
        raise Http404
