"""Parts of the Compare page: which runs, their answers to the same faces, and what sets them apart."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from fer_core import numbers, runs
from fer_core.datasets.signature import among
from fer_core.datasets.store import Dataset
from fer_core.errors import RunError
from fer_core.escape import markdown
from fer_core.evaluation.comparison import config_differences, disagreements
from fer_core.evaluation.mistakes import answers
from fer_core.evaluation.predictions import find_predictions, own_predictions, sources
from fer_core.figures import paired
from fer_core.labels import display_name
from fer_core.runs import Run
from pages.evaluate.parts.answer_table import answer_table
from pages.ui import loaders
from pages.ui.access import require_write
from pages.ui.browse import pager
from pages.ui.chart import chart
from pages.ui.drawer import sample_grid
from pages.ui.empty import empty_state
from pages.ui.evaluation_data import Evaluated
from pages.ui.faces import Caption

OTHERS = "compare_runs_with"
MOST = 5
FACES = 24
CHANCE, CLEARLY = 0.05, 0.001
"""P values below which a difference is more than chance, and clearly so."""

SHARE_MET = 0.05


def pick_others(shown: Evaluated) -> list[Run]:
    """The runs to compare with the chosen one; without a second run, says so with a link and stops the view."""
    usable = {run.id: run for run in runs.usable_runs() if run.id != shown.run.id and run.classes()}
    if not usable:
        _second_run_wanted(shown)
        st.stop()
    kept = st.session_state.get(OTHERS)
    if kept is None or not set(kept) <= set(usable):
        first = next((key for key, run in usable.items() if known(run, shown) is not None), next(iter(usable)))
        st.session_state[OTHERS] = [key for key in kept or [] if key in usable] or [first]
    names = titles(list(usable.values()))
    chosen = st.multiselect(
        f"Compare {markdown(shown.run.about().name)} with",
        list(usable),
        format_func=lambda key: names[key],
        key=OTHERS,
        max_selections=MOST,
        persist_state="session",
        placeholder="Choose one or more runs",
    )
    return [usable[key] for key in chosen]


def _second_run_wanted(shown: Evaluated) -> None:
    only = f"There is one finished run only, **{markdown(shown.run.about().name)}**."
    for run in runs.list_runs():
        if run.status().state in runs.ACTIVE:
            name = markdown(run.about().name)
            text = f"{only} **{name}** is still training; it is compared here on the same faces once it has a model."
            empty_state(text, page="train/runs#One run", label="Watch its curves")
            return
    text = f"{only} Train a second one, with another recipe or another seed, and it is compared here on the same faces."
    empty_state(text, page="train/new_run", label="Start a run")


def titles(every: list[Run]) -> dict[str, str]:
    """{id: name}; runs of the same name are told apart by their ids."""
    names = {run.id: run.about().name for run in every}
    taken = list(names.values())
    return {key: name if taken.count(name) == 1 else f"{name} ({key})" for key, name in names.items()}


def known(run: Run, shown: Evaluated) -> pd.DataFrame | None:
    """The run's answers on what is shown, where they exist already; None otherwise. Never computes."""
    if shown.dataset is None:
        reference, training = shown.run.training(), run.training()
        same = reference is not None and training is not None and training.fingerprint == reference.fingerprint
        predictions = own_predictions(run, shown.source.split) if same else None
    else:
        offered = sources(run, shown.dataset)
        source = next((source for source in offered if source.key == shown.source.key and source.n), None)
        predictions = find_predictions(run, shown.dataset, source) if source else None
    return None if predictions is None else answers(predictions, run.classes(), run.calibration())


def answered(others: list[Run], shown: Evaluated) -> dict[str, pd.DataFrame]:
    """{id: answers} of the chosen run, which comes first, and of those that have answers; offers to make missing ones."""
    by_run = {shown.run.id: shown.answers}
    strangers, missing = [], []
    for run in others:
        if not set(run.classes()) & set(shown.answers["label"]):
            strangers.append(run)
        elif (mine := known(run, shown)) is not None:
            by_run[run.id] = mine
        else:
            missing.append(run)
    if strangers:
        names = ", ".join(f"**{markdown(run.about().name)}**" for run in strangers)
        st.info(f"{names} knows none of the classes of these faces, and is left out.", icon=":material/info:")
    if missing:
        _offer(missing, shown)
    return by_run


