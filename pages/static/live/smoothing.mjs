// Answers over time: a running mean that forgets, for each face by its number.

export class Smoothing {
  constructor() {
    this.kept = new Map();
  }

  /** The faces of a frame with smoothed probabilities and maps; `seconds` is the time constant, and 0 leaves them as they are. */
  smoothed(faces, seconds, now = performance.now()) {
    const shown = faces.map((face) => {
      const before = this.kept.get(face.number);
      if (!before || seconds <= 0) return { ...face, at: now };
      const share = 1 - Math.exp(-(now - before.at) / 1000 / seconds);
      const mix = (old, fresh) => fresh.map((value, place) => old[place] + share * (value - old[place]));
      return { ...face, at: now, probabilities: mix(before.probabilities, face.probabilities), maps: mix(before.maps, face.maps) };
    });
    this.kept = new Map(shown.map((face) => [face.number, face]));
    return shown;
  }
}

/** What is said of a face: its most probable class, and whether that reaches the run's threshold. */
export function verdict(face, { classes, threshold }) {
  const best = face.probabilities.indexOf(Math.max(...face.probabilities));
  return { best, share: face.probabilities[best], sure: face.probabilities[best] >= threshold, ...classes[best] };
}
