from devices.models.catalogue import Category, DeviceModel, Manufacturer
from devices.models.custody import Custody
from devices.models.device import Device

__all__ = ["Category", "Custody", "Device", "DeviceModel", "Manufacturer"]
