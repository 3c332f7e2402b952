"""Addresses of the rules' pages."""

from django.urls import path

from rules import backtest_views, camera_views, new_views, proposal_views, views, why_not_views

urlpatterns = [
    path("", views.rule_list, name="rule_list"),
    path("new/", new_views.rule_catalog, name="rule_catalog"),
    path("new/scratch/", new_views.rule_new, name="rule_scratch"),
    path("new/from/<slug:key>/", new_views.rule_new, name="rule_new"),
    path("form", new_views.rule_form, name="rule_form"),
    path("<int:rule_id>/", views.rule_detail, name="rule_detail"),
    path("<int:rule_id>/save", views.rule_save, name="rule_save"),
    path("<int:rule_id>/switch", views.rule_switch, name="rule_switch"),
    path("<int:rule_id>/cameras", camera_views.rule_cameras, name="rule_cameras"),
    path("why-not/<int:camera_id>/", why_not_views.why_not, name="why_not"),
    path("<int:rule_id>/proposal", proposal_views.proposal, name="rule_proposal"),
    path("<int:rule_id>/try", backtest_views.rule_try, name="rule_try"),
    path("back-tests/<uuid:backtest_id>/", backtest_views.backtest_detail, name="backtest_detail"),
    path("back-tests/<uuid:backtest_id>/cancel", backtest_views.backtest_stop, name="backtest_cancel"),
    path("<int:rule_id>/versions/<int:number>/", views.version_detail, name="version_detail"),
    path("<int:rule_id>/versions/<int:number>/publish", views.publish, name="version_publish"),
    path("<int:rule_id>/versions/<int:number>/roll-back", views.roll_back, name="version_roll_back"),
]
