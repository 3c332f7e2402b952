"""Addresses of the pages outside the folders of the apps."""

from django.urls import path

from alerts.browser_views import push_worker
from cameras.views import upload
from vms import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("upload/", upload, name="upload"),
    path("push-worker.js", push_worker, name="push_worker"),
    path("first-steps/", pages.first_steps_page, name="first_steps"),
    path("manifest.webmanifest", pages.manifest, name="manifest"),
    path("words/<str:language>.js", pages.words, name="words"),
    path("health/", pages.health, name="health"),
]
