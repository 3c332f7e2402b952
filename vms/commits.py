"""What is done once the transaction has been committed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, update_wrapper
from typing import ParamSpec

from django.db import transaction

Arguments = ParamSpec("Arguments")


def after_commit(deed: Callable[Arguments, object], *args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
    """Do it after the commit; where it fails, that is logged, and neither the caller nor what follows notices.

    Django names the deed in its log by ``__qualname__``, which a bare ``partial`` does not have: its failure would
    come out of the commit as another error, and what follows would never be done.
    """
    transaction.on_commit(update_wrapper(partial(deed, *args, **kwargs), deed), robust=True)
