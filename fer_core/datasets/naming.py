"""Names that people give: which can be a data set's, and how a class's is written."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import PurePath

from fer_core.errors import InputError

_MOST, _MOST_BYTES = 60, 200
_LONGEST_READ = 300
# Names of devices, which Windows gives to no file, whatever follows a dot.
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_ENDINGS = re.compile(r"(\.(zip|tar|tgz|csv|tsv|gz|parquet))+$", re.IGNORECASE)


def check_name(name: str) -> str:
    """A data set's name, without surrounding blanks, in Unicode's composed form.

    Raises:
        InputError: it cannot be a data set's name.
    """
    clean = unicodedata.normalize("NFC", name.strip())
    if not is_name(clean):
        raise InputError(
            f"A data set's name has 1 to {_MOST} letters of any script, digits, blanks, dots, hyphens or underscores, begins "
            "with a letter or digit, does not end with a dot, and is no device of Windows (CON, NUL, COM1, ...); got "
            f"'{name[:80]}'."
        )
    return clean


def is_name(name: str) -> bool:
    """Whether a data set can have this name; it is the name of its folder, on every system."""
    return (
        0 < len(name) <= _MOST
        and len(name.encode("utf-8", "replace")) <= _MOST_BYTES
        and _is_letter(name[0])
        and all(_is_letter(sign) or unicodedata.category(sign)[0] == "M" or sign in " _.-" for sign in name)
        and name[-1] not in " ."
        and not _RESERVED.fullmatch(name)
    )


def suggest_name(source: str) -> str:
    """A name for a data set from its source's file, which `check_name` accepts; `My faces` where nothing in it can stand."""
    stem = _ENDINGS.sub("", PurePath(source.strip().replace("\\", "/")).name)
    signs = [
        sign if _is_letter(sign) or unicodedata.category(sign)[0] == "M" or sign in " _.-" else " "
        for sign in unicodedata.normalize("NFC", stem)
    ]
    clean = " ".join("".join(signs).split())[:_MOST]
    while clean and not _is_letter(clean[0]):
        clean = clean[1:]
    while clean and (clean[-1] in " .-_" or len(clean.encode("utf-8", "replace")) > _MOST_BYTES):
        clean = clean[:-1]
    if _RESERVED.fullmatch(clean):
        clean = f"{clean} faces"
    return clean if is_name(clean) else "My faces"


@lru_cache(maxsize=4096)
def class_name(written: str) -> str:
    """A class's name as it is written: on one line, composed, without signs that cannot be seen, `?` for what is no UTF-8."""
    text = unicodedata.normalize("NFC", written[:_LONGEST_READ].encode("utf-8", "replace").decode())
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _is_letter(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LN"
