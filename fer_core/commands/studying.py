"""Commands about studies: study create, run, status, show, list, stop."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fer_core.commands.output import Add, print_json
from fer_core.commands.progress_line import ProgressLine
from fer_core.commands.study_findings import document, print_findings, written
from fer_core.errors import InputError, RunError
from fer_core.files import require_places

if TYPE_CHECKING:
    from fer_core.datasets.store import Dataset
    from fer_core.runs.records import Status
    from fer_core.studies.question import Question

ACTIONS = ("create", "run", "status", "show", "list", "stop")


def register(add: Add) -> None:
    """Add these commands to the parser."""
    study = add("study", _study, "Many runs as one question: settings that vary, with several seeds each.", json=True)
    study.add_argument("action", metavar="ACTION", choices=ACTIONS, help=", ".join(ACTIONS))
    study.add_argument("name", metavar="NAME", nargs="?", help="of the study; not for list")
    study.add_argument("--dataset", metavar="DATASET", help="create: data set that every run is trained on")
    study.add_argument("--preset", default="standard", help="create: preset that every run begins with (default: standard)")
    study.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="create: one setting of all runs")
    study.add_argument("--vary", action="append", default=[], metavar="KEY=V1,V2", help="create: values to compare")
    study.add_argument("--seeds", type=int, help="create: runs of each setting (default: 3; with --folds 1)")
    study.add_argument("--folds", metavar="K", help="create: leave persons out in K groups, or `all`: each person alone")
    study.add_argument("--search", type=int, metavar="N", help="create: let Optuna propose N settings, one after the other")
    study.add_argument("--shares", metavar="S1,S2", help="create: ask what transfer buys at these shares of the training labels")
    study.add_argument("--budget", type=float, metavar="MINUTES", help="create: start no run after so many minutes of training")
    study.add_argument("--executor", metavar="WHERE", help="run: local or slurm (default: what FER_EXECUTOR says)")
    study.add_argument("--out", type=Path, metavar="FILE", help="show: also write what was found, figures alone, to this file")


def _study(given: argparse.Namespace) -> int:
    if given.action != "list" and given.name is None:
        raise InputError(f"study {given.action} expects the NAME of a study.")
    return {"create": _create, "run": _run, "status": _status, "show": _show, "list": _list, "stop": _stop}[given.action](given)


def _create(given: argparse.Namespace) -> int:
    from fer_core.datasets.store import open_dataset
    from fer_core.studies.creation import create

    if given.dataset is None:
        raise InputError("study create expects --dataset NAME.")
    dataset = open_dataset(given.dataset)
    if given.shares is not None:
        return _create_shares(given, dataset)
    vary = {
        key: [part.strip() for part in value.split(",") if part.strip()] for key, value in _pairs(given.vary, "--vary").items()
    }
    question = create(
        given.name,
        given.dataset,
        preset=given.preset,
        changes=_pairs(given.set, "--set"),
        vary=vary,
        seeds=given.seeds,
        folds=_folds(given.folds),
        search=given.search,
        budget_minutes=given.budget,
    )
    return _created(question, given)


def _create_shares(given: argparse.Namespace, dataset: Dataset) -> int:
    from fer_core.studies.folders import keep
    from fer_core.studies.transfer import asked, shares_in

    if given.vary or given.set or given.folds or given.search or given.budget or given.preset != "standard":
        raise InputError("--shares asks with a recipe of its own; leave the other options out.")
    question = asked(dataset, shares_in(given.shares), given.seeds or 1, name=given.name)
    keep(question)
    return _created(question, given)


def _created(question: Question, given: argparse.Namespace) -> int:
    if given.json:
        return print_json(_described(question.name))
    if question.search is not None:
        print(f"{question.name}: a search of {question.search} trials")
        return 0
    folds = f"{question.folds} folds, " if question.folds else ""
    print(f"{question.name}: {len(question.settings)} settings, {folds}{question.seeds} seeds, {len(question.plan)} runs")
    return 0


def _run(given: argparse.Namespace) -> int:
    from fer_core.studies import running, study

    opened = study.open_study(given.name)
    opened.refresh()
    with ProgressLine() as bar:

        def show(now: Status) -> None:
            where = f"{now.progress.done} of {now.progress.epochs} runs"
            bar.show(
                now.progress.share, ", ".join(filter(None, (where, now.progress.note))), seconds_left=now.progress.seconds_left
            )

        try:
            running.run(given.name, report=show, executor=given.executor)
        except KeyboardInterrupt as error:
            raise RunError("Stopped watching; runs at work go on, and the same command goes on from there.") from error
    if opened.status().state != "finished":
        now = opened.status().progress
        note = f" ({now.note})" if now.note else ""
        print(f"stopped{note}: {now.done} of {now.epochs} runs are done; start it again to go on")
    return _show(given)


def _status(given: argparse.Namespace) -> int:
    described = _described(given.name)
    if given.json:
        return print_json(described)
    for row in described["runs"]:
        fold = f"fold {row['fold']}, " if row["fold"] else ""
        print(f"{row['state'] or 'missing':9} {fold}seed {row['seed']}  {written(row['values'])}  {row['run'] or ''}".rstrip())
    print(f"{described['name']}: {described['state']}, {described['finished']} of {len(described['runs'])} runs")
    return 0


def _show(given: argparse.Namespace) -> int:
    from fer_core.studies.answers import of
    from fer_core.studies.study import open_study

    study = open_study(given.name)
    if given.out is not None:
        from fer_core.studies.recorded import record, save

        require_places(given.out)
        save(record(study), given.out)
    findings = of(study)
    if given.json:
        return print_json(document(study, findings))
    print_findings(study, findings)
    return 0


def _list(given: argparse.Namespace) -> int:
    from fer_core.studies.folders import questions

    described = [_described(question.name) for question in questions()]
    if given.json:
        return print_json(described)
    for row in described:
        print(f"{row['name']}: {row['state']}, {row['finished']} of {len(row['runs'])} runs on {row['dataset']}")
    return 0


def _stop(given: argparse.Namespace) -> int:
    from fer_core.runs.records import ACTIVE
    from fer_core.studies.study import open_study

    study = open_study(given.name)
    if study.begun() and study.status().state in ACTIVE:
        study.stop_file.touch()
        print("stopping after the current batch; what is finished is kept")
    else:
        print("it is not at work")
    return 0


def _described(name: str) -> dict[str, Any]:
    from fer_core.studies.study import open_study

    study = open_study(name)
    members = study.members()
    rows = [
        {
            "values": member.setting.values,
            "seed": member.seed,
            "fold": member.asked.fold or None,
            "run": member.run.id if member.run else None,
            "state": member.status.state if member.status else None,
        }
        for member in members
    ]
    status = study.status() if study.begun() else None
    return {
        "name": name,
        "dataset": study.question.dataset,
        "preset": study.question.preset,
        "state": status.state if status else "created",
        "error": status.error if status else None,
        "finished": sum(member.finished for member in members),
        "runs": rows,
    }


def _folds(text: str | None) -> int | Literal["all"] | None:
    if text is None or text == "all":
        return "all" if text else None
    if not text.isdecimal() or int(text) < 2:
        raise InputError(f"--folds expects a number of at least 2, or all; got '{text}'.")
    return int(text)


def _pairs(given: Sequence[str], option: str) -> dict[str, str]:
    pairs = {}
    for pair in given:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise InputError(f"{option} expects KEY=VALUE; got '{pair}'.")
        if key.strip() in pairs:
            raise InputError(f"{option} names '{key.strip()}' twice; name it once.")
        pairs[key.strip()] = value.strip()
    return pairs
