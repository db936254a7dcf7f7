"""Addresses of the pages about people, below /console/people/."""

from django.urls import path

from tocsin.people import views, views_defenders, views_responders

app_name = "people"
urlpatterns = [
    path("", views.index, name="index"),
    path("organisation/", views.organisation, name="organisation"),
    path("contacts/", views.contact_list, name="contacts"),
    path("contacts/new/", views.contact_new, name="contact_new"),
    path("contacts/<int:party_id>/", views.contact, name="contact"),
    path("parties/<int:party_id>/ways/", views.way_add, name="way_add"),
    path("parties/<int:party_id>/forget/", views.forget, name="forget"),
    path("ways/<int:way_id>/", views.way_change, name="way_change"),
    path("defenders/", views_defenders.defender_list, name="defenders"),
    path("defenders/new/", views_defenders.defender_new, name="defender_new"),
    path("defenders/<int:defender_id>/", views_defenders.defender, name="defender"),
    path("defenders/<int:defender_id>/circle/", views_defenders.circle, name="circle"),
    path("circle/<int:member_id>/", views_defenders.circle_member, name="circle_member"),
    path("defenders/<int:defender_id>/plan/", views_defenders.plan, name="plan"),
    path("defenders/<int:defender_id>/directive/", views_defenders.directive, name="directive"),
    path("directives/<int:directive_id>/", views_defenders.directive_change, name="directive_change"),
    path("defenders/<int:defender_id>/looks/", views_defenders.looks, name="looks"),
    path("responders/", views_responders.responder_list, name="responders"),
    path("responders/new/", views_responders.responder_new, name="responder_new"),
    path("responders/<int:responder_id>/", views_responders.responder, name="responder"),
]
