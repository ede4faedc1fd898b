"""The decorator of every kernel: compiled once, kept on disk where the disk allows it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, overload

import numba
from numba.core import caching

FunctionCache: Any = caching.FunctionCache  # numba types some of its names in some of its versions
Function = TypeVar("Function", bound=Callable[..., Any])


@overload
def compiled(function: Function) -> Function: ...
@overload
def compiled(*, parallel: bool = False, fastmath: bool = False) -> Callable[[Function], Function]: ...
def compiled(
    function: Function | None = None, *, parallel: bool = False, fastmath: bool = False
) -> Function | Callable[[Function], Function]:
    """Compile a function at its first call, without Python objects and without the interpreter's lock.

    The machine code is kept beside the source, or in the user's cache folder, or in `NUMBA_CACHE_DIR`. Where none of
    them can be written (a system-wide installation, a read-only container, a full disk) the kernel works all the same
    and is compiled anew in each process.

    The kept code is refreshed when its own file changes, not when a kernel that it calls from another file does:
    kernels that call each other belong in one file. Division by zero follows numpy (inf, NaN, 0) and never raises.

    Args:
        parallel: let `numba.prange` use all threads. It costs tens of milliseconds on small arrays if a core is busy.
        fastmath: let the compiler reorder float arithmetic; NaN and infinity then mean nothing.
    """

    def decorate(function: Function) -> Function:
        kernel: Any = numba.njit(nogil=True, error_model="numpy", parallel=parallel, fastmath=fastmath)(function)
        with suppress(RuntimeError, OSError):  # numba found no folder that it may write to
            kernel._cache = _ForgivingCache(function)
        return kernel  # type: ignore[no-any-return]

    return decorate if function is None else decorate(function)


class _ForgivingCache(FunctionCache):  # type: ignore[misc]
    """numba's cache, for which a file that cannot be read or written is a file that is not there.

    numba itself raises these errors out of the call of the kernel: a disk that fills up, a folder that vanished,
    or an index that a power cut left half written would stop a program that needs none of them.
    """

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(signature, target_context)
        except Exception:  # half a pickle can raise anything
            with suppress(OSError):
                self.flush()
            return None

    def save_overload(self, signature: Any, data: Any) -> None:
        with suppress(OSError):
            super().save_overload(signature, data)
