"""Streamlit looks through all objects for garbage after every run of a page; what stays for good need not be looked at again."""

import gc
import sys

_MANY = 100
_spared = 0


def spare_modules() -> None:
    """Exempt what is loaded now from garbage collection when many modules have come since the last call.

    With TensorFlow in the process each collection took 0.9 s on two cores, after every click; without it 0.2 s. Call it before
    something is made that is to be freed again, such as a network.
    """
    global _spared
    if len(sys.modules) - _spared < _MANY:
        return
    _spared = len(sys.modules)
    gc.collect()
    gc.freeze()
