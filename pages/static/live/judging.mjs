// How good a head is on faces that were recorded apart: scores with intervals, faces that are nearly the same, and scenes that are.
import { SIDE } from './alignment.mjs';

const Z95 = 1.959964;
const RESAMPLES = 1000;

/** Signatures that differ in at most so many bits show the same picture (`fer_core/datasets/signature.py`). */
const NEAR_BITS = 4;
const FREQUENCIES = 12, SKIPPED = 9, BITS = 64, FLAT = 1;

/** 95 % interval of a share (Wilson 1927). */
export function wilson(right, count) {
  const share = right / count, square = Z95 * Z95;
  const centre = (share + square / (2 * count)) / (1 + square / count);
  const half = Z95 * Math.sqrt(share * (1 - share) / count + square / (4 * count * count)) / (1 + square / count);
  return [right === 0 ? 0 : Math.max(0, centre - half), right === count ? 1 : Math.min(1, centre + half)];
}

/** Scores of answers: pairs [truth, answer] of class numbers. Null where there are none. */
export function scores(pairs, classes) {
  if (!pairs.length) return null;
  const matrix = counted(pairs, classes);
  const right = matrix.reduce((sum, row, label) => sum + row[label], 0);
  const drawn = draws(pairs.length);
  const resampled = Array.from({ length: RESAMPLES }, () => macroF1(counted(drawn().map((place) => pairs[place]), classes)));
  resampled.sort((one, other) => one - other);
  return {
    n: pairs.length,
    right,
    accuracy: right / pairs.length,
    interval: wilson(right, pairs.length),
    baseline: Math.max(...matrix.map((row) => row.reduce((sum, value) => sum + value, 0))) / pairs.length,
    macroF1: macroF1(matrix),
    macroInterval: [0.025, 0.975].map((share) => resampled[Math.round(share * (RESAMPLES - 1))]),
    matrix,
  };
}

function counted(pairs, classes) {
  const matrix = Array.from({ length: classes }, () => new Array(classes).fill(0));
  for (const [truth, answer] of pairs) matrix[truth][answer] += 1;
  return matrix;
}

/** Mean F1 of the classes that occur among the labels or the answers, as in scikit-learn. */
export function macroF1(matrix) {
  const found = matrix.map((row, label) => {
    const [labelled, said] = [row, matrix.map((line) => line[label])].map((line) => line.reduce((sum, value) => sum + value, 0));
    return labelled + said ? 2 * row[label] / (labelled + said) : null;
  }).filter((value) => value !== null);
  return found.reduce((sum, value) => sum + value, 0) / found.length;
}

/** Draws with replacement that are the same in every browser (a linear congruential generator; Numerical Recipes, 3rd ed.). */
function draws(count) {
  let state = 1;
  return () => Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * count);
  });
}

const cosines = Float32Array.from({ length: SIDE * FREQUENCIES }, (_, place) => (
  Math.cos(Math.PI / SIDE * (Math.floor(place / FREQUENCIES) + 0.5) * (place % FREQUENCIES))));

const frequencies = (() => {
  const pairs = [];
  for (let row = 0; row < FREQUENCIES; row++) for (let column = 0; column < FREQUENCIES; column++) pairs.push([row, column]);
  return pairs.sort(([a, b], [c, d]) => a + b - c - d || a - c || b - d).slice(SKIPPED, SKIPPED + BITS);
})();

/** The perceptual signature of a 48x48 crop: the signs of 64 coefficients of its cosine transform, 0 or 1 each. */
export function signature(crop) {
  const across = new Float32Array(SIDE * FREQUENCIES);
  for (let row = 0; row < SIDE; row++) {
    for (let wave = 0; wave < FREQUENCIES; wave++) {
      let sum = 0;
      for (let column = 0; column < SIDE; column++) sum += crop[row * SIDE + column] * cosines[column * FREQUENCIES + wave];
      across[row * FREQUENCIES + wave] = sum;
    }
  }
  return Uint8Array.from(frequencies, ([down, wave]) => {
    let sum = 0;
    for (let row = 0; row < SIDE; row++) sum += cosines[row * FREQUENCIES + down] * across[row * FREQUENCIES + wave];
    return sum > FLAT ? 1 : 0;
  });
}

export function areNear(one, other) {
  let differing = 0;
  for (let bit = 0; bit < BITS; bit++) differing += one[bit] ^ other[bit];
  return differing <= NEAR_BITS;
}

/** Which of some faces {signature} are nearly one that comes before them, and which nearly one of `others`. */
export function nearlySame(faces, others) {
  const met = faces.map((face) => others.some((other) => areNear(face.signature, other.signature)));
  const distinct = [];
  const again = faces.map((face) => {
    const isAgain = distinct.some((other) => areNear(face.signature, other.signature));
    if (!isAgain) distinct.push(face);
    return isAgain;
  });
  return { met, again };
}

const [ACROSS, DOWN] = [16, 12];
const AROUND = 0.35;

/** What lies around a face, coarsely: grey values of 16 x 12 places of the frame, NaN where the face is. */
export function scene({ width, height, data }, box) {
  const [left, top, wide, high] = [box[0] - AROUND * box[2], box[1] - AROUND * box[3], (1 + 2 * AROUND) * box[2], (1 + 2 * AROUND) * box[3]];
  return Float32Array.from({ length: ACROSS * DOWN }, (_, place) => {
    const [x0, x1] = [place % ACROSS, place % ACROSS + 1].map((step) => Math.floor(step * width / ACROSS));
    const [y0, y1] = [Math.floor(place / ACROSS), Math.floor(place / ACROSS) + 1].map((step) => Math.floor(step * height / DOWN));
    // Below the face are shoulders, which move with it.
    if (x1 > left && x0 < left + wide && y1 > top) return NaN;
    let sum = 0, count = 0;
    for (let y = y0; y < y1; y += 2) {
      for (let x = x0; x < x1; x += 2, count++) {
        const at = 4 * (y * width + x);
        sum += 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
      }
    }
    return sum / count;
  });
}

/** From this correlation on, two backgrounds are alike; flat ones are when their brightness differs by fewer grey levels. */
const ALIKE = 0.9, FLAT_SPREAD = 4, FLAT_STEP = 12;

/** Whether two bursts of faces {scene} show the same scene. */
export function sameScene(one, other) {
  const [first, second] = [one, other].map(meanScene);
  const places = [...first.keys()].filter((place) => !Number.isNaN(first[place] + second[place]));
  if (places.length < 8) return false;
  const [a, b] = [first, second].map((values) => places.map((place) => values[place]));
  const [meanA, meanB] = [a, b].map(mean);
  const [spreadA, spreadB] = [[a, meanA], [b, meanB]].map(([values, middle]) => Math.sqrt(mean(values.map((value) => (value - middle) ** 2))));
  if (Math.max(spreadA, spreadB) < FLAT_SPREAD) return Math.abs(meanA - meanB) < FLAT_STEP;
  if (Math.min(spreadA, spreadB) < 1e-6) return false;
  return mean(a.map((value, place) => (value - meanA) * (b[place] - meanB))) / (spreadA * spreadB) >= ALIKE;
}

/** The mean of a burst's scenes, place by place, where any of them shows it. */
function meanScene(faces) {
  return Float32Array.from(faces[0].scene, (_, place) => mean(faces.map((face) => face.scene[place]).filter((value) => !Number.isNaN(value))));
}

function mean(values) {
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : NaN;
}
