"""Addresses of the pages outside the folders of the apps."""

from django.urls import path

from cameras.views import upload
from vms import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("upload/", upload, name="upload"),
    path("health/", pages.health, name="health"),
]
