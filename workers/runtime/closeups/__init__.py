"""What looks closely at tracks: poses, protective equipment, colours."""
