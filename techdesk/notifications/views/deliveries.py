"""What was mailed to whom, and what became of it. Never what it said."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from techdesk.audit.actions import disclose
from techdesk.base.paging import keyset_page
from techdesk.base.policy import load, policy
from techdesk.notifications import actions
from techdesk.notifications.forms import DeliveryFilters
from techdesk.notifications.models import Delivery
from techdesk.notifications.tables import DELIVERIES, delivery_rows
from techdesk.ui.lists import Table, filter_chips

PAGE = 50


@policy("notifications.view_deliveries")
@require_safe
def deliveries(request: HttpRequest) -> HttpResponse:
    """Mail to people of the viewer's schools, newest first, by state, person and kind."""
    viewer: Any = request.user
    filters = DeliveryFilters(request.GET)
    found = filters.narrow(Delivery.objects.for_list().visible_to(viewer))
    page = keyset_page(found, order=("-pk",), cursor=request.GET.get("cursor"), limit=PAGE)
    students = [row.recipient_id for row in page.rows if row.recipient.is_student]
    disclose(viewer=viewer, channel="page", purpose="mail list", students=students)
    table = Table(
        DELIVERIES, delivery_rows(page.rows, viewer), caption=_("Mail"), request=request, row_url=lambda row: ""
    )
    chips = filter_chips(filters, request)
    context = {"table": table, "page": page, "filters": filters, "chips": chips}
    return render(request, "notifications/deliveries.html", context)


@policy("notifications.resend")
@require_POST
def delivery_resend(request: HttpRequest, key: UUID) -> HttpResponse:
    """Send one mail again."""
    delivery = load(request, Delivery.objects.for_list(), key=key)
    actions.resend(actor=request.user, delivery=delivery)
    messages.success(request, _("It is on its way again to %(name)s.") % {"name": delivery.recipient.name})
    return redirect(f"{reverse('notifications:deliveries')}?person={delivery.recipient.key}")
