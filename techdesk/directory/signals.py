"""What the directory tells the floors above, after the change is committed."""

from __future__ import annotations

from django.dispatch import Signal

#: Sent on commit, once per person who was deactivated, with `person_id` and `actor_id`. Each app lists what is to be
#: collected from them. A receiver's failure is logged and stops nobody else.
person_deactivated = Signal()

#: Sent on commit when days of schools became open, closed, longer or shorter, with `school_ids` and `days` (tuples; no
#: day: any of them may have changed) and `actor_id`. Whoever has stored something counted in school days counts anew.
calendar_changed = Signal()
