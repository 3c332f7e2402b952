"""Back-tests: a rule's text tried on what was tracked in the past."""
