"""Addresses of the Fleet page and of the dead letters."""

from django.urls import path

from workers import fleet_views, letter_views

urlpatterns = [
    path("", fleet_views.fleet, name="fleet"),
    path("nodes/<int:node_id>/<slug:deed>", fleet_views.node_deed, name="node_deed"),
    path("dead-letters/", letter_views.letter_list, name="letter_list"),
    path("dead-letters/do", letter_views.letters_do, name="letters_do"),
    path("dead-letters/<int:letter_id>/", letter_views.letter_detail, name="letter_detail"),
    path("dead-letters/<int:letter_id>/replay", letter_views.letter_replay, name="letter_replay"),
    path("dead-letters/<int:letter_id>/discard", letter_views.letter_discard, name="letter_discard"),
]
