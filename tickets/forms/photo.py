"""A photo in a form. When another field is wrong, the photo that was sent already is kept, not asked for again."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core import signing
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from techdesk.jobs.actions.documents import ACCEPT
from techdesk.jobs.models import StoredFile
from techdesk.ui.forms import PictureInput

_SALT = "tickets.kept-photo"
_A_DAY = 24 * 3600


class PhotoForm(forms.Form):
    """A form with a photo. The view stores what was sent (actions write, forms do not) and calls `keep`."""

    photo = forms.FileField(
        label=_("Photo or file"),
        required=False,
        allow_empty_file=True,
        widget=PictureInput({"accept": ACCEPT}),
        help_text=_("A photo of the screen or the damage often saves a visit. Where it was taken is not kept."),
    )
    kept_photo = forms.CharField(required=False, widget=forms.HiddenInput)

    def keep(self, photo: StoredFile, person: Any) -> None:
        """Carry `photo` along when the form is shown again."""
        data = cast(QueryDict, self.data).copy()
        kept = {"file": photo.public_key, "person": person.public_key}
        data[self.add_prefix("kept_photo")] = signing.dumps(kept, salt=_SALT)
        self.data = data
        # The field as it is drawn: validation has made it already.
        self["photo"].help_text = format_lazy(
            _("Your photo “{name}” is kept. Choose another one only to replace it."), name=photo.original_name
        )

    def kept(self, person: Any) -> StoredFile | None:
        """The photo that was carried along, if `person` sent it within the last day."""
        try:
            kept = signing.loads(self.data.get(self.add_prefix("kept_photo"), ""), salt=_SALT, max_age=_A_DAY)
        except signing.BadSignature:
            return None
        if kept["person"] != person.public_key:
            return None
        return StoredFile.objects.uploaded_by(person).with_key(kept["file"])
