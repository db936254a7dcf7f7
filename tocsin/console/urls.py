"""Addresses of headquarters' pages."""

from django.urls import path

from tocsin.console import views, views_actions, views_board, views_incident

urlpatterns = [
    path("console/", views_board.board, name="board"),
    path("console/incidents/<int:incident_id>/", views_incident.incident, name="incident"),
    path("console/incidents/<int:incident_id>/map.svg", views_incident.incident_map, name="incident_map"),
    path("console/incidents/<int:incident_id>/<slug:word>/", views_actions.act, name="act"),
    path("console/incidents/<int:incident_id>/<slug:word>/<int:row_id>/", views_actions.act_on_row, name="act_on_row"),
    path("console/theme/", views.choose_theme),
    path("console/language/", views.choose_language),
]
