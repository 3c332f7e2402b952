"""Addresses of the camera pages."""

from django.urls import path

from cameras import views

urlpatterns = [
    path("", views.camera_list, name="camera_list"),
    path("<int:camera_id>/", views.camera_detail, name="camera_detail"),
]
