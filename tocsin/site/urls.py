"""Addresses that anybody may open."""

from django.urls import path, register_converter

from tocsin.site import views, views_preview, views_subscribe


class Secret:
    """The secret in a link: letters, digits, "-" and "_"."""

    regex = "[A-Za-z0-9_-]{1,80}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class Identifier(Secret):
    """The identifier of a CAP message."""

    regex = "[0-9a-f-]{36}[.0-9a-z]{2,20}"


register_converter(Secret, "secret")
register_converter(Identifier, "identifier")

urlpatterns = [
    path("", views.home, name="home"),
    path("appeals/<uuid:uid>/", views.appeal, name="public_appeal"),
    path("appeals/<uuid:uid>/map.svg", views.appeal_map),
    path("appeals/<uuid:uid>/<slug:language>/", views.appeal, name="public_appeal_in"),
    path("a/<secret:short>", views.short_appeal),
    path("feeds/appeals.atom", views.appeals_feed),
    path("feeds/appeals.<slug:language>.atom", views.appeals_feed),
    path("feeds/cap/", views.cap_index),
    path("feeds/cap/<identifier:identifier>.xml", views.cap_message),
    path("subscribe/", views_subscribe.subscribe_page, name="subscribe"),
    path("subscribe/code/", views_subscribe.code_page),
    path("subscribe/<secret:secret>/", views_subscribe.confirm_page),
    path("console/appeals/pages/<int:version_id>/map.svg", views_preview.preview_map),
    path("console/appeals/pages/<int:version_id>/<slug:language>/", views_preview.preview),
    path("unsubscribe/<secret:secret>/", views_subscribe.leave_page),
]