def met_in_training(by_run: Mapping[str, pd.DataFrame], shown: Evaluated, names: Mapping[str, str]) -> None:
    """Warn where a run was trained on some of these very pixels, which would be no fair comparison when the others were not."""
    hashes, met = shown.predictions["hash"], {}
    for key in by_run:
        try:
            met[key] = float(among(hashes, runs.open_run(key).training_samples()["hash"]).mean())
        except RunError:
            continue
    said = [f"**{markdown(names[key])}** on {numbers.percent(share)}" for key, share in met.items() if share > SHARE_MET]
    if said:
        fair = len(said) == len(by_run) and max(met.values()) - min(met.values()) < SHARE_MET
        st.warning(
            f"Some of these faces were in training, pixel for pixel: {', '.join(said)}. "
            + ("It is the same for all of these runs." if fair else "Where the other was not, the comparison is not fair."),
            icon=":material/warning:",
        )


def comparison_table(table: pd.DataFrame, names: Mapping[str, str]) -> None:
    """One row a run, the chosen first: accuracy, and its difference from that run."""
    several = len(table) > 2
    st.dataframe(
        pd.DataFrame(
            {
                "Run": table["run"].map(names),
                "Accuracy": table["accuracy"].map(numbers.percent),
                "95%": list(map(numbers.interval, table["low"], table["high"])),
                "Difference": table["difference"].map(numbers.points),
                "of 95%": [
                    numbers.DASH if pd.isna(low) else f"{numbers.points(low)} to {numbers.points(high)}"
                    for low, high in zip(table["difference_low"], table["difference_high"], strict=True)
                ],
                **{title: [numbers.DASH, *map(numbers.count, table[title.lower()][1:])] for title in ("Won", "Lost")},
                "p": table["p_holm"].map(_p),
            }
        ),
        hide_index=True,
        column_config={
            "Difference": st.column_config.TextColumn(
                help=f"Accuracy less that of {markdown(names[table['run'][0]])}, in percentage points, on the same faces."
            ),
            "of 95%": st.column_config.TextColumn("95% ", help="Newcombe's method 10 for paired shares."),
            "Won": st.column_config.TextColumn(help="Faces that only this run gets right."),
            "Lost": st.column_config.TextColumn(help="Faces that only the first run gets right."),
            "p": st.column_config.TextColumn(
                "p (Holm)" if several else "p",
                help="McNemar's exact test" + (", corrected for the number of runs after Holm." if several else "."),
            ),
        },
    )


def verdict(row: Mapping[str, float], first: str, second: str) -> str:
    """Say in one sentence which run is better, by how much, and whether chance explains it; the names are Markdown."""
    low, high, test = row["difference_low"], row["difference_high"], f"McNemar's exact test, {_p(row['p_holm'], sign=True)}"
    if row["p_holm"] >= CHANCE:
        return (
            f"Between **{first}** and **{second}** there is no difference that chance would not explain: "
            f"{numbers.points(row['difference'])} points (95% interval {numbers.points(low)} to {numbers.points(high)}; {test})."
        )
    worse = row["difference"] < 0
    if worse:
        low, high = -high, -low
    span = f"{100 * low:.1f} to {100 * high:.1f}".replace("-", "−")
    return (
        f"**{second}** is {abs(100 * row['difference']):.1f} points {'worse' if worse else 'better'} than **{first}** "
        f"(95% interval {span}), {'clearly ' if row['p_holm'] < CLEARLY else ''}more than chance ({test})."
    )


