"""Who is drawn: the proportions, tones, hair and marks of one invented person."""

from dataclasses import dataclass

import numpy as np

HAIR_STYLES = ("bald", "receding", "cropped", "parted", "fringe", "tied", "long", "bob", "curly", "scarf")
BEARDS = ("none", "stubble", "moustache", "goatee", "full")
GLASSES = ("none", "round", "square")


@dataclass(frozen=True)
class Identity:
    """Proportions are factors around 1 unless a range is given; tones are reflectances from 0 (black) to 1 (white)."""

    softness: float  # 0 to 1: soft to strong features, shifts jaw, brows and hair together
    age: float  # 0 (twenties) to 1 (eighties)
    skin: float
    hair_tone: float
    hair_style: str
    hair_volume: float
    hairline: float  # -1 (low) to 1 (high)
    part: float  # -1 to 1: where hair is parted
    face_width: float
    jaw: float
    chin: float
    forehead: float
    brow_thickness: float
    brow_tone: float
    brow_height: float
    brow_arch: float
    brow_gap: float
    eye_size: float
    eye_aspect: float
    eye_tilt: float  # slope, positive: outer corner up
    eye_spacing: float
    lid_crease: float  # 0 (none) to 1
    iris_tone: float
    lashes: float  # 0 to 1
    nose_length: float
    nose_width: float
    nose_height: float
    mouth_width: float
    mouth_height: float
    lip_upper: float
    lip_lower: float
    lip_tone: float
    cheekbones: float
    ear_size: float
    beard: str
    glasses: str
    teeth: float  # 0 to 1: how readily a smile bares the teeth
    resting_brow: float  # action unit 4 at rest, 0 to 0.3
    resting_mouth: float  # corners at rest, -0.3 (down) to 0.3 (up)
    lopsided: float  # -1 to 1: which side moves more
    texture: int  # seed of skin and hair texture


def sample_identity(rng: np.random.Generator) -> Identity:
    """Draw an invented person; the same generator state gives the same person."""
    softness = float(np.clip(rng.beta(0.8, 0.8), 0, 1))
    age = float(rng.beta(1.3, 2.2))
    skin = float(np.clip(rng.choice([0.74, 0.64, 0.5, 0.34], p=[0.45, 0.27, 0.15, 0.13]) + rng.normal(0, 0.045), 0.24, 0.84))
    hair_tone = _hair_tone(rng, skin, age)

    def around(spread: float, centre: float = 1.0) -> float:
        return float(centre + spread * np.clip(rng.normal(), -2.2, 2.2))

    return Identity(
        softness=softness,
        age=age,
        skin=skin,
        hair_tone=hair_tone,
        hair_style=_hair_style(rng, softness, age),
        hair_volume=float(rng.uniform(0.5, 1.3)),
        hairline=around(0.35, 0.25 * age - 0.1),
        part=float(rng.uniform(-1, 1)),
        face_width=around(0.055),
        jaw=around(0.045, 1.03 - 0.11 * softness),
        chin=around(0.07, 1.04 - 0.08 * softness),
        forehead=around(0.04),
        brow_thickness=around(0.2, 1.25 - 0.6 * softness),
        brow_tone=float(np.clip(0.75 * hair_tone + 0.02, 0.05, 0.5)),
        brow_height=around(0.03, 0.02 * softness),
        brow_arch=around(0.35, 0.7 + 0.5 * softness),
        brow_gap=around(0.12),
        eye_size=around(0.08, 0.98 + 0.12 * softness - 0.06 * age),
        eye_aspect=around(0.13, 1.0 - 0.12 * age),
        eye_tilt=around(0.06, 0.03 + 0.05 * softness - 0.06 * age),
        eye_spacing=around(0.05),
        lid_crease=float(np.clip(rng.normal(0.75, 0.35), 0, 1)),
        iris_tone=float(np.clip(rng.choice([0.10, 0.18, 0.38], p=[0.6, 0.22, 0.18]) + rng.normal(0, 0.03), 0.05, 0.5)),
        lashes=float(np.clip(rng.normal(0.15 + 0.65 * softness, 0.15), 0, 1)),
        nose_length=around(0.08),
        nose_width=around(0.12, 1.06 - 0.12 * softness + 0.12 * (skin < 0.45)),
        nose_height=around(0.16),
        mouth_width=around(0.08),
        mouth_height=around(0.03, 0.0),
        lip_upper=around(0.22, 0.9 + 0.25 * softness - 0.3 * age + 0.3 * (skin < 0.45)),
        lip_lower=around(0.2, 0.95 + 0.2 * softness - 0.2 * age + 0.25 * (skin < 0.45)),
        lip_tone=float(rng.uniform(0.62, 0.86) - 0.16 * softness * rng.random()),
        cheekbones=around(0.3),
        ear_size=around(0.15),
        beard=_beard(rng, softness),
        glasses=str(rng.choice(GLASSES, p=[0.85, 0.08, 0.07])),
        teeth=float(np.clip(rng.normal(0.75, 0.3), 0, 1)),
        resting_brow=float(np.clip(rng.normal(0.0, 0.08), 0, 0.18)),
        resting_mouth=float(np.clip(rng.normal(0, 0.1), -0.25, 0.22)),
        lopsided=float(np.clip(rng.normal(0, 0.4), -1, 1)),
        texture=int(rng.integers(2**31)),
    )


def _hair_tone(rng: np.random.Generator, skin: float, age: float) -> float:
    tone = rng.choice([0.06, 0.13, 0.24, 0.46], p=[0.36, 0.3, 0.2, 0.14]) if skin > 0.55 else 0.06
    grey = np.clip((age - 0.5) * 2.4 + rng.normal(0, 0.2), 0, 1)
    return float(np.clip(tone * (1 - grey) + 0.68 * grey + rng.normal(0, 0.02), 0.04, 0.78))


def _hair_style(rng: np.random.Generator, softness: float, age: float) -> str:
    strong = np.array([0.07 + 0.1 * age, 0.1 + 0.28 * age, 0.32, 0.28, 0.1, 0.01, 0.03, 0.0, 0.09, 0.0])
    soft = np.array([0.0, 0.0, 0.05, 0.08, 0.14, 0.17, 0.27, 0.16, 0.09, 0.04])
    weights = (1 - softness) * strong + softness * soft
    return str(rng.choice(HAIR_STYLES, p=weights / weights.sum()))


def _beard(rng: np.random.Generator, softness: float) -> str:
    if softness > 0.45:
        return "none"
    return str(rng.choice(BEARDS, p=[0.55, 0.16, 0.08, 0.09, 0.12]))
