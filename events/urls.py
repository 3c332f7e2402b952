"""Addresses of the event pages and of the pictures they show."""

from django.urls import path

from events import export_views, filter_views, media, review_views, timeline_views, views

urlpatterns = [
    path("", views.event_list, name="event_list"),
    path("arrivals", views.arrivals, name="event_arrivals"),
    path("timeline/", timeline_views.timeline, name="event_timeline"),
    path("exports/", export_views.export_list, name="export_list"),
    path("exports/rows", export_views.export_rows, name="export_rows"),
    path("exports/all", export_views.export_all, name="export_all"),
    path("exports/<uuid:export_id>/file", export_views.download, name="export_download"),
    path("exports/<uuid:export_id>/retry", export_views.retry, name="export_retry"),
    path("exports/<uuid:export_id>/delete", export_views.delete, name="export_delete"),
    path("do", review_views.events_do, name="events_do"),
    path("read", review_views.mark_read, name="events_read"),
    path("reviews/<uuid:batch_id>/undo", review_views.undo, name="review_undo"),
    path("filters/save", filter_views.filter_save, name="event_filter_save"),
    path("filters/<int:filter_id>/delete", filter_views.filter_delete, name="event_filter_delete"),
    path("<uuid:event_id>/", views.event_detail, name="event_detail"),
    path("<uuid:event_id>/review", views.review, name="event_review"),
    path("<uuid:event_id>/state", views.state, name="event_state"),
    path("<uuid:event_id>/clip", media.clip, name="event_clip"),
    path("<uuid:event_id>/snapshot", media.snapshot, name="event_snapshot"),
    path("<uuid:event_id>/boxes", media.boxes, name="event_boxes"),
]
