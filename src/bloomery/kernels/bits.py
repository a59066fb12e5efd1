"""How many bits of a number are set: one instruction of the processor."""

from typing import Any

import numpy as np
from numba import config, types
from numba.extending import intrinsic

if config.DISABLE_JIT:  # type: ignore[attr-defined]

    def bits(number: Any) -> Any:
        """How many bits of a 64-bit number are set."""
        return np.uint64(int(number).bit_count())

else:

    @intrinsic
    def bits(context: Any, number: Any) -> Any:
        """How many bits of a 64-bit number are set."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.ctpop(arguments[0])

        return types.uint64(types.uint64), generate
