"""Chosen events as one file that can be given away: clips, pictures, a table and a manifest."""