def faces_apart(pairs: pd.DataFrame, shown: Evaluated, *, names: tuple[str, str]) -> None:
    """Faces that one run gets right and the other wrong, with the wrong answer: a column a run, turned by one pager."""
    sides = {right: disagreements(pairs, right=right) for right in ("first", "second")}
    longest = max(map(len, sides.values()))
    first, last = 0, FACES
    if longest > FACES and shown.dataset is not None:
        first, last = pager(longest, FACES, key="compare_page")
    for column, (right, rows) in zip(st.columns(2, gap="large"), sides.items(), strict=True):
        winner, loser = names if right == "first" else names[::-1]
        with column:
            st.markdown(f"**{numbers.count(len(rows))}** faces that only **{winner}** gets right; below, what {loser} answers.")
            if shown.dataset is None:
                answer_table(rows, ())
            elif len(rows) > first:
                _faces(rows.iloc[first:last], shown, shown.dataset, key=f"compare_faces_{right}")


def _faces(rows: pd.DataFrame, shown: Evaluated, data: Dataset, *, key: str) -> None:
    files = shown.files()
    sample_grid(
        data,
        rows["sample"].tolist(),
        [
            Caption(
                label=row.label,
                answer=row.predicted,
                detail=numbers.percent(row.confidence, 0),
                alt=f"{row.label}, answered {row.predicted} with {numbers.percent(row.confidence, 0)}, "
                f"{files.get(row.sample, '')}",
            )
            for row in rows.itertuples()
        ],
        key=key,
        size=84,
    )


def how_they_differ(compared: list[Run], names: Mapping[str, str]) -> None:
    """Draw the curves of the runs over one another, and the settings in which they differ; needs no answers."""
    st.subheader("How they learned", anchor=False)
    curves = {names[run.id]: run.epochs() for run in compared}
    for column, measure in zip(st.columns(2, gap="large"), ("val_accuracy", "val_loss"), strict=True):
        with column:
            chart(
                paired.overlaid_curves(curves, measure),
                key=f"compare_{measure}",
                alt=f"{measure.removeprefix('val_').capitalize()} in validation by epoch, one line per run",
            )
    trained_on = {training.fingerprint for run in compared if (training := run.training())}
    if len(trained_on) > 1:
        st.caption("These runs were trained, and validated, on different data: their curves are not on the same faces.")
    st.subheader("What differs in their settings", anchor=False)
    settings_table(compared, names)


def settings_table(chosen: list[Run], names: Mapping[str, str]) -> None:
    """The settings in which the runs differ."""
    configs = {}
    for run in chosen:
        try:
            configs[run.id] = run.config()
        except RunError:
            st.info(f"The settings of **{markdown(names[run.id])}** are not readable.", icon=":material/info:")
    table = config_differences(configs)
    if table.empty:
        st.markdown("All settings are the same.")
        return
    table["setting"] = [display_name(name.replace("_", " ").replace(".", ": ")) for name in table["setting"]]
    st.dataframe(table.rename(columns={"setting": "Setting", **names}), hide_index=True)


def _offer(missing: list[Run], shown: Evaluated) -> None:
    names = ", ".join(f"**{markdown(run.about().name)}**" for run in missing)
    if shown.dataset is None:
        empty_state(
            f"{names} has no predictions for these recorded faces. Import {markdown(shown.source.dataset)} to predict them.",
            page="data/import_export",
            label=f"Import {markdown(shown.source.dataset)}",
        )
        return
    with st.container(border=True):
        st.markdown(
            f"No predictions for **{markdown(shown.source.title)}** yet, {numbers.count(shown.source.n)} faces: {names}. "
            "They are made once and kept with the run."
        )
        if st.button("Predict them now", type="primary", icon=":material/play_arrow:", key="compare_predict"):
            require_write()
            for run in missing:
                loaders.predictions(run, shown.dataset, shown.source.split)
            st.rerun()


def _p(value: float, *, sign: bool = False) -> str:
    if pd.isna(value):
        return numbers.DASH
    if value < 0.001:
        return "p < 0.001" if sign else "< 0.001"
    return f"{'p = ' if sign else ''}{value:.3f}"
