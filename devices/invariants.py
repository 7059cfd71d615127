"""What the fleet promises."""

from __future__ import annotations

from techdesk.audit.hooks import feed_not_ahead
from techdesk.base.invariants import invariant
from techdesk.directory.hooks import register_external_kind

register_external_kind("device", "devices_device")
invariant(
    "devices.out_is_in_use",
    """
    SELECT device.asset_tag FROM devices_custody AS held JOIN devices_device AS device ON device.id = held.device_id
    WHERE held.in_at IS NULL AND device.status NOT IN ('in_use', 'missing', 'lost')
    """,
    "Somebody has these devices, but they are not marked as in use, missing or lost: a retired one is never out.",
)
invariant(
    "devices.out_once",
    """
    SELECT device.asset_tag FROM devices_custody AS held JOIN devices_device AS device ON device.id = held.device_id
    WHERE held.in_at IS NULL GROUP BY device.asset_tag HAVING count(*) > 1
    """,
    "One device is with one holder at a time.",
)
invariant(
    "devices.out_one_after_the_other",
    """
    SELECT DISTINCT device.asset_tag FROM (
        SELECT device_id, out_at, in_at, id,
            lag(in_at) OVER one AS before_in, lag(id) OVER one AS before_id
        FROM devices_custody WINDOW one AS (PARTITION BY device_id ORDER BY id)
    ) AS custody JOIN devices_device AS device ON device.id = custody.device_id
    WHERE before_id IS NOT NULL AND (before_in IS NULL OR out_at < before_in - interval '1 minute')
    """,
    "A device comes back before it goes out again (clocks of two computers may differ by a minute).",
)
invariant(
    "devices.slots_of_carts",
    """
    SELECT device.asset_tag FROM devices_custody AS held
    JOIN devices_device AS device ON device.id = held.device_id JOIN devices_device AS cart ON cart.id = held.cart_id
    WHERE held.in_at IS NULL AND cart.slot_count = 0
    UNION ALL
    SELECT device.asset_tag FROM devices_device AS device JOIN devices_device AS cart ON cart.id = device.home_cart_id
    WHERE device.home_slot IS NOT NULL AND device.home_slot > cart.slot_count
    """,
    "A device is in a cart, and at home in a slot that the cart has.",
)
invariant(
    "devices.slots_taken_once",
    """
    SELECT format('%s slot %s', cart.asset_tag, held.slot) FROM devices_custody AS held
    JOIN devices_device AS cart ON cart.id = held.cart_id
    WHERE held.in_at IS NULL AND held.slot IS NOT NULL GROUP BY cart.asset_tag, held.slot HAVING count(*) > 1
    UNION ALL
    SELECT format('%s slot %s', cart.asset_tag, device.home_slot) FROM devices_device AS device
    JOIN devices_device AS cart ON cart.id = device.home_cart_id
    WHERE device.home_slot IS NOT NULL GROUP BY cart.asset_tag, device.home_slot HAVING count(*) > 1
    """,
    "One slot of a cart is for one device.",
)
invariant(
    "devices.homes_at_the_same_school",
    """
    SELECT device.asset_tag FROM devices_device AS device
    LEFT JOIN devices_device AS cart ON cart.id = device.home_cart_id
    LEFT JOIN directory_room AS room ON room.id = device.home_room_id
    WHERE device.school_id <> coalesce(cart.school_id, room.school_id)
    """,
    "A device is at home at its own school.",
)
invariant(
    "devices.gone_has_no_home",
    """
    SELECT asset_tag FROM devices_device WHERE status IN ('retired', 'disposed')
        AND (home_room_id IS NOT NULL OR home_cart_id IS NOT NULL OR assigned_to_id IS NOT NULL)
    """,
    "What is gone keeps no place free and is assigned to nobody.",
)
invariant(
    "devices.same_maker_as_its_model",
    """
    SELECT device.asset_tag FROM devices_device AS device
    JOIN devices_devicemodel AS model ON model.id = device.model_id
    WHERE device.manufacturer_id <> model.manufacturer_id OR device.category_id <> model.category_id
    """,
    "A device repeats maker and category of its model; a serial is unique for a maker by that.",
)
invariant(
    "devices.can_be_found",
    "SELECT asset_tag FROM devices_device WHERE search_text = ''",
    "Every device is found by its tag.",
)
invariant(
    "devices.came_back_to_somebody",
    """
    SELECT device.asset_tag FROM devices_custody AS custody
    JOIN devices_device AS device ON device.id = custody.device_id
    WHERE (custody.in_at IS NULL) <> (custody.in_by_id IS NULL)
    """,
    "Who took a device back is written down exactly when it came back.",
)
feed_not_ahead(
    "devices",
    """
    SELECT asset_tag, version, created_at FROM devices_device AS device WHERE NOT EXISTS (
        SELECT FROM devices_deviceevent AS past
        WHERE past.pgh_obj_id = device.id AND past.asset_tag <> device.asset_tag)
    """,
)
feed_not_ahead("device-models", "SELECT key::text, version, created_at FROM devices_devicemodel")
