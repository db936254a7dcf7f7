"""Addresses of headquarters' pages."""

from django.urls import path

from tocsin.console import views, views_actions, views_board, views_incident, views_ledger, views_raise

urlpatterns = [
    path("console/", views_board.board, name="board"),
    path("console/incidents/new/", views_raise.raise_by_hand, name="raise_by_hand"),
    path("console/incidents/<int:incident_id>/", views_incident.incident, name="incident"),
    path("console/incidents/<int:incident_id>/map.svg", views_incident.incident_map, name="incident_map"),
    path("console/incidents/<int:incident_id>/timeline.jsonl", views_incident.timeline_file, name="timeline_file"),
    path("console/incidents/<int:incident_id>/whose/", views_raise.whose, name="whose"),
    path("console/incidents/<int:incident_id>/<slug:word>/", views_actions.act, name="act"),
    path("console/incidents/<int:incident_id>/<slug:word>/<int:row_id>/", views_actions.act_on_row, name="act_on_row"),
    path("console/ledger/", views_ledger.ledger, name="ledger"),
    path("console/ledger/<int:notice_id>/resend/", views_ledger.resend, name="resend"),
    path("console/signals/", views_ledger.signals, name="signals"),
    path("console/theme/", views.choose_theme),
    path("console/language/", views.choose_language),
]
