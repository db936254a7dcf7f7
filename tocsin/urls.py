"""Every address of the web process."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("tocsin.console.urls")),
    path("", include("tocsin.accounts.urls")),
    path("", include("tocsin.phone.urls")),
    path("", include("tocsin.site.urls")),
    path("console/appeals/", include("tocsin.publicity.urls")),
    path("console/people/", include("tocsin.people.urls")),
    path("console/people/", include("tocsin.devices.urls")),
]
if settings.TOCSIN_DEMO and settings.TOCSIN_DEMO_CONTROL:  # The first alone would let anybody sign in as "noor".
    urlpatterns.append(path("", include("tocsin.demo.urls")))

handler400 = "tocsin.console.errors.bad_request"
handler403 = "tocsin.console.errors.permission_denied"
handler404 = "tocsin.console.errors.not_found"
handler500 = "tocsin.console.errors.failed"
