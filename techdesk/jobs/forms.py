"""Forms of the imports pages. They check what was sent; actions take it in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from techdesk.base.policy import Someone
from techdesk.jobs.choices import Undone, Verdict
from techdesk.jobs.imports.kinds import ImportKind
from techdesk.jobs.queries import schools_to_import_for


class ManyFilesInput(forms.FileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """One file or several; the cleaned value is a list. Empty files are let through: the action says which one."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        chosen = data if isinstance(data, list | tuple) else [data]
        found: list[UploadedFile] = [super(ManyFilesField, self).clean(one, initial) for one in chosen]
        return [one for one in found if one is not None]


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

    def options(self, person: Someone) -> dict[str, Any]:
        """Options of the import: rows about things of other schools than these are refused."""
        if not self.kind.needs_school:
            return {}
        return {"schools": list(schools_to_import_for(person, self.kind.action).values_list("pk", flat=True))}


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
