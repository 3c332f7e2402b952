"""Background actors of this app."""
