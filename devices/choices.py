"""States of devices; legality of their transitions is data."""

from django.utils.translation import gettext_lazy as _

from techdesk.ui.choices import StateChoices, Tone, Transition


class DeviceStatus(StateChoices):
    IN_STOCK = "in_stock", _("In stock"), Tone.NEUTRAL, "outline/package"
    IN_USE = "in_use", _("In use"), Tone.INFO, "outline/user"
    IN_REPAIR = "in_repair", _("In repair"), Tone.WARN, "outline/tool"
    IN_TRANSIT = "in_transit", _("On the way"), Tone.INFO, "outline/truck"
    MISSING = "missing", _("Missing"), Tone.BAD, "outline/help-circle"
    LOST = "lost", _("Lost"), Tone.BAD, "outline/alert-triangle"
    RETIRED = "retired", _("Retired"), Tone.NEUTRAL, "outline/archive"
    DISPOSED = "disposed", _("Disposed of"), Tone.NEUTRAL, "outline/trash"


class Condition(StateChoices):
    GOOD = "good", _("Good"), Tone.GOOD, "outline/circle-check"
    WORN = "worn", _("Worn, works"), Tone.NEUTRAL, "outline/circle"
    DAMAGED = "damaged", _("Damaged"), Tone.WARN, "outline/alert-triangle"
    BROKEN = "broken", _("Broken"), Tone.BAD, "outline/circle-x"


class HolderType(StateChoices):
    PERSON = "person", _("Person"), Tone.INFO, "outline/user"
    ROOM = "room", _("Room"), Tone.INFO, "outline/door"
    CART = "cart", _("Cart"), Tone.INFO, "outline/shopping-cart"


_S = DeviceStatus
#: "In use" without a custody is what an import says of a device whose holder it does not know: it may still go out.
TRANSITIONS: dict[str, Transition[DeviceStatus]] = {
    "check_out": Transition(frozenset({_S.IN_STOCK, _S.IN_USE, _S.MISSING}), _S.IN_USE),
    "check_in": Transition(frozenset({_S.IN_USE, _S.MISSING, _S.LOST}), _S.IN_STOCK),
    "retire": Transition(
        frozenset({_S.IN_STOCK, _S.IN_USE, _S.IN_REPAIR, _S.IN_TRANSIT, _S.MISSING, _S.LOST}), _S.RETIRED
    ),
}
#: What `change_device` may set: while nobody has the device, and while somebody does. The rest is reached by its verb.
SETTABLE_FREE = frozenset({_S.IN_STOCK, _S.IN_USE, _S.IN_REPAIR, _S.IN_TRANSIT, _S.MISSING, _S.LOST})
SETTABLE_HELD = frozenset({_S.IN_USE, _S.MISSING, _S.LOST})
#: Retired and disposed of: out of every list, never handed out again.
GONE = frozenset({_S.RETIRED, _S.DISPOSED})
