"""Every text that teachers, families and students read stands in the Spanish catalogue, and the catalogue is sound.

The texts are read from the sources here, without gettext: templates by Django's own `templatize`, Python by its syntax
tree. A new text on these surfaces fails until it is translated (`make texts` lists what is missing), and so does a text
in a template that nobody marked for translation.
"""

from __future__ import annotations

import ast
import datetime as dt
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.forms import DateField
from django.template.base import Lexer, TokenType
from django.test import Client
from django.utils import translation
from django.utils.dates import MONTHS, WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format, number_format
from django.utils.translation.template import templatize

from techdesk.directory.actions import invite
from techdesk.directory.models import Person
from techdesk.directory.switches import in_language
from techdesk.notifications.actions import deliver_due
from tests.factories import RoomFactory, SchoolFactory, person_with
from tickets.actions import open_ticket, resolve_ticket

ROOT = Path(settings.BASE_DIR)
CATALOGUE = ROOT / "locale/es/LC_MESSAGES/django.po"
#: What only the staff of a help desk reads; everything else belongs to everybody. Complete to 98 % is enough there.
STAFF_ONLY = (
    "techdesk/api/",  # for people who write programs
    "techdesk/audit/api/",
    "techdesk/directory/api/",
    "techdesk/directory/queries/references.py",
    "devices/api/",
    "tickets/api/",
    "templates/api/",
    "techdesk/directory/imports/",  # technicians and administrators import
    "techdesk/jobs/imports/",
    "techdesk/jobs/actions/imports/",
    "devices/imports/",
    "templates/jobs/",
    "techdesk/embedded/",  # on the console of a server
    "techdesk/site/demo/",
    "techdesk/site/seed/",
    "techdesk/ui/catalogue.py",  # the components, for those who build pages
    "templates/ui/catalogue",
)
#: Words in templates that are the same in every language.
NAMES = {"Techdesk", "Enter", "Esc"}
#: Blocks that name a style, not words.
CSS_NAMES = {"block page_class", "block kind"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
CALLS = {
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
#: Keywords whose value is read by a person.
SHOWN = {"label", "help_text", "hint", "caption", "empty_label", "placeholder"}
STRING = r"u?(?:'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")"
IN_TEMPLATE = re.compile(rf"\b(_|gettext|ngettext|pgettext|npgettext)\(({STRING}(?:\s*,\s*{STRING})*)", re.S)
Text = tuple[str | None, str]


def _catalogue() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


def _sources(*patterns: str) -> list[Path]:
    folders = [ROOT / name for name in ("techdesk", "devices", "tickets", "training", "testing_events", "media_center")]
    found = [p for folder in (*folders, ROOT / "templates") for pattern in patterns for p in folder.rglob(pattern)]
    return sorted(p for p in found if "migrations" not in p.parts and "management" not in p.parts)


def _for_everybody(path: Path) -> bool:
    return not str(path.relative_to(ROOT)).startswith(STAFF_ONLY)


TEMPLATES = [p for p in _sources("*.html", "*.txt") if "templates" in p.parts and _for_everybody(p)]
PYTHON = [p for p in _sources("*.py") if _for_everybody(p)]


def texts_of_template(path: Path) -> Iterator[Text]:
    """(context, text) of each marked text of a template."""
    for call, arguments in IN_TEMPLATE.findall(templatize(path.read_text(), origin=str(path))):
        values = [ast.literal_eval(one) for one in re.findall(STRING, arguments, re.S)]
        context, place, _plural = CALLS["gettext" if call == "_" else call]
        yield (values[context] if context is not None else None, values[place])


def texts_of_python(path: Path) -> Iterator[Text]:
    """(context, text) of each marked text of a module, whatever names it gives to gettext's functions."""
    tree = ast.parse(path.read_text())
    names = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if (name := names.get(called, called)) not in CALLS:
            continue
        context, place, _plural = CALLS[name]
        values = [a.value if isinstance(a, ast.Constant) and isinstance(a.value, str) else None for a in node.args]
        if len(values) > place and values[place]:
            yield (values[context] if context is not None else None, str(values[place]))


def unmarked_words(path: Path) -> list[str]:
    """Words of a template that stand there as they are: between tags, in attributes people read, in components."""
    found: list[str] = []
    pieces: list[str] = []
    hidden = False
    for token in Lexer(path.read_text()).tokenize():
        word = token.contents.split(None, 1)[0] if token.contents.split() else ""
        if token.token_type == TokenType.BLOCK:
            if word in ("blocktranslate", "comment") or token.contents in CSS_NAMES:
                hidden = True
            elif word in ("endblocktranslate", "endcomment", "endblock"):
                hidden = False
            elif not hidden and word not in ("translate", "url", "extends", "include", "load", "csrf_token"):
                literals = re.findall(r"(?<!_\()[\s=]\"([A-Z][a-z][^\"]*)\"", token.contents)
                found += [one for one in literals if one not in NAMES and not re.fullmatch(r"[\w.:]+\.\w+", one)]
            pieces.append(" ")
        elif token.token_type == TokenType.TEXT and not hidden:
            pieces.append(token.contents)
        else:
            pieces.append(" ")
    text = re.sub(r"<!--.*?-->|<(script|style|svg)\b.*?</\1>|<!doctype[^>]*>", " ", "".join(pieces), flags=re.S | re.I)
    found += re.findall(r"\b(?:placeholder|title|alt|aria-label)=\"([^\"]*[A-Za-z][^\"]*)\"", text)
    text = re.sub(r"<[^>]*>|&\w+;|https?://\S*", " ", text)
    return found + [word for word in re.findall(r"[^\W\d_]{2,}", text) if word not in NAMES]


def unmarked_labels(path: Path) -> list[str]:
    """Literal words given to a keyword that people read (`label="Name"`)."""
    return [
        keyword.value.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg in SHOWN
        and isinstance(keyword.value, ast.Constant)
        and isinstance(keyword.value.value, str)
        and re.search(r"[A-Z][a-z]|[a-z] [a-z]", keyword.value.value)
    ]


def test_what_everybody_reads_is_translated() -> None:
    known = {(t.msgctxt, t.msgid) for t in _catalogue() if t.translated()}
    missing = []
    counted = 0
    for path in (*TEMPLATES, *PYTHON):
        texts = texts_of_python(path) if path.suffix == ".py" else texts_of_template(path)
        for text in texts:
            counted += 1
            if text not in known:
                missing.append(f"{path.relative_to(ROOT)}: {text[1]}")
    assert counted > 1200, "the sources were not read"
    assert not missing, "run `make texts` and translate:\n" + "\n".join(missing)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_template_has_words_that_cannot_be_translated(path: Path) -> None:
    assert not unmarked_words(path)


def test_no_label_is_without_translation() -> None:
    found = {str(p.relative_to(ROOT)): words for p in PYTHON if (words := unmarked_labels(p))}
    assert not found


def test_gettext_finds_every_mark() -> None:
    """`make texts` knows gettext's own names and `_`; under another name a text would never reach the catalogue."""
    aliases = re.compile(r"^from django\.utils\.translation import .*\bas (?!_$)(\w+)", re.M)
    found = {str(p.relative_to(ROOT)): names for p in _sources("*.py") if (names := aliases.findall(p.read_text()))}
    assert not found


def test_translations_say_what_the_texts_say() -> None:
    """Placeholders, tags and the space at both ends agree; all plural forms are there; nothing is a guess."""
    catalogue = _catalogue()
    assert catalogue.metadata["Plural-Forms"] == "nplurals=2; plural=(n != 1);"
    wrong = []
    for text in catalogue:
        if text.fuzzy or text.obsolete:
            wrong.append(f"fuzzy or obsolete: {text.msgid}")
        pairs = [(text.msgid, text.msgstr)]
        if text.msgid_plural:
            pairs = [(text.msgid, text.msgstr_plural.get(0, "")), (text.msgid_plural, text.msgstr_plural.get(1, ""))]
            if sorted(text.msgstr_plural) != [0, 1] or (any(s for _m, s in pairs) and not all(s for _m, s in pairs)):
                wrong.append(f"a plural form is missing: {text.msgid}")
        for original, said in pairs:
            if not said:
                continue
            for pattern in (PLACEHOLDER, re.compile(r"</?\w+[^>]*>")):
                if sorted(set(pattern.findall(original))) != sorted(set(pattern.findall(said))):
                    wrong.append(f"{original!r} / {said!r}")
            if (original[0].isspace(), original[-1].isspace()) != (said[0].isspace(), said[-1].isspace()):
                wrong.append(f"space at an end: {original!r} / {said!r}")
    assert not wrong, "\n".join(wrong)


def test_our_texts_do_not_rename_days_and_months() -> None:
    """Django writes dates with texts such as "May" and "Monday"; a text of ours with the same words would win."""
    days = {str(name) for names in (WEEKDAYS, WEEKDAYS_ABBR, MONTHS) for name in names.values()}
    assert not [t.msgid for t in _catalogue() if t.msgid in days and t.msgstr != t.msgstr.lower()]
    assert "May" not in {t.msgid for t in _catalogue()}


def test_the_catalogue_is_complete() -> None:
    catalogue = _catalogue()
    assert len(catalogue) > 1800
    assert catalogue.percent_translated() >= 98, [t.msgid for t in catalogue.untranslated_entries()]


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ('{% translate "Save" %}', {(None, "Save")}),
        ("{% heading _('Your things') %}", {(None, "Your things")}),
        ('{% translate "Home" context "of a device" %}', {("of a device", "Home")}),
        (
            "{% blocktranslate count n=n %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}",
            {(None, "%(n)s day")},
        ),
    ],
)
def test_the_reader_of_templates_finds(tmp_path: Path, source: str, texts: set[Text]) -> None:
    path = tmp_path / "one.html"
    path.write_text(source)
    assert set(texts_of_template(path)) == texts


