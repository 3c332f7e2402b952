"""Addresses under ``/internal/v1/``."""

from django.urls import path

from workers.api.internal import pictures, streams, views

urlpatterns = [
    path("node/register", views.RegisterView.as_view()),
    path("node/heartbeat", views.HeartbeatView.as_view()),
    path("jobs/<uuid:job_id>/claim", views.ClaimView.as_view()),
    path("jobs/<uuid:job_id>/chunks/<int:index>/progress", views.ProgressView.as_view()),
    path("jobs/<uuid:job_id>/chunks/<int:index>/checkpoint", views.CheckpointView.as_view()),
    path("jobs/<uuid:job_id>/chunks/<int:index>/failure", views.FailureView.as_view()),
    path("recordings/<uuid:recording_id>/content", views.RecordingView.as_view()),
    path("streams/report", streams.StreamReportView.as_view()),
    path("streams/states", streams.StreamStatesView.as_view()),
    path("streams/<uuid:stream_id>/claim", streams.StreamClaimView.as_view()),
    path("streams/<uuid:stream_id>/release", streams.StreamReleaseView.as_view()),
    path("streams/<uuid:stream_id>/picture", pictures.PictureView.as_view()),
    path("tracks", views.TracksView.as_view()),
    path("events", views.EventsView.as_view()),
    path("events/<uuid:event_id>/clip", views.ClipView.as_view()),
    path("events/<uuid:event_id>/snapshot", views.SnapshotView.as_view()),
]
