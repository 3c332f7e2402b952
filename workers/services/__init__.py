"""Changing jobs, chunks and nodes."""
