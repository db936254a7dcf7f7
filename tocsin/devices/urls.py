"""Addresses of the pages about devices, below /console/people/."""

from django.urls import path

from tocsin.devices import views, views_import

app_name = "devices"
urlpatterns = [
    path("devices/", views.device_list, name="list"),
    path("devices/new/", views.device_new, name="new"),
    path("devices/unknown/", views.quarantine, name="quarantine"),
    path("devices/unknown/<int:word_id>/", views.quarantine_issue, name="quarantine_issue"),
    path("devices/<int:device_id>/", views.device, name="device"),
    path("devices/<int:device_id>/change/", views.device_change, name="change"),
    path("import/", views_import.import_page, name="import"),
    path("defenders/<int:defender_id>/devices/", views.of_defender, name="of_defender"),
]
