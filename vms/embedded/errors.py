"""What can stop a start, said in one sentence for the person at the terminal."""


class StartError(Exception):
    """Shown without a traceback; the message says what to do next."""


class AlreadyRunningError(StartError):
    """Another process holds the data folder."""
