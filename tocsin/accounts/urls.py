"""Addresses of signing in, and of staff and shifts."""

from allauth.account import views as allauth_views
from django.urls import include, path

from tocsin.accounts import views, views_staff

# Named as allauth names them. Left out: signing up, and everything by e-mail, since staff have no address in the clear.
sign_in = [
    path("", views.my_account, name="account_mine"),
    path("shift/", views.my_shift, name="account_shift"),
    path("ways/", views.my_ways, name="account_ways"),
    path("login/", allauth_views.login, name="account_login"),
    path("logout/", allauth_views.logout, name="account_logout"),
    path("inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("reauthenticate/", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("password/", allauth_views.password_change, name="account_change_password"),
    path("welcome/<int:staff_id>/<str:token>/", views.welcome, name="account_welcome"),
    path("2fa/", include("allauth.mfa.urls")),
]
staff = (
    [
        path("staff/", views_staff.staff_all, name="staff"),
        path("staff/new/", views_staff.staff_new, name="staff_new"),
        path("staff/<int:staff_id>/", views_staff.staff_one, name="staff_one"),
        path("staff/<int:staff_id>/reset/", views_staff.staff_reset, name="staff_reset"),
        path("shifts/", views_staff.shifts, name="shifts"),
        path("shifts/<int:shift_id>/end/", views_staff.shift_end, name="shift_end"),
    ],
    "accounts",
)
urlpatterns = [
    path("account/", include(sign_in)),
    path("console/people/", include(staff)),
]