@pytest.mark.parametrize(
    "source",
    [
        "<p>Hello there</p>",
        '<input placeholder="Your name">',
        '{% button "Save it" type="submit" %}',
        "{% if a %}Yes{% endif %}",
    ],
)
def test_the_reader_of_templates_sees_forgotten_marks(tmp_path: Path, source: str) -> None:
    path = tmp_path / "one.html"
    path.write_text(source)
    assert unmarked_words(path)


def test_the_reader_of_modules_finds_texts_under_any_name(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_text(
        "from django.utils.translation import gettext as _now, pgettext\n"
        "_now('One') + pgettext('of two', 'Two')\nForm(label='Three words here')\n"
    )
    assert set(texts_of_python(path)) == {(None, "One"), ("of two", "Two")}
    assert unmarked_labels(path) == ["Three words here"]


# --- what a person meets ---


@pytest.fixture
def maria(db: None) -> Iterator[Any]:
    """A teacher with a room and a Chromebook, who reads Spanish; the browser asks for English."""
    school = SchoolFactory(name="Lincoln Elementary")
    room = RoomFactory(school=school, code="12")
    teacher = person_with("teacher", school, given_name="María", default_room=room, language="es")
    yield teacher
    translation.activate(settings.LANGUAGE_CODE)


def _page(person: Any, path: str) -> str:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get(path)
    assert answer.status_code == 200 and answer["Content-Language"] == "es"
    page = html.unescape(answer.content.decode())
    assert '<html lang="es"' in page
    return page


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/tickets/new/", [". ¿Qué necesita?", "María", "Mi clase está detenida", "Salón 12"]),
        ("/tickets/mine/", ["Mis solicitudes", "Pantalla negra", "Nueva", "ahora mismo"]),
        ("/devices/mine/", ["Lo que tengo"]),
        ("/settings/", ["Idioma de las páginas y los correos", "Su salón", "Guardar"]),
        ("/settings/notifications/", ["Horario de silencio"]),
    ],
)
def test_pages_speak_the_persons_language(maria: Any, path: str, words: list[str]) -> None:
    open_ticket(actor=maria, school=maria.default_room.school, subject="Pantalla negra")
    page = _page(maria, path)
    assert not [one for one in words if one not in page]


