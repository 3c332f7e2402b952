"""What reading a segment can end with."""


class BadSegmentError(Exception):
    """The bytes are no segment that this version can read; the message is a plain sentence."""
