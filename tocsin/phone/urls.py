"""Addresses that stand in messages to people."""

from django.urls import path

from tocsin.phone import views

urlpatterns = [path("r/<str:secret>", views.answer), path("r/<str:secret>/", views.answer)]
