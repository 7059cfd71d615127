"""Taking the photo of a form."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from techdesk.base.errors import DomainError
from techdesk.jobs.actions import store_upload
from techdesk.jobs.models import StoredFile
from tickets.forms.photo import PhotoForm


def take_photo(request: HttpRequest, form: PhotoForm) -> list[StoredFile]:
    """The photo that came with the form now, or with it before; [] for none. Call it after `form.is_valid()`.

    It is stored before anything else is decided, so that a mistake in another field does not cost the photo. One
    that cannot be read becomes an error of its field.
    """
    person: Any = request.user
    upload = request.FILES.get(form.add_prefix("photo"))
    photo = None
    if upload is None:
        photo = form.kept(person)
    else:
        try:
            photo = store_upload(actor=person, upload=upload)
        except DomainError as refusal:
            form.add_error("photo", refusal.message)
    if photo is None:
        return []
    form.keep(photo, person)
    return [photo]
