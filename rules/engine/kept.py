"""A property that is found out once and kept; ``functools.cached_property`` takes a lock, too dear in every frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

T = TypeVar("T")


class Kept(Generic[T]):
    def __init__(self, find: Callable[[Any], T]) -> None:
        self._find = find
        self._name = find.__name__
        self.__doc__ = find.__doc__

    @overload
    def __get__(self, instance: None, owner: type[object]) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type[object]) -> T: ...

    def __get__(self, instance: object | None, owner: type[object]) -> T | Self:
        if instance is None:
            return self
        # The instance's own attribute is found before this descriptor from now on.
        value = instance.__dict__[self._name] = self._find(instance)
        return value
