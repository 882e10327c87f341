from pathlib import Path

import pytest

from fer_core.datasets.meta import DatasetMeta
from fer_core.runs.config import preset_config
from fer_core.training import speed


def meta(train: int, validation: int) -> DatasetMeta:
    counts = {"train": {"happy": train // 2, "fear": train - train // 2}, "validation": {"happy": validation}, "test": {}}
    return DatasetMeta(
        name="faces",
        classes=("fear", "happy"),
        counts=counts,
        n=train + validation,
        fingerprint="0" * 16,
        kind="folders",
        source="faces",
        created="2025-01-01T00:00:00Z",
    )


@pytest.mark.parametrize(
    ("preset", "changes", "phase", "key"),
    [
        ("frozen", {}, "features", "mobilenet/96/fine/features"),
        ("frozen", {}, "head", "mobilenet/96/fine/head:cached"),
        ("full", {}, "head", "mobilenet/96/fine/head:augmented"),
        ("full", {"partial_epochs": 2}, "partial", "mobilenet/96/fine/partial:block_7"),
        ("full", {"partial_epochs": 2, "partial_from": "block_12"}, "partial", "mobilenet/96/fine/partial:block_12"),
        ("full", {"fine_map": False, "resolution": 112}, "full", "mobilenet/112/coarse/full"),
        ("full", {"backbone": "resnet50", "batch_size": 8}, "full", "resnet50/96/coarse/full"),
    ],
)
def test_a_speed_has_the_name_of_what_is_computed(preset: str, changes: dict[str, object], phase: speed.Part, key: str) -> None:
    assert speed.speed_key(preset_config("faces", preset, **changes), phase) == key


def test_measured_speeds_are_kept_and_nonsense_is_not(workspace: Path) -> None:
    assert speed.speeds() == {}
    for key, rate in (("a", 10.0), ("b", 20.123), ("a", 30.0), ("c", 0.0), ("d", float("nan")), ("e", -1.0)):
        speed.record_speed(key, rate)
    assert speed.speeds() == {"a": 30.0, "b": 20.12}
    assert [path.name for path in workspace.iterdir()] == ["speed.json"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"a": 1', {}),
        (b"\xff\xfe\x00", {}),
        (b"\0" * 64, {}),
        (b"[" * 100_000, {}),
        (b"[1, 2]", {}),
        (b'{"a": 1, "b": 2.5}', {"a": 1.0, "b": 2.5}),
        (b'{"a": NaN, "b": Infinity, "c": true, "d": "5", "e": -1, "f": [3], "g": 1' + b"0" * 400 + b', "h": 4}', {"h": 4.0}),
    ],
    ids=["torn", "no text", "zeros", "nested", "list", "whole", "odd values"],
)
def test_what_is_damaged_in_the_file_of_speeds_is_left_out(workspace: Path, content: bytes, expected: dict[str, float]) -> None:
    workspace.mkdir()
    (workspace / "speed.json").write_bytes(content)
    assert speed.speeds() == expected
    speed.record_speed("new", 7.0)
    assert speed.speeds() == expected | {"new": 7.0}


def test_a_measured_quick_run_is_the_sum_of_its_parts(workspace: Path) -> None:
    speed.record_speed("mobilenet/96/fine/features", 500.0)
    speed.record_speed("mobilenet/96/fine/head:cached", 10_000.0)
    made = speed.estimate(preset_config("faces", "frozen", head_epochs=30), meta(20_000, 2_500), factor=no_test)
    assert [(part.phase, part.epochs, part.seconds) for part in made.phases] == [("features", 1, 45.0), ("head", 30, 67.5)]
    assert made.seconds == 20 + 45 + 67.5 + 10
    assert (made.basis, made.sentence) == ("measured", "At most about 2 min (measured on this machine in earlier runs).")


def test_kept_features_cost_no_time(workspace: Path) -> None:
    speed.record_speed("mobilenet/96/fine/features", 500.0)
    speed.record_speed("mobilenet/96/fine/head:cached", 10_000.0)
    config = preset_config("faces", "frozen", head_epochs=30)
    made = speed.estimate(config, meta(20_000, 2_500), features_kept=True, factor=no_test)
    assert [(part.phase, part.seconds) for part in made.phases] == [("head", 67.5)]


@pytest.mark.parametrize(
    ("changes", "rate"),
    [
        ({}, 100.0),
        ({"resolution": 192}, 25.0),
        ({"fine_map": False}, 120.0),
        ({"backbone": "mobilenetv3small"}, 120 / 0.45),
    ],
    ids=["same", "twice the side", "coarse map", "smaller network"],
)
def test_a_speed_that_was_not_measured_is_converted_by_relative_cost(
    changes: dict[str, object], rate: float, workspace: Path
) -> None:
    speed.record_speed("mobilenet/96/fine/full", 100.0)
    made = speed.estimate(preset_config("faces", "full", head_epochs=0, **changes), meta(1000, 100), factor=no_test)
    assert made.phases[0].images_per_second == pytest.approx(rate)


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [
        ({}, 4 * (10 + 1)),
        ({"start_epochs": 2, "start_resolution": 48}, 2 * 2.5 + 2 * 10 + 4),  # a quarter of the pixels, a quarter of the time
        ({"train_share": 0.1}, 4 * (1 + 1)),
    ],
)
def test_smaller_faces_and_fewer_of_them_take_less_time(changes: dict[str, object], seconds: float, workspace: Path) -> None:
    speed.record_speed("mobilenet/96/fine/full", 100.0)
    speed.record_speed("mobilenet/96/fine/features", 100.0)
    config = preset_config("faces", "full", **{"head_epochs": 0, "start_epochs": 0, "full_epochs": 4, **changes})
    assert speed.estimate(config, meta(1000, 100), factor=no_test).phases[0].seconds == pytest.approx(seconds)


