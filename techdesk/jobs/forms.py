"""Forms of the imports pages. They check what was sent; actions take it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from techdesk.base.policy import Someone
from techdesk.jobs.choices import Undone, Verdict
from techdesk.jobs.imports.columns import Mapper, column_keys, examples
from techdesk.jobs.imports.kinds import ImportKind
from techdesk.jobs.imports.sheets import Table
from techdesk.jobs.queries import schools_to_import_for
from techdesk.ui.forms import ManyFilesField, ManyFilesInput


class UploadForm(forms.Form):
    """What to import: the files, and for devices the school they are for."""

    def __init__(self, data: Any = None, files: Any = None, *, kind: ImportKind, person: Someone) -> None:
        super().__init__(data, files, prefix=kind.slug, auto_id=f"id_{kind.slug}_%s")
        self.kind = kind
        self.fields["files"] = ManyFilesField(
            label=_("Files"),
            help_text=_("One or several, together up to %(most)d MB.") % {"most": settings.UPLOAD_MAX_BYTES // 1024**2},
            allow_empty_file=True,
            error_messages={"required": _("Choose the files to import.")},
            widget=ManyFilesInput({"accept": kind.accept, "multiple": True}),
        )
        if kind.needs_school:
            schools = schools_to_import_for(person, kind.action)
            self.fields["school"] = forms.ModelChoiceField(
                label=_("School"),
                help_text=_("What is new is added to this school."),
                empty_label=_("Choose a school"),
                queryset=schools,
                to_field_name="code",
                initial=schools[0].code if len(schools[:2]) == 1 else None,
                error_messages={
                    "required": _("Choose the school."),
                    "invalid_choice": _("There is no such school, or you do not import for it."),
                },
            )

        self.own_options = dict(kind.option_fields())
        self.fields.update(self.own_options)

    def options(self, person: Someone) -> dict[str, Any]:
        """Options of the import: rows about things of other schools than these are refused."""
        said = {name: self.cleaned_data[name] for name in self.own_options}
        if not self.kind.needs_school:
            return said
        schools = schools_to_import_for(person, self.kind.action).values_list("pk", flat=True)
        return {**said, "schools": list(schools)}


#: Chosen for a column that is not read.
ASIDE = "-"


class ColumnsForm(forms.Form):
    """What each column of one table is. Made from the table: a select per column, with its first values beside it."""

    def __init__(self, data: Any = None, *, table: Table, mapper: Mapper, mapping: Mapping[str, str], number: int):
        super().__init__(data, prefix=f"t{number}", auto_id=f"id_t{number}_%s")
        self.table, self.mapper = table, mapper
        self._names: dict[str, str] = {}
        choices = [(ASIDE, _("Leave it aside")), *_grouped(mapper)]
        found = examples(table)
        self.examples = [value for values in found for value in values]
        columns = zip(column_keys(table.headings), table.headings, found, strict=True)
        for place, (key, heading, values) in enumerate(columns):
            if not key:
                continue
            self._names[f"c{place}"] = key
            self.fields[f"c{place}"] = forms.ChoiceField(
                label=heading,
                help_text=_("For example: %(values)s") % {"values": " · ".join(values)} if values else _("Empty."),
                choices=choices,
                initial=mapping.get(key) or ASIDE,
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first: dict[str, str] = {}
        for name in self._names:
            chosen = cleaned.get(name, ASIDE)
            if chosen != ASIDE and chosen in first:
                message = _("“%(column)s” is this already. Choose it once.")
                self.add_error(name, message % {"column": self.fields[first[chosen]].label})
            elif chosen != ASIDE:
                first[chosen] = name
        return cleaned

    def said(self) -> dict[str, str]:
        """Column key -> field, as chosen."""
        said = {key: self.cleaned_data[name] for name, key in self._names.items()}
        return {key: "" if chosen == ASIDE else chosen for key, chosen in said.items()}


def _grouped(mapper: Mapper) -> list[Any]:
    groups: dict[str, list[tuple[str, Any]]] = {}
    for one in mapper.fields:
        groups.setdefault(str(one.group), []).append((one.name, one.label))
    return [pair for group, pairs in groups.items() for pair in ([(group, pairs)] if group else pairs)]


class VersionForm(forms.Form):
    """Which version of an import was looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class SheetForm(VersionForm):
    """Which sheet of a workbook is read."""

    def __init__(self, *args: Any, sheets: Sequence[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["sheet"] = forms.ChoiceField(label=_("Sheet"), choices=[(name, name) for name in sheets])


class RowFilters(forms.Form):
    """The rows of a preview: of one verdict, of one part; after an undo also by what became of them."""

    def __init__(self, data: Any, *, parts: Mapping[str, Any], is_undone: bool = False) -> None:
        super().__init__(data)
        if is_undone:
            self.fields["undone"] = forms.ChoiceField(
                label=_("After the undo"), required=False, choices=[("", _("All")), *Undone.choices]
            )
        self.fields["verdict"] = forms.ChoiceField(
            label=_("What happens"), required=False, choices=[("", _("All but unchanged")), *Verdict.choices]
        )
        if len(parts) > 1:
            self.fields["part"] = forms.ChoiceField(
                label=_("Kind"), required=False, choices=[("", _("All")), *parts.items()]
            )

    def narrow(self, rows: Any) -> Any:
        """The rows that fit; a value there is none of is left aside."""
        self.is_valid()
        wanted = self.cleaned_data
        rows = rows.with_verdict(wanted["verdict"]) if wanted.get("verdict") else rows.but_unchanged()
        rows = rows.what_became(wanted["undone"]) if wanted.get("undone") else rows
        return rows.of_part(wanted["part"]) if wanted.get("part") else rows


class ApplyForm(forms.Form):
    """The button under a preview: which version of it was looked at, and whether many may vanish."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, asks_to_force: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if asks_to_force:
            self.fields["force"] = forms.BooleanField(
                label=_("The files are complete. Those who are missing in them may go."), required=False
            )
