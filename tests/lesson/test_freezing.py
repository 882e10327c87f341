import pytest

from fer_core.datasets.meta import DatasetMeta
from fer_core.errors import InputError
from fer_core.lesson.freezing import EPOCHS, HEAD, block_parameters, freeze, places
from fer_core.training.speed import record_speed


@pytest.mark.parametrize(
    ("first", "blocks", "trainable"),
    [
        (HEAD, 0, 5_125),  # 1,024 features and a bias for each of five classes
        ("block_13", 1, 1_067_013),
        ("block_12", 2, 1_598_981),
        ("stem", 14, 3_212_101),
    ],
)
def test_what_is_trained(first: str, blocks: int, trainable: int) -> None:
    found = freeze(first, 5)
    assert (len(found.trained), found.trainable, found.total) == (blocks, trainable, 3_233_989)
    assert found.share == pytest.approx(trainable / 3_233_989)
    assert (found.epoch_seconds, found.sentence) == (None, "")


def test_parameters_of_the_blocks_add_up() -> None:
    for backbone in ("mobilenet", "mobilenetv3small"):
        assert sum(block_parameters(backbone, 5).values()) == freeze(HEAD, 5, backbone=backbone).total


def test_time_says_from_what_it_comes(workspace) -> None:
    counts = {"train": {"a": 500, "b": 500}, "validation": {"a": 50, "b": 50}, "test": {"a": 0, "b": 0}}
    meta = DatasetMeta(
        name="D", classes=("a", "b"), counts=counts, n=1100, fingerprint="0", kind="folders", source="d", created="2026-01-01"
    )
    for kind, speed in (("features", 100.0), ("full", 10.0)):
        record_speed(f"mobilenet/96/fine/{kind}", speed)
    found = freeze("stem", 2, meta=meta)
    # 1,000 training faces at 10 a second, and 100 of validation at 100 a second.
    assert found.epoch_seconds == pytest.approx(101)
    assert found.sentence.startswith("About 14 min")
    assert "measured on this machine" in found.sentence
    assert EPOCHS == 8


def test_refuses_what_is_no_place() -> None:
    assert places()[:2] == (HEAD, "block_13")
    with pytest.raises(InputError, match="block_14"):
        freeze("block_14", 5)
    with pytest.raises(InputError, match="2 classes"):
        freeze(HEAD, 1)
