"""What the directory tells the floors above, after the change is committed."""

from __future__ import annotations

from django.dispatch import Signal

#: Sent on commit, once per person who was deactivated, with `person_id` and `actor_id`. Each app lists what is to be
#: collected from them. A receiver's failure is logged and stops nobody else.
person_deactivated = Signal()
