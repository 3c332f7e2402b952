"""Addresses of the alerts inbox."""

from django.urls import path

from alerts import (
    alert_views,
    browser_views,
    delivery_views,
    endpoint_views,
    mail_link_views,
    mail_stop_views,
    policy_views,
    template_views,
    together_views,
    views,
)

urlpatterns = [
    path("", views.inbox, name="alert_list"),
    path("do", together_views.alerts_do, name="alerts_do"),
    path("acknowledge", views.acknowledge, name="alert_acknowledge"),
    path("endpoints/", endpoint_views.endpoint_list, name="endpoint_list"),
    path("endpoints/new/<slug:kind>", endpoint_views.endpoint_new, name="endpoint_new"),
    path("endpoints/<int:endpoint_id>/", endpoint_views.endpoint_detail, name="endpoint_detail"),
    path("endpoints/<int:endpoint_id>/test", endpoint_views.endpoint_trial, name="endpoint_test"),
    path("endpoints/<int:endpoint_id>/key", endpoint_views.endpoint_key_new, name="endpoint_key_new"),
    path("endpoints/<int:endpoint_id>/old-key", endpoint_views.endpoint_key_old, name="endpoint_key_forget"),
    path("endpoints/<int:endpoint_id>/delete", endpoint_views.endpoint_remove, name="endpoint_delete"),
    path("templates/", template_views.template_list, name="template_list"),
    path("templates/<slug:channel>/<slug:language>/", template_views.template_edit, name="template_edit"),
    path("mails/stop/<str:token>/", mail_stop_views.mail_stop, name="mail_stop"),
    path("browser/", browser_views.browser, name="alert_browser"),
    path("browser/test/<slug:channel>", browser_views.browser_trial, name="channel_test"),
    path("browser/test/<slug:channel>/seen", browser_views.browser_trial_seen, name="channel_test_seen"),
    path("browser/push", browser_views.push_add, name="push_add"),
    path("browser/push/<int:subscription_id>/remove", browser_views.push_delete, name="push_remove"),
    path("from-mail/<str:token>", mail_link_views.from_mail, name="alert_from_mail"),
    path("messages/", delivery_views.delivery_list, name="delivery_list"),
    path("messages/send-again", delivery_views.resend_given_up, name="delivery_resend_given_up"),
    path("messages/<uuid:delivery_id>/", delivery_views.delivery_detail, name="delivery_detail"),
    path("messages/<uuid:delivery_id>/again", delivery_views.resend, name="delivery_resend"),
    path("policies/", policy_views.policy_list, name="policy_list"),
    path("policies/add", policy_views.policy_add, name="policy_add"),
    path("policies/<int:policy_id>/", policy_views.policy_edit, name="policy_edit"),
    path("policies/<int:policy_id>/delete", policy_views.policy_remove, name="policy_delete"),
    path("<uuid:alert_id>/", alert_views.alert_detail, name="alert_detail"),
    path("<uuid:alert_id>/do", alert_views.alert_do, name="alert_do"),
]
