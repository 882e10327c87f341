"""The figures of the Scores view, each with the sentence that explains it."""

from fer_core import numbers
from fer_core.escape import markdown
from fer_core.evaluation.metrics import Evaluation
from fer_core.evaluation.published import human_range
from fer_core.labels import display_name
from pages.ui.evaluation_data import Evaluated
from pages.ui.heading import Figure


def takeaway(scores: Evaluation) -> str:
    """Say in one sentence, as Markdown, how often the run is right and how often guessing is."""
    return (
        f"Right for {numbers.percent(scores.accuracy)} of {numbers.count(scores.n)} faces; always answering "
        f"{_majority(scores)}: {numbers.percent(scores.majority_baseline)}"
    )


def main_figures(scores: Evaluation) -> list[Figure]:
    """Accuracy beside what guessing would reach, and the scores that count each class the same."""
    return [
        Figure(
            "Accuracy",
            numbers.percent(scores.accuracy),
            "Share of faces whose most probable class is their label, with Wilson's 95% interval.",
            f"{numbers.interval(*scores.accuracy_ci95)}, {numbers.sample(scores.n)}",
        ),
        Figure(
            "Majority baseline",
            numbers.percent(scores.majority_baseline),
            "What always answering with the most frequent class would reach. A run has learned only what it adds to this.",
            f"always {_majority(scores)}",
        ),
        Figure(
            "Balanced accuracy",
            numbers.percent(scores.balanced_accuracy),
            "Mean recall of the classes: each counts the same, however many faces it has. The interval is a bootstrap.",
            numbers.interval(*scores.balanced_accuracy_ci95),
        ),
        Figure(
            "Macro F1",
            numbers.percent(scores.macro_f1),
            "Mean F1 of the classes: precision and recall together, each class the same. The interval is a bootstrap.",
            numbers.interval(*scores.macro_f1_ci95),
        ),
    ]


def _majority(scores: Evaluation) -> str:
    rows = scores.per_class
    return markdown(display_name(max(rows, key=lambda name: rows[name]["n"] or 0)))


def human_figure(shown: Evaluated) -> list[Figure]:
    """What others have published of people at this very task; empty where nothing is known of it."""
    names = [shown.source.dataset, *([shown.dataset.meta.source] if shown.dataset else [])]
    whole = not shown.source.skipped and not shown.source.absent
    published = human_range(names, shown.classes) if whole else None
    if published is None:
        return []
    text = f"{numbers.percent(published.low, 0)} to {numbers.percent(published.high, 0)}"
    return [Figure("People, published", text, published.about, published.source)]


def leak_figures(shown: Evaluated) -> list[Figure]:
    """How many faces the run had met before, what is left without them, and how far its confidence is off."""
    scores = shown.evaluation
    clean = numbers.interval(*(scores.accuracy_without_leaked_ci95 or (None, None)))
    exact, near, person = (scores.leaked[how] for how in ("exact", "near", "person"))
    return [
        Figure(
            "Leaked, exact",
            numbers.count(exact),
            "Faces whose very pixels the run was trained on.",
            f"{numbers.percent(exact / scores.n)} of the faces",
        ),
        Figure(
            "Leaked, near",
            numbers.DASH if shown.source.recorded else numbers.count(near),
            "Faces that look nearly like one the run was trained on, such as another JPEG of the same picture.",
            "needs the pictures" if shown.source.recorded else f"{numbers.percent(near / scores.n)} of the faces",
        ),
        *(
            [
                Figure(
                    "Leaked, person",
                    numbers.count(person),
                    "Faces of persons of whom the run was trained on other pictures.",
                    f"{numbers.percent(person / scores.n)} of the faces",
                )
            ]
            if person
            else []
        ),
        Figure(
            "Accuracy without them",
            numbers.percent(scores.accuracy_without_leaked),
            "Accuracy on the faces that the run has not met in training.",
            f"{clean}, {numbers.sample(scores.n_without_leaked)}",
        ),
        Figure(
            "Calibration error",
            numbers.percent(scores.ece),
            "Mean distance between how sure the run is and how often it is right (expected calibration error, 15 bins).",
            f"{numbers.percent(scores.ece_uncalibrated)} before calibration",
        ),
    ]


def leak_sentence(shown: Evaluated) -> str:
    """What to make of leaked faces; empty when they are few."""
    scores = shown.evaluation
    leaked = scores.n - scores.n_without_leaked
    how = "pixel for pixel" if shown.source.recorded else "exactly or nearly"
    if scores.leaked["person"] > scores.n / 20:
        share = numbers.percent(scores.leaked["person"] / scores.n)
        return (
            f"{share} of these faces show a person of whom the run was trained on other pictures: it may know the person, and "
            "not the expression. Import the data set split by person."
        )
    if leaked == scores.n:
        return f"The run was trained on every one of these faces, {how}: the scores say nothing about new ones."
    if leaked > scores.n / 20:
        share = numbers.percent(leaked / scores.n)
        return f"{share} of these faces were in training, {how}. The accuracy without them is the honest one."
    return ""


def duplicates_sentence(shown: Evaluated) -> str:
    """Say that the run did not learn from copies of faces it is judged on; empty when it had none to leave out."""
    training = shown.run.training()
    if training is None or not training.duplicates:
        return ""
    return (
        f"{numbers.count(training.duplicates)} training faces that are copies of validation or test faces were left out when "
        "this run was trained; Audit, which looks at the data set alone, still counts them."
    )
