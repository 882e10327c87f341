import numpy as np
import pytest

from fer_core.training.trainer import Trainer


def network(seed: int = 0, dropout: float = 0.0):
    import keras

    keras.utils.set_random_seed(seed)
    inputs = keras.Input((3,))
    kept = keras.layers.Dropout(dropout, seed=seed)(inputs)
    return keras.Model(inputs, keras.layers.Dense(2, name="logits")(kept))


def batches(count: int):
    random = np.random.default_rng(1)
    for _ in range(count):
        rows = random.normal(size=(8, 3)).astype(np.float32)
        yield rows, np.eye(2, dtype=np.float32)[(rows[:, 0] > 0).astype(int)], np.ones(8, np.float32)


def trainer(*, dropout: float = 0.0, **changes) -> Trainer:
    from keras.optimizers import AdamW

    return Trainer(network(dropout=dropout), AdamW(0.05), **changes)


def test_learns_and_counts_the_epoch():
    made = trainer()
    first = made.epoch(batches(20), lambda number: False)
    for _ in range(4):
        last = made.epoch(batches(20), lambda number: False)
    assert last[0] < first[0]
    assert last[1] > 0.9


def test_one_step_agrees_with_keras():
    import keras

    mine, plain = trainer(), network()
    rows, targets, weights = next(batches(1))
    plain.compile(keras.optimizers.AdamW(0.05), keras.losses.CategoricalCrossentropy(from_logits=True))
    loss = plain.train_on_batch(rows, targets, sample_weight=weights)
    assert mine.epoch([(rows, targets, weights)], lambda number: False)[0] == pytest.approx(float(loss), abs=1e-5)
    for one, other in zip(mine.weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_average_of_weights_by_hand():
    made = trainer(ema=0.5)
    start = made.model.get_weights()[0]
    made.epoch(batches(1), lambda number: False)
    # The first step keeps (1 + 1) / (10 + 1) of the start.
    now = made.model.get_weights()[0]
    np.testing.assert_allclose(made.weights()[0], 2 / 11 * start + 9 / 11 * now, atol=1e-6)


def test_the_epoch_ends_when_asked_to():
    seen = []
    trainer().epoch(batches(20), lambda number: seen.append(number) or number == 3)
    assert seen == [1, 2, 3]


def test_a_restored_state_goes_on_as_if_nothing_had_happened():
    whole, first, second = (trainer(ema=0.9, dropout=0.5) for _ in range(3))
    every = list(batches(6))
    whole.epoch(every, lambda number: False)
    first.epoch(every[:3], lambda number: False)
    second.restore(first.state())
    second.epoch(every[3:], lambda number: False)
    for one, other in zip(whole.weights(), second.weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_logit_bias_weighs_in_the_loss_alone():
    rows, targets, weights = next(batches(1))
    plain = trainer().epoch([(rows, targets, weights)], lambda number: False)
    biased = trainer(logit_bias=np.array([0.0, -50.0], np.float32)).epoch([(rows, targets, weights)], lambda number: False)
    assert biased[1] == plain[1]
    assert biased[0] > plain[0] + 10
