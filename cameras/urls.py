"""Addresses of the camera pages."""

from django.urls import path

from cameras import (
    bulk_views,
    change_views,
    import_views,
    live_views,
    place_views,
    probe_views,
    views,
    wizard_views,
    zone_views,
)

urlpatterns = [
    path("", views.camera_list, name="camera_list"),
    path("bulk/", bulk_views.bulk, name="camera_bulk"),
    path("new/", wizard_views.start, name="camera_new"),
    path("new/uploads/", change_views.upload_camera, name="camera_new_uploads"),
    path("new/<uuid:draft_id>/", wizard_views.resume, name="camera_new_resume"),
    path("new/<uuid:draft_id>/address/", wizard_views.address, name="camera_new_address"),
    path("new/<uuid:draft_id>/look/", wizard_views.look, name="camera_new_look"),
    path("new/<uuid:draft_id>/streams/", wizard_views.streams, name="camera_new_streams"),
    path("new/<uuid:draft_id>/rules/", wizard_views.rules, name="camera_new_rules"),
    path("new/<uuid:draft_id>/discard/", wizard_views.discard, name="camera_new_discard"),
    path("import/", import_views.import_list, name="camera_import"),
    path("import/example.csv", import_views.example, name="camera_import_example"),
    path("places/", place_views.place_list, name="place_list"),
    path("networks/add", place_views.network_add, name="network_add"),
    path("networks/<int:network_id>/delete", place_views.network_remove, name="network_delete"),
    path("sites/new/", place_views.site_edit, name="site_new"),
    path("sites/<int:site_id>/", place_views.site_edit, name="site_edit"),
    path("sites/<int:site_id>/delete", place_views.site_remove, name="site_delete"),
    path("groups/new/", place_views.group_edit, name="camera_group_new"),
    path("groups/<int:group_id>/", place_views.group_edit, name="camera_group_edit"),
    path("groups/<int:group_id>/delete", place_views.group_remove, name="camera_group_delete"),
    path("<int:camera_id>/change/", change_views.change, name="camera_change"),
    path("<int:camera_id>/delete", change_views.delete, name="camera_delete"),
    path("<int:camera_id>/clone/", probe_views.clone, name="camera_clone"),
    path("<int:camera_id>/probe/", probe_views.probe, name="camera_probe"),
    path("<int:camera_id>/", views.camera_detail, name="camera_detail"),
    path("<int:camera_id>/zones/", zone_views.zone_editor, name="zone_editor"),
    path("<int:camera_id>/state", live_views.camera_state, name="camera_state"),
    path("<int:camera_id>/live.jpg", live_views.camera_live, name="camera_live"),
]
