"""Pages of the demo. They exist only where the setting DEMO says so."""

from django.urls import path

from tocsin.demo import views

urlpatterns = [
    path("demo/", views.pockets, name="demo"),
    path("demo/press/", views.press, name="demo_press"),
    path("demo/reply/", views.reply, name="demo_reply"),
    path("demo/sign-in/", views.sign_in, name="demo_sign_in"),
    path("demo/misbehave/", views.misbehave, name="demo_misbehave"),
]
