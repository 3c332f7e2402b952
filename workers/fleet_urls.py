"""Addresses of the Fleet page and of the dead letters."""

from django.urls import path

from workers import fleet_views as views

urlpatterns = [
    path("", views.fleet, name="fleet"),
    path("nodes/<int:node_id>/<slug:deed>", views.node_deed, name="node_deed"),
    path("dead-letters/", views.letter_list, name="letter_list"),
    path("dead-letters/<int:letter_id>/", views.letter_detail, name="letter_detail"),
    path("dead-letters/<int:letter_id>/replay", views.letter_replay, name="letter_replay"),
    path("dead-letters/<int:letter_id>/discard", views.letter_discard, name="letter_discard"),
]
