from __future__ import annotations

from typing import Any

import factory

from devices.models import Category, Device, DeviceModel, Manufacturer
from tests.factories.directory import SchoolFactory


class CategoryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Category
        django_get_or_create = ("slug",)

    slug = "chromebook"
    name = {"en": "Chromebook"}


class ManufacturerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Manufacturer
        django_get_or_create = ("name",)

    name = "Lenovo"


class DeviceModelFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DeviceModel
        django_get_or_create = ("manufacturer", "name")

    manufacturer = factory.SubFactory(ManufacturerFactory)
    name = "300e Chromebook 2nd Gen"
    category = factory.SubFactory(CategoryFactory)


class DeviceFactory(factory.django.DjangoModelFactory):
    """A device in stock at its school."""

    class Meta:
        model = Device

    asset_tag = factory.Sequence(lambda n: f"C-{n:04}")
    serial = factory.Sequence(lambda n: f"SN{n:06}")
    model = factory.SubFactory(DeviceModelFactory)
    school = factory.SubFactory(SchoolFactory)

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        device = model_class(*args, **kwargs)
        device.manufacturer = device.model.manufacturer
        device.category = device.model.category
        device.fill_search()
        device.save()
        return device


class CartFactory(DeviceFactory):
    asset_tag = factory.Sequence(lambda n: f"CART-{n:02}")
    serial = ""
    slot_count = 30
    model = factory.SubFactory(
        DeviceModelFactory,
        name="30-slot cart",
        category=factory.SubFactory(CategoryFactory, slug="cart", name={"en": "Cart"}, holds_devices=True),
    )