def test_a_guest_is_answered_in_the_language_of_the_browser(maria: Any) -> None:
    guest = Client(headers={"accept-language": "es-MX,es;q=0.9,en;q=0.5"})
    page = html.unescape(guest.get("/accounts/login/").content.decode())
    assert '<html lang="es"' in page and "¿Todavía no tiene cuenta?" in page and "Contraseña" in page
    assert "No account yet?" in Client(headers={"accept-language": "fr"}).get("/accounts/login/").content.decode()


def test_the_invitation_is_a_spanish_mail_and_a_spanish_page(maria: Any) -> None:
    Person.objects.filter(pk=maria.pk).update(password=make_password(None))
    maria.refresh_from_db()
    invite(actor=person_with("district_admin"), people=[maria])
    deliver_due()
    [sent] = mail.outbox
    assert sent.subject == "Su cuenta de Techdesk: elija una contraseña"
    assert "funciona una vez, durante 14 días" in str(sent.body).replace("\n", " ")
    [link] = re.findall(r"http://[^/]+(/invitation/\S+)", str(sent.body))
    page = html.unescape(Client(headers={"accept-language": "es"}).get(link).content.decode())
    assert "Le damos la bienvenida, María" in page and "Guardar la contraseña e iniciar sesión" in page


def test_the_mail_of_a_solved_request_is_in_the_language_of_who_asked(maria: Any) -> None:
    school = maria.default_room.school
    technician = person_with("technician", school, given_name="Sam", family_name="Lee")
    ticket = open_ticket(actor=maria, school=school, subject="Pantalla negra")
    resolve_ticket(actor=technician, ticket=ticket, resolution="Cable nuevo.")
    deliver_due()
    [body] = [str(one.body) for one in mail.outbox if maria.email in one.to and "Cable nuevo." in str(one.body)]
    words = " ".join(body.split())
    assert "dice que esto está resuelto" in words and "No, sigue sin funcionar" in words
    assert re.search(r"antes del \d+ de [a-z]+; avisaremos", words)
    assert not [one for one in mail.outbox if technician.email in one.to and "pide ayuda" in str(one.body)]


def test_numbers_days_and_typed_dates_in_spanish() -> None:
    with translation.override("es"):
        assert date_format(dt.date(2026, 11, 22), "MONTH_DAY_FORMAT") == "22 de noviembre"
        assert date_format(dt.date(2026, 11, 22), "DATE_FORMAT") == "22 de noviembre de 2026"
        assert number_format(1234.5, decimal_pos=1, use_l10n=True, force_grouping=True) == "1,234.5"
        assert DateField().clean("12/20/2027") == dt.date(2027, 12, 20), "the month comes first in American schools"


def test_texts_of_the_district_follow_and_fall_back_to_english() -> None:
    with translation.override("es"):
        assert in_language({"en": "In the library today", "es": "Hoy en la biblioteca"}) == "Hoy en la biblioteca"
        assert in_language({"en": "In the library today"}) == "In the library today"
        assert in_language({"en": "In the library today", "es": ""}) == "In the library today"
