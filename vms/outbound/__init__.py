"""The one way out: every address that a person may write passes here before anything connects to it.

Knows nothing of Django, so that a child process can use it too.
"""
