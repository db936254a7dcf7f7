"""Addresses of headquarters' pages."""

from django.urls import path

from tocsin.console import views

urlpatterns = [
    path("console/theme/", views.choose_theme),
    path("console/language/", views.choose_language),
]
