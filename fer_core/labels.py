"""Emotion names, their aliases, order and colours: the one place that knows them."""

from collections.abc import Iterable, Sequence

from fer_core.errors import InputError

SEVEN: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""FER2013's classes in the order of its label numbers 0 to 6 (Goodfellow et al. 2013, arXiv:1307.0414)."""

FIVE: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "neutral")
"""The course's five classes, in the same order."""

_ALIASES: dict[str, str] = {
    **{name: name for name in SEVEN},
    "anger": "angry",
    "disgusted": "disgust",
    "disgusting": "disgust",
    "afraid": "fear",
    "fearful": "fear",
    "scared": "fear",
    "happiness": "happy",
    "joy": "happy",
    "sadness": "sad",
    "surprised": "surprise",
    "neutrality": "neutral",
    "calm": "neutral",
    "contemptuous": "contempt",
    # Misspellings that public data sets have in their folders' names.
    "angery": "angry",
    "agner": "angry",
    "disguist": "disgust",
    "disgut": "disgust",
    "digust": "disgust",
    "feer": "fear",
    "fearfull": "fear",
    "hapiness": "happy",
    "happines": "happy",
    "hapy": "happy",
    "saddness": "sad",
    "sadnes": "sad",
    "suprise": "surprise",
    "suprised": "surprise",
    "surprize": "surprise",
    "surpise": "surprise",
    "surprice": "surprise",
    "nuetral": "neutral",
    "netural": "neutral",
    "neutal": "neutral",
    "contemp": "contempt",
}

# Okabe & Ito (2008), "Color Universal Design", and six more that stay as far from them, and from each other, as these do among
# themselves, with each kind of colour blindness (Machado et al. 2009, in Oklab). Text is never written in them.
_COLOURS: dict[str, str] = {
    "angry": "#D55E00",
    "disgust": "#009E73",
    "fear": "#CC79A7",
    "happy": "#E69F00",
    "sad": "#0072B2",
    "surprise": "#56B4E9",
    "neutral": "#666666",
    "contempt": "#A500FF",
}
_OTHER_COLOURS: tuple[str, ...] = ("#873C00", "#A578FF", "#C3B4A5", "#1E4BA5")


def canonical(name: str) -> str:
    """The emotion that `name` stands for (any case, aliases, usual misspellings), or `name` itself in lower case.

    A number stands for nothing here: which emotion it is depends on the data set, see `fer_core.datasets.codings`.
    """
    key = name.strip().lower()
    return _ALIASES.get(key, key)


def is_expression(name: str) -> bool:
    """Whether `name` is one of the seven, or contempt, in any case and spelling that `canonical` knows."""
    return canonical(name) in (*SEVEN, "contempt")


def parse_classes(text: str) -> tuple[str, ...] | None:
    """Class names for `five`, `seven` or a comma-separated list; None for `all` (whatever the source holds).

    Raises:
        InputError: a list with fewer than two different names.
    """
    word = text.strip().lower()
    if word == "all":
        return None
    if word in ("five", "seven"):
        return FIVE if word == "five" else SEVEN
    names = tuple(dict.fromkeys(canonical(part) for part in text.split(",") if part.strip()))
    if len(names) < 2:
        raise InputError(f"Classes must be 'five', 'seven', 'all' or at least two names separated by commas; got '{text}'.")
    return in_order(names)


def in_order(names: tuple[str, ...] | list[str] | set[str]) -> tuple[str, ...]:
    """Unique names in FER2013's order; names that are not emotions follow alphabetically."""
    return tuple(sorted(set(names), key=lambda name: (SEVEN.index(name) if name in SEVEN else len(SEVEN), name)))


def display_name(name: str) -> str:
    """How a class is written on a page: `happy` -> `Happy`."""
    return name[:1].upper() + name[1:]


def colour(name: str, classes: Sequence[str] = ()) -> str:
    """Hex colour of a class, the same on every page; `classes` are those of its data set, see `colours`."""
    return colours((*classes, name))[name]


def colours(names: Iterable[str]) -> dict[str, str]:
    """Colour map {class: hex} of a data set's classes, in the order of `names`.

    Emotions keep their colour in every data set. Other names, in alphabetical order, take the colours that are left: up to
    twelve classes differ from each other, also for colour-blind eyes; after that colours come again.
    """
    unique = list(dict.fromkeys(names))
    taken = {name: _COLOURS[name] for name in unique if name in _COLOURS}
    left = [*_OTHER_COLOURS, *(tone for tone in _COLOURS.values() if tone not in taken.values())]
    others = sorted(set(unique) - set(taken))
    own = taken | {name: left[place % len(left)] for place, name in enumerate(others)}
    return {name: own[name] for name in unique}
