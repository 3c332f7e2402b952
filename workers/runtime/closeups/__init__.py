"""Further models that look closely at tracks: poses, protective equipment."""
