from devices.actions.catalogue import ModelName, ensure_categories, find_or_make_models
from devices.actions.change import DeviceChange, change_device, change_devices
from devices.actions.custody import (
    AlreadyCheckedOut,
    CheckIn,
    CheckOut,
    check_in,
    check_in_many,
    check_out,
    check_out_many,
    school_today,
)
from devices.actions.facts import DeviceFacts, UnusableDevice
from devices.actions.homes import HomeNotPossible
from devices.actions.locks import DeviceStale
from devices.actions.put import PutDevices, put_devices
from devices.actions.refusals import refusals_of
from devices.actions.register import DuplicateDevice, register_device, register_devices
from devices.actions.retire import retire_device, retire_devices

__all__ = [
    "AlreadyCheckedOut",
    "CheckIn",
    "CheckOut",
    "DeviceChange",
    "DeviceFacts",
    "DeviceStale",
    "DuplicateDevice",
    "HomeNotPossible",
    "ModelName",
    "PutDevices",
    "UnusableDevice",
    "change_device",
    "change_devices",
    "check_in",
    "check_in_many",
    "check_out",
    "check_out_many",
    "ensure_categories",
    "find_or_make_models",
    "put_devices",
    "refusals_of",
    "register_device",
    "register_devices",
    "retire_device",
    "retire_devices",
    "school_today",
]
