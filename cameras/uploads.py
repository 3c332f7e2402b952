"""Streaming of uploads to disk."""

from django.core.files.uploadhandler import TemporaryFileUploadHandler


class RecordingUploadHandler(TemporaryFileUploadHandler):
    pass
