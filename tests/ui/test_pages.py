"""The frame of every page, the error pages, the look of a browser, the catalogue."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.template.loader import get_template, render_to_string
from django.test import Client, RequestFactory

from techdesk.base.errors import BadInput, NotPossible, Stale
from techdesk.site import views as site
from techdesk.ui.templatetags.ui import initials, layout


@pytest.fixture
def request_of_nobody() -> Any:
    request = RequestFactory().get("/devices/")
    request.user = AnonymousUser()
    return request


def htmx(**facts: bool) -> Any:
    return SimpleNamespace(htmx=SimpleNamespace(**{"boosted": False, "history_restore_request": False, **facts}))


def test_a_page_and_its_fragment_are_one_template() -> None:
    assert layout(SimpleNamespace(htmx=False)) == "base.html"
    assert layout(None) == "base.html"
    assert layout(htmx()) == "ui/fragment.html"
    assert layout(htmx(boosted=True)) == "base.html"
    assert layout(htmx(history_restore_request=True)) == "base.html"


def test_every_error_page_is_drawn(request_of_nobody: Any) -> None:
    for name in ("400", "403", "404", "403_csrf"):
        html = render_to_string(f"{name}.html", request=request_of_nobody)
        assert "data-problem-text" in html
        assert "<h1>" in html


def test_the_worst_page_needs_nothing() -> None:
    html = get_template("500.html").render({})
    assert "Something broke on our side" in html
    assert "<script" not in html
    assert site.server_error(RequestFactory().get("/")).status_code == 500


def test_forbidden_page_answers_403(request_of_nobody: Any) -> None:
    assert site.forbidden(request_of_nobody, PermissionDenied()).status_code == 403


@pytest.mark.parametrize(
    ("problem", "status", "title"),
    [
        (NotPossible("C-0412 is already out.", code="already_checked_out"), 409, "not possible right now"),
        (Stale("Reload the page."), 409, "Somebody else was faster"),
        (BadInput("No.", errors={"due_on": ["That day is closed."]}), 400, "cannot use what was sent"),
    ],
)
def test_a_domain_error_is_a_page(request_of_nobody: Any, problem: Any, status: int, title: str) -> None:
    html = render_to_string("ui/problem.html", {"problem": problem, "status": status}, request_of_nobody)
    assert title in html
    assert str(problem.message) in html
    assert f"<code>{problem.code}</code>" in html
    for texts in getattr(problem, "errors", {}).values():
        assert all(text in html for text in texts)


@pytest.mark.parametrize(("name", "letters"), [("Ana Diaz", "AD"), ("Sam", "S"), ("", "?"), ("zoë m. (3)", "ZM")])
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_the_look_is_remembered_by_the_browser(db: Any, client: Client) -> None:
    answer = client.post("/-/look/", {"theme": "dark", "dense": "1", "next": "/tickets/?state=open"})
    assert (answer.status_code, answer["Location"]) == (302, "/tickets/?state=open")
    html = client.get("/accounts/login/").content.decode()
    assert '<html lang="en" data-theme="dark" data-dense>' in html


@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_the_look_leads_nowhere_else(db: Any, client: Client, wanted: str) -> None:
    answer = client.post("/-/look/", {"theme": "pink", "next": wanted})
    assert answer["Location"] == "/"
    assert "theme" not in answer.cookies


def test_the_look_is_set_by_post_only(db: Any, client: Client) -> None:
    assert client.get("/-/look/").status_code == 405


def test_the_catalogue_is_for_builders_only(db: Any, client: Client, settings: Any) -> None:
    settings.DEBUG = settings.DEMO = False
    assert client.get("/-/components/").status_code == 404
    assert client.get("/-/components/found/?q=c").status_code == 404
    settings.DEMO = True
    for address in ("/-/components/", "/-/components/?empty=1", "/-/components/?errors=1"):
        assert client.get(address).status_code == 200
    assert client.get("/-/components/found/?q=C-04").json()["results"][0]["value"] == "C-0412"


def test_htmx_gets_the_content_alone(db: Any, client: Client, settings: Any) -> None:
    settings.DEMO = True
    html = client.get("/-/components/", headers={"HX-Request": "true"}).content.decode()
    assert html.startswith("<title>") or html.lstrip().startswith("<title>")
    assert "<html" not in html
    assert "Lincoln and Roosevelt, open" in html
