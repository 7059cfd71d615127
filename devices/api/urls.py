"""Addresses under /api/v1/. A tag may hold a slash, so each verb stands before the plain tag."""

from django.urls import path

from devices.api import views

urlpatterns = [
    path("devices/", views.Devices.as_view(), name="devices"),
    path("devices/lookup/", views.DeviceLookup.as_view(), name="device-lookup"),
    path("devices/bulk/", views.DevicesBulk.as_view(), name="device-bulk"),
    path("devices/export/", views.DeviceExport.as_view(), name="device-export"),
    path("devices/<path:asset_tag>/check-out/", views.DeviceCheckOut.as_view(), name="device-check-out"),
    path("devices/<path:asset_tag>/check-in/", views.DeviceCheckIn.as_view(), name="device-check-in"),
    path("devices/<path:asset_tag>/history/", views.DeviceHistory.as_view(), name="device-history"),
    path("devices/<path:asset_tag>/retire/", views.DeviceRetire.as_view(), name="device-retire"),
    path("devices/<path:asset_tag>/", views.DeviceDetail.as_view(), name="device"),
]
