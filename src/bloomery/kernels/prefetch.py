"""Telling the processor what will be read soon, so that it is there by then: one instruction, which changes nothing else."""

from typing import Any

from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import arrayobj

_arrays: Any = arrayobj
_code: Any = cgutils

if config.DISABLE_JIT:  # type: ignore[attr-defined]

    def soon(array: Any, place: Any) -> None:
        """``array[place]`` will be read."""

else:

    @intrinsic
    def soon(context: Any, array: Any, place: Any) -> Any:
        """``array[place]``, of an array of one dimension, will be read."""

        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            data = _arrays.make_array(signature.args[0])(context, builder, given[0]).data
            number, byte = ir.IntType(32), _code.voidptr_t
            kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
            fetch = _code.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
            at = builder.bitcast(builder.gep(data, [given[1]]), byte)
            builder.call(fetch, [at, number(0), number(3), number(1)])  # to read, into all caches, data
            return context.get_dummy_value()

        return types.void(array, place), generate
