"""Addresses of the rules' pages."""

from django.urls import path

from rules import views

urlpatterns = [
    path("", views.rule_list, name="rule_list"),
    path("<int:rule_id>/", views.rule_detail, name="rule_detail"),
    path("<int:rule_id>/save", views.rule_save, name="rule_save"),
    path("<int:rule_id>/versions/<int:number>/", views.version_detail, name="version_detail"),
    path("<int:rule_id>/versions/<int:number>/publish", views.publish, name="version_publish"),
    path("<int:rule_id>/versions/<int:number>/roll-back", views.roll_back, name="version_roll_back"),
]
