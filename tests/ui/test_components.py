"""The registry: every component is drawn, a wrong prop is an error, text of people is escaped."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.template import engines
from django.test import RequestFactory

from techdesk.ui.catalogue import SampleState
from techdesk.ui.components import REGISTRY, component

CATALOGUE = (Path(settings.BASE_DIR) / "templates/ui/catalogue.html").read_text()
# Drawn by another component on the catalogue page, so not named in its template.
INSIDE = {"key", "event", "toasts"}


def draw(source: str, **context: Any) -> str:
    request = RequestFactory().get("/tickets/?state=open&cursor=abc")
    return engines["django"].from_string(source).render(context, request).strip()


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_component_has_a_template_and_is_in_the_catalogue(name: str) -> None:
    engines["django"].get_template(REGISTRY[name].template_name)
    assert REGISTRY[name].about, f"{name} does not say what it is for"
    assert f"{{% {name} " in CATALOGUE or f"{{% {name} %}}" in CATALOGUE or name in INSIDE


@pytest.mark.parametrize(
    "source",
    [
        "{% badge nonsense=1 label='x' %}",
        "{% panel titel='x' %}{% endpanel %}",
        "{% button %}",
        "{% button 'Go' onclick='x' %}",
        "{% stat 'Open' %}",
        "{% if False %}{% badge nonsense=1 %}{% endif %}",
        "{% panel 'x' %}{% fill nonsense %}{% endfill %}{% endpanel %}",
        "{% badge 'x' tone='info' tone='good' %}",
    ],
)
def test_a_wrong_prop_is_an_error_even_where_nobody_looks(source: str) -> None:
    with pytest.raises(TypeError):
        engines["django"].from_string(source)


@pytest.mark.parametrize(
    "source",
    [
        "{% badge %}",
        "{% badge label='x' tone='pink' %}",
        "{% button 'Go' variant='pink' %}",
        "{% button 'Go' only_icon=True %}",
        "{% if True %}{% fill actions %}x{% endfill %}{% endif %}",
    ],
)
def test_a_wrong_value_is_an_error_when_drawn(source: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        draw(source)


def test_a_component_is_declared_once_and_soundly() -> None:
    def badge() -> dict[str, Any]:
        return {}

    def nameless(actions: str) -> dict[str, Any]:
        return {}

    with pytest.raises(ValueError, match="two components"):
        component()(badge)
    with pytest.raises(ValueError, match="body=True"):
        component(slots=("actions",))(nameless)
    with pytest.raises(ValueError, match="a prop and a slot"):
        component(body=True, slots=("actions",))(nameless)


def test_badge_takes_everything_from_the_state() -> None:
    html = draw("{% badge state %}", state=SampleState.WAITING)
    assert 'data-tone="warn"' in html
    assert "<svg" in html
    assert "Waiting: vendor" in html


def test_badge_of_a_plain_value() -> None:
    assert "Running" in draw('{% badge "running"|state:"techdesk.jobs.RunState" %}')


def test_text_of_people_is_escaped_everywhere() -> None:
    evil = "<script>alert(1)</script>"
    source = """
      {% heading evil evil %}{% fill actions %}{{ evil }}{% endfill %}{% endheading %}
      {% panel evil %}{{ evil }}{% endpanel %}{% notice evil %}{{ evil }}{% endnotice %}
      {% badge label=evil %}{% chip evil evil %}{% tag evil %}{% stat evil evil evil note=evil %}
      {% rows %}{% row evil evil sub=evil tag=evil %}{{ evil }}{% endrow %}{% endrows %}
      {% facts %}{% fact evil evil %}{% endfact %}{% endfacts %}{% progress 1 2 evil note=evil %}
      {% timeline entries %}{% endtimeline %}{% button evil evil title=evil data_x=evil %}
      {% empty_state evil evil %}{{ evil }}{% endempty_state %}{% scanbox evil value=evil %}{% endscanbox %}
    """
    entry = SimpleNamespace(
        at=None, who=evil, text=evil, body=evil, tone="info", icon="outline/message", internal=False
    )
    html = draw(source, evil=evil, entries=[entry])
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") > 25


def test_button_is_a_link_with_href_and_a_button_without() -> None:
    link = draw("{% button 'New ticket' '/tickets/new/' variant='main' icon='outline/plus' key='n' %}")
    assert link.startswith('<a class="button main" href="/tickets/new/"')
    assert 'data-key="n"' in link
    button = draw("{% button 'Save' type='submit' hx_post='/x/' disabled=True %}")
    assert button.startswith('<button class="button plain" type="submit" disabled')
    assert 'hx-post="/x/"' in button


def test_an_icon_only_button_still_has_its_word() -> None:
    assert '<span class="sr-only">Refresh</span>' in draw(
        "{% button 'Refresh' icon='outline/refresh' only_icon=True %}"
    )


def test_slots_and_body_land_in_their_places() -> None:
    html = draw("{% panel 'Loans' %}body{% fill actions %}{% button 'Add' %}{% endfill %}{% endpanel %}")
    head, _, rest = html.partition("</header>")
    assert "Add" in head
    assert "body" in rest


def test_an_unfilled_slot_leaves_no_empty_box() -> None:
    html = draw("{% panel %}x{% fill footer %}  {% endfill %}{% endpanel %}")
    assert "<footer" not in html
    assert "<header" not in html


def test_a_component_sees_its_props_and_nothing_of_the_page() -> None:
    assert "leaked" not in draw("{% panel 'x' %}{% endpanel %}", footer="leaked", body="leaked", tone="leaked")


def test_components_nest_in_loops() -> None:
    html = draw(
        "{% rows %}{% for name in names %}{% row name %}{% badge label=name %}{% endrow %}{% endfor %}{% endrows %}",
        names=["a", "b", "c"],
    )
    assert html.count("<li>") == 3


def test_postform_carries_the_token_and_the_draft_key() -> None:
    html = draw("{% postform '/x/' submit='Send' draft='ticket-new' %}{% endpostform %}")
    assert 'name="csrfmiddlewaretoken" value="' in html
    assert 'value="None"' not in html
    assert 'data-draft="ticket-new"' in html


def test_pager_keeps_the_filters_of_the_address() -> None:
    page = SimpleNamespace(next_cursor="nnn", previous_cursor=None)
    html = draw("{% pager page %}", page=page)
    assert "?state=open&amp;cursor=nnn" in html
    assert 'rel="prev"' not in html
    assert draw("{% pager page %}", page=SimpleNamespace(next_cursor=None, previous_cursor=None)) == ""


def test_an_empty_fact_is_a_dash() -> None:
    assert "—" in draw("{% fact 'Due' '' %}{% endfact %}")
    assert "0" in draw("{% fact 'Renewals' 0 %}{% endfact %}")


def test_slotmap_says_every_state_in_words() -> None:
    slot = SimpleNamespace(number=12, tone="bad", word="Broken", url="")
    assert '<span class="sr-only"> Broken</span>' in draw("{% slotmap slots label='Cart 4' %}", slots=[slot])
