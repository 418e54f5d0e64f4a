"""Components say what they are told, and nothing they are told becomes markup."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Engine, engines
from django.test import RequestFactory
from django.utils import translation

from mainstay.ui.types import Bar, BarChart, Crumb, FlowChart, FlowLink, FlowNode, Step, StepState

pytestmark = pytest.mark.urls("tests.ui.urls")

HOSTILE = "<img src=x onerror=alert(1)>\"'&"


def show(source: str, **context: Any) -> str:
    request = context.pop("request", None)
    return str(engines["django"].from_string("{% load ui %}" + source).render(context, request))


def page(template: str, **context: Any) -> str:
    """Render a frame as a signed-in person of hostile name would see it."""
    request = RequestFactory().get("/")
    user = SimpleNamespace(is_authenticated=True, name=HOSTILE, role_label=HOSTILE, agency=HOSTILE)
    frame = Context({"request": SimpleNamespace(user=user, get_full_path=request.get_full_path), "csrf_token": "token"})
    frame.update(context)
    return str(Engine.get_default().get_template(template).render(frame))


def flow_chart(text: str) -> FlowChart:
    return FlowChart(
        text,
        text,
        [FlowNode("a", text, text)],
        [FlowNode("b", text)],
        [FlowNode("c", text)],
        [FlowLink("a", "b", 2, text), FlowLink("b", "c", 1.5, text)],
        middles_label=text,
    )


class HostileForm(forms.Form):
    words = forms.CharField(label=HOSTILE, help_text=HOSTILE)
    choice = forms.ChoiceField(label=HOSTILE, help_text=HOSTILE, choices=[("a", HOSTILE)], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label=HOSTILE)

    def clean(self) -> None:
        raise forms.ValidationError(HOSTILE)


HOSTILE_PIECES: list[tuple[str, dict[str, Any]]] = [
    ("{% steps x %}", {"x": [Step(HOSTILE, HOSTILE, StepState.CURRENT)]}),
    ("{% withheld x x x %}", {"x": HOSTILE}),
    ("{% empty x x x x %}", {"x": HOSTILE}),
    ("{% notice 'error' x %}", {"x": HOSTILE}),
    ("{% crumbs x %}", {"x": [Crumb(HOSTILE, HOSTILE), Crumb(HOSTILE)]}),
    ("{% icon 'lock' label=x %}", {"x": HOSTILE}),
    ("{% flow x %}", {"x": flow_chart(HOSTILE)}),
    ("{% bars x %}", {"x": BarChart(HOSTILE, HOSTILE, [Bar(HOSTILE, 1, HOSTILE)], HOSTILE)}),
    ("{% form_errors x %}{% for f in x %}{% field f %}{% endfor %}", {"x": HostileForm({"words": HOSTILE})}),
]


@pytest.mark.parametrize(("source", "context"), HOSTILE_PIECES, ids=lambda value: str(value)[:20])
def test_hostile_words_stay_words(source: str, context: dict[str, Any]) -> None:
    html = show(source, **context)
    assert "<img" not in html
    assert "&lt;img" in html
    assert not re.search(r'=\s*"[^"]*<img', html)


@pytest.mark.parametrize(
    ("days", "words", "shape"),
    [
        (-2, "2 days over", "days-over"),
        (-1, "1 day over", "days-over"),
        (0, "today", "days-today"),
        (1, "1 day", "days-soon"),
        (7, "7 days", "days-soon"),
        (8, "8 days", "days-later"),
        (None, "no date", "days-none"),
    ],
)
def test_days_left_are_told_in_words_and_by_shape(days: int | None, words: str, shape: str) -> None:
    html = show("{% days_left d %}", d=days)
    assert words in re.sub(r"<[^>]+>", "", html)
    assert shape in html
    assert ("<svg" in html) is (days is not None)


def test_a_sealed_value_looks_the_same_whatever_it_hides() -> None:
    assert show("{% sealed %}") == show("{% sealed %}", name="Somebody")
    assert 'aria-label="sealed"' in show("{% sealed name=True %}")


def test_the_state_of_a_step_is_said_and_not_only_coloured() -> None:
    html = show(
        "{% steps s %}", s=[Step("Screened", "2 Nov", StepState.DONE), Step("Protected", "", StepState.CURRENT)]
    )
    assert "done:" in html
    assert html.count('aria-current="step"') == 1


def test_a_field_is_tied_to_its_help_and_its_error() -> None:
    form = HostileForm({"words": ""})
    html = show("{% field f.words %}", f=form)
    described = re.search(r'<input[^>]*aria-describedby="([^"]+)"', html)
    assert described
    assert all(f'id="{name}"' in html for name in described[1].split())
    assert 'aria-invalid="true"' in html
    choices = show("{% field f.choice %}", f=form)
    assert "<fieldset" in choices
    assert all(
        f'id="{name}"' in choices for name in re.findall(r'fieldset[^>]*aria-describedby="([^"]+)"', choices)[0].split()
    )


def test_paging_keeps_the_filters() -> None:
    request = RequestFactory().get("/people", {"state": "open", "q": "a&b", "page": "2"})
    html = show("{% paging p %}", p=Paginator(range(95), 20).page(2), request=request)
    assert 'href="?state=open&amp;q=a%26b&amp;page=1"' in html
    assert 'href="?state=open&amp;q=a%26b&amp;page=3"' in html
    assert "21 to 40 of 95" in html


def test_one_page_needs_no_paging() -> None:
    assert "nav" not in show("{% paging p %}", p=Paginator(range(5), 20).page(1))


def test_an_icon_that_is_not_vendored_is_our_own_bug() -> None:
    with pytest.raises(ValueError, match="no icon named"):
        show("{% icon 'unicorn' %}")


@pytest.mark.parametrize("language", ["fr", "ar", "ru"])
def test_pictures_are_drawn_in_every_language_with_points_in_their_figures(language: str) -> None:
    with translation.override(language):
        html = show("{% flow c %}{% score 0.5 %}{% progress 1 3 %}", c=flow_chart("words"))
    figures = re.findall(r'\s(?:x|y|x1|width|height|cx|cy|d|stroke-width|viewBox)="([^"]*)"', html)
    assert len(figures) > 10
    assert not [figure for figure in figures if "," in figure]


def test_a_picture_says_itself_in_words_and_in_a_table() -> None:
    html = show("{% flow c %}", c=flow_chart("Kalmar Packing"))
    assert 'role="img" aria-label="Kalmar Packing. Kalmar Packing"' in html
    assert html.count("<tr>") == 3


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl"), ("zh-hans", "ltr")])
@pytest.mark.parametrize("template", ["ui/base.html", "ui/plain.html", "ui/phone.html", "ui/away.html"])
def test_every_frame_says_its_language_and_direction(template: str, language: str, direction: str) -> None:
    with translation.override(language):
        html = page(template)
    assert f'<html lang="{language}" dir="{direction}">' in html
    assert ("bootstrap.rtl.min.css" in html) is (direction == "rtl")
    assert "<img" not in html


def test_the_scenario_is_labelled_only_where_it_is_one() -> None:
    assert "every person, place and company here is made up" in page("ui/base.html", scenario=True)
    assert "made up" not in page("ui/base.html", scenario=False)


def test_the_quick_exit_leads_where_the_node_says() -> None:
    html = page("ui/phone.html", quick_exit_url="/away", step_number=5, step_count=14)
    assert re.search(r'<a class="quick-exit" href="/away" rel="noreferrer" data-quick-exit', html)
    assert "5 of 14" in html


def test_htmx_neither_evaluates_code_nor_keeps_pages() -> None:
    html = page("ui/base.html")
    assert '"allowEval":false' in html
    assert '"historyCacheSize":0' in html


def test_locking_the_screen_is_a_form_and_not_a_link() -> None:
    html = page("ui/base.html")
    lock = re.search(r'<form method="post" action="[^"]+">.*?</form>', html, flags=re.DOTALL)
    assert lock
    assert "csrfmiddlewaretoken" in lock[0]
    assert "Lock screen" in lock[0]
