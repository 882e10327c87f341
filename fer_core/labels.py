"""Emotion names, their aliases, order and colours: the one place that knows them."""

from fer_core.errors import InputError

SEVEN: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""FER2013's classes in the order of its label numbers 0 to 6 (Goodfellow et al. 2013, arXiv:1307.0414)."""

FIVE: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "neutral")
"""The course's five classes, in the same order."""

_ALIASES: dict[str, str] = {
    **{str(number): name for number, name in enumerate(SEVEN)},
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
}

# Okabe & Ito (2008), "Color Universal Design": distinguishable with every common colour-vision deficiency.
_COLOURS: dict[str, str] = {
    "angry": "#D55E00",
    "disgust": "#009E73",
    "fear": "#CC79A7",
    "happy": "#E69F00",
    "sad": "#0072B2",
    "surprise": "#56B4E9",
    "neutral": "#7F7F7F",
}
_OTHER_COLOURS: tuple[str, ...] = ("#332288", "#117733", "#882255", "#44AA99", "#AA4499", "#999933", "#6699CC", "#661100")


def canonical(name: str) -> str:
    """The emotion that `name` stands for (any case, aliases, FER2013's numbers), or `name` itself in lower case."""
    key = name.strip().lower()
    return _ALIASES.get(key, key)


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


def colour(name: str) -> str:
    """Hex colour of a class, the same on every page; names that are not emotions get a stable colour of their own."""
    if name in _COLOURS:
        return _COLOURS[name]
    return _OTHER_COLOURS[sum(name.encode()) % len(_OTHER_COLOURS)]


def colours(names: tuple[str, ...] | list[str]) -> dict[str, str]:
    """Colour map {class: hex}, in the order of `names`."""
    return {name: colour(name) for name in names}
