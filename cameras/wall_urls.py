"""Addresses of the wall of live pictures."""

from django.urls import path

from cameras import wall_views

urlpatterns = [
    path("", wall_views.wall, name="wall"),
    path("pictures", wall_views.wall_pictures, name="wall_pictures"),
    path("alerts", wall_views.wall_alerts, name="wall_alerts"),
    path("new/", wall_views.layout_edit, name="wall_layout_new"),
    path("<int:layout_id>/", wall_views.wall, name="wall_layout"),
    path("<int:layout_id>/edit/", wall_views.layout_edit, name="wall_layout_edit"),
    path("<int:layout_id>/delete/", wall_views.layout_delete, name="wall_layout_delete"),
]
