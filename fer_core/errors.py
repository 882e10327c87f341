"""Every error that a user can cause or meet.

Pages and the command line catch `FerError` only and show its one sentence, which says what is wrong and what to do next.
"""


class FerError(Exception):
    """Base of all expected errors; `str(error)` is one sentence for the person in front of the screen."""


class InputError(FerError):
    """An argument, a setting or a form field is outside what is allowed."""


class NotFoundError(FerError):
    """A data set, run, sample or file of that name does not exist."""


class NameTakenError(FerError):
    """A data set or run of that name exists already and overwriting was not asked for."""


class ImportRefusedError(FerError):
    """A source is refused whole: unsafe archive, over a limit, or nothing in it that can be used."""


class DatasetError(FerError):
    """A data set on disk is damaged, or in use by a run."""


class RunError(FerError):
    """A run is damaged, not finished, or cannot be started, stopped or deleted now."""


class WeightsError(FerError):
    """Pretrained weights are missing, or do not fit the network."""


class PhotoError(FerError):
    """A photo cannot be read or is beyond a limit."""


class Stopped(FerError):
    """Work was asked to stop, and has stopped."""

    def __init__(self, sentence: str = "The work was stopped.") -> None:
        super().__init__(sentence)
