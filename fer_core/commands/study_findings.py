"""What the command `study show` says of a study's findings: in words, and as a JSON document."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fer_core import numbers

if TYPE_CHECKING:
    from fer_core.studies.answers import Answer, Findings
    from fer_core.studies.left_out import LeftOut
    from fer_core.studies.scores import Score
    from fer_core.studies.study import Study


def print_findings(study: Study, findings: Findings) -> None:
    """Print every setting, the choice, and what trials and folds say."""
    print(f"{study.question.name} on {study.question.dataset}, validation, majority baseline {_number(findings.baseline)}")
    for answer in findings.answers:
        print(
            f"  {answer.setting.words}: {_scored(answer.accuracy)}, macro F1 {_scored(answer.macro_f1)}, {answer.minutes:.1f} min"
            f"{_behind(answer)}"
        )
    if findings.choice is not None:
        print(f"Chosen on validation: {findings.choice.answer.setting.words}. On test: {_scored(findings.choice.accuracy)}.")
        if findings.choice.ahead is not None and findings.choice.runner_up is not None:
            gap = findings.choice.ahead
            low, high = map(numbers.points, gap.ci95)
            over = f"by {numbers.points(gap.mean)} points (95 % interval {low} to {high})"
            print(f"Ahead of {findings.choice.runner_up.setting.words} {over}.")
        if not study.question.listed:
            from fer_core.studies.question import full_command

            print(f"To train it again in full: {full_command(study.question, findings.choice.answer.setting)}")
    if findings.left_out is not None:
        _print_left_out(findings.left_out)
    for trial in study.trials():
        print(f"  trial {trial.number + 1} {trial.state:8} {_number(trial.value)}  {written(trial.values)}")
    if study.question.listed:
        from fer_core.studies.reading import reading
        from fer_core.studies.transfer import result

        print(reading(result(study)))
    print(f"{findings.minutes:.1f} minutes of training")


def document(study: Study, findings: Findings) -> dict[str, Any]:
    """Build the document of `study show --json`: plain types, numbers unrounded."""
    from fer_core.studies.question import full_command

    choice = findings.choice
    return {
        "name": study.question.name,
        "dataset": study.question.dataset,
        "preset": study.question.preset,
        "majority_baseline": findings.baseline,
        "minutes": findings.minutes,
        "watt_hours": findings.watt_hours,
        "settings": [
            {
                "values": answer.setting.values,
                "n_seeds": len(answer.runs),
                "mean": answer.accuracy.mean if answer.accuracy else None,
                "ci95": answer.accuracy.ci95 if answer.accuracy else None,
                "macro_f1": answer.macro_f1.mean if answer.macro_f1 else None,
                "macro_f1_ci95": answer.macro_f1.ci95 if answer.macro_f1 else None,
                "n": answer.accuracy.n if answer.accuracy else None,
                "behind": answer.behind.mean if answer.behind else None,
                "behind_ci95": answer.behind.ci95 if answer.behind else None,
                "minutes": answer.minutes,
                "runs": answer.runs,
            }
            for answer in findings.answers
        ],
        "trials": [trial.model_dump() for trial in study.trials()],
        "left_out": asdict(findings.left_out) if findings.left_out else None,
        "chosen": None
        if choice is None
        else {
            "values": choice.answer.setting.values,
            "in_full": full_command(study.question, choice.answer.setting),
            "runner_up": choice.runner_up.setting.values if choice.runner_up else None,
            "ahead": asdict(choice.ahead) if choice.ahead else None,
            "test": asdict(choice.accuracy) if choice.accuracy else None,
            "test_macro_f1": asdict(choice.macro_f1) if choice.macro_f1 else None,
        },
    }


def written(values: dict[str, str]) -> str:
    """Write values as they are typed, such as `dropout=0.2, resolution=64`; a dash for none."""
    return ", ".join(f"{key}={value}" for key, value in values.items()) or "-"


def _print_left_out(left_out: LeftOut) -> None:
    for fold in left_out.folds:
        who = fold.persons[0] if len(fold.persons) == 1 else f"{len(fold.persons)} persons"
        low, high = fold.ci95
        print(f"  fold {fold.fold}, {who}: {fold.accuracy:.4f} ({low:.4f} to {high:.4f}), n = {fold.n:,}")
    print(
        f"Persons left out, {left_out.persons} of them in {len(left_out.folds)} of {left_out.planned} folds: "
        f"{_pooled(left_out.accuracy)}, "
        f"macro F1 {_pooled(left_out.macro_f1)}, majority baseline {left_out.baseline:.4f}, n = {left_out.accuracy.n:,}"
    )


def _pooled(score: Score) -> str:
    return f"{score.mean:.4f}" + (f" ({score.ci95[0]:.4f} to {score.ci95[1]:.4f})" if score.ci95 else "")


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4f}"


def _behind(answer: Answer) -> str:
    if answer.behind is None:
        return ""
    low, high = map(numbers.points, answer.behind.ci95)
    return f", the best is ahead by {numbers.points(answer.behind.mean)} points ({low} to {high})"


def _scored(score: Score | None) -> str:
    if score is None:
        return "no run yet"
    limits = "" if score.ci95 is None else f" ({score.ci95[0]:.4f} to {score.ci95[1]:.4f})"
    return f"{score.mean:.4f}{limits}, {len(score.each)} run{'' if len(score.each) == 1 else 's'}, n = {score.n:,}"
