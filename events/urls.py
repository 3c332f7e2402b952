"""Addresses of the event pages and of the pictures they show."""

from django.urls import path

from events import media, views

urlpatterns = [
    path("", views.event_list, name="event_list"),
    path("arrivals", views.arrivals, name="event_arrivals"),
    path("<uuid:event_id>/", views.event_detail, name="event_detail"),
    path("<uuid:event_id>/review", views.review, name="event_review"),
    path("<uuid:event_id>/state", views.state, name="event_state"),
    path("<uuid:event_id>/clip", media.clip, name="event_clip"),
    path("<uuid:event_id>/snapshot", media.snapshot, name="event_snapshot"),
    path("<uuid:event_id>/boxes", media.boxes, name="event_boxes"),
]
