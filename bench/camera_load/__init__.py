"""Parts of ``bench cameras``: footage as cameras send it, watching it in real time, and what should have been found."""