def test_training_fewer_blocks_is_faster(workspace: Path) -> None:
    rates = [
        speed.estimate(
            preset_config("faces", "full", head_epochs=0, full_epochs=0, partial_epochs=1, partial_from=block),
            meta(1000, 100),
            factor=lambda: 1.0,
        )
        .phases[0]
        .images_per_second
        for block in ("stem", "block_6", "block_12")
    ]
    assert rates == [pytest.approx(150.0), pytest.approx(600 / (1 + 3 * 8 / 14)), pytest.approx(600 / (1 + 3 * 2 / 14))]


@pytest.mark.parametrize(("factor", "seconds"), [(1.0, 53.0), (0.5, 86.0)])
def test_without_any_measurement_a_test_of_the_machine_scales_the_reference(
    factor: float, seconds: float, workspace: Path
) -> None:
    config = preset_config("faces", "full", head_epochs=0, start_epochs=0, full_epochs=1)
    made = speed.estimate(config, meta(4500, 600), factor=lambda: factor)
    assert made.basis == "reference"
    assert made.seconds == pytest.approx(seconds)


def test_the_test_of_the_machine_is_a_positive_number() -> None:
    assert 0.001 < speed.measure() < 1000


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "10 s"),
        (38, "40 s"),
        (89, "90 s"),
        (100, "2 min"),
        (1119, "19 min"),
        (1230, "20 min"),
        (1400, "25 min"),
        (7500, "2 h"),
        (8500, "2.5 h"),
    ],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert speed._words(seconds) == words


def no_test() -> float:
    raise AssertionError("the machine must not be tested when speeds were measured")


@pytest.mark.parametrize(
    ("preset", "rate", "kept", "words"),
    [
        ("standard", 20_000.0, False, None),  # fits already
        ("standard", 2_000.0, False, "Quick"),
        ("standard", 600.0, False, "Quick"),
        ("standard", 300.0, False, "Frozen"),
        ("full", 300.0, False, "Frozen"),
        ("frozen", 200.0, False, "Frozen at 64 px"),
        ("standard", 200.0, True, "Frozen"),
        ("standard", 85.0, False, "Frozen at 48 px"),
        ("full", 20.0, False, "Frozen at 48 px"),  # nothing does: the shortest
    ],
)
def test_the_first_recipe_that_fits_into_two_minutes_is_offered(
    preset: str, rate: float, kept: bool, words: str | None, workspace: Path
) -> None:
    for side in (48, 64, 96):
        speed.record_speed(f"mobilenet/{side}/fine/features", rate * (96 / side) ** 2)
        speed.record_speed(f"mobilenet/{side}/fine/head:cached", 100_000.0)
        speed.record_speed(f"mobilenet/{side}/fine/head:augmented", rate)
        speed.record_speed(f"mobilenet/{side}/fine/full", rate / 2 * (96 / side) ** 2)
    config = preset_config("faces", preset)
    faces = meta(20_000, 2_000)
    found = speed.shorter(config, faces, kept=lambda other: kept)
    assert (found and found.words) == words
    if found is not None:
        assert (found.estimate.seconds <= 120) is (rate > 20)
        assert found.estimate.seconds < speed.estimate(config, faces, features_kept=kept).seconds
        assert found.estimate == speed.estimate(preset_config("faces", found.preset, **found.changes), faces, features_kept=kept)


def test_nothing_is_offered_that_is_not_much_shorter(workspace: Path) -> None:
    speed.record_speed("mobilenet/48/fine/features", 20.0)
    assert speed.shorter(preset_config("faces", "frozen", resolution=48), meta(20_000, 2_000)) is None


@pytest.mark.parametrize(("waiting", "cores", "busy"), [(0.4, 2, False), (4.0, 2, False), (5.5, 2, True)])
def test_a_computer_is_busy_when_more_work_waits_than_a_training_brings(
    waiting: float, cores: int, busy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed.psutil, "getloadavg", lambda: (waiting, 0.0, 0.0))
    monkeypatch.setattr(speed.os, "cpu_count", lambda: cores)
    assert speed.busy() is busy
