"""Marks sentences for translation where Django is not known; pages show them in the reader's language."""


def gettext_noop(sentence: str) -> str:
    """As it is: only ``python -m vms.translations update`` looks for the call."""
    return sentence
