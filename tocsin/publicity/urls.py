"""Addresses of headquarters' pages about appeals."""

from django.urls import path

from tocsin.publicity import views

app_name = "publicity"
urlpatterns = [
    path("", views.appeal_list, name="list"),
    path("new/", views.new, name="new"),
    path("<int:appeal_id>/", views.appeal, name="appeal"),
    path("<int:appeal_id>/write/", views.write, name="write"),
    path("<int:appeal_id>/stop/", views.end, {"word": "stop"}, name="stop"),
    path("<int:appeal_id>/close/", views.end, {"word": "close"}, name="close"),
    path("versions/<int:version_id>/approve/", views.approve_version, name="approve"),
    path("versions/<int:version_id>/publish/", views.publish_version, name="publish"),
    path("waves/<int:wave_id>/pause/", views.turn_wave, {"word": "pause"}, name="pause"),
    path("waves/<int:wave_id>/resume/", views.turn_wave, {"word": "resume"}, name="resume"),
]
