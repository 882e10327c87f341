// A run's answers for aligned faces: logits and class activation maps from its network, and probabilities as its calibration
// makes them (`fer_core/predictor.py`).
import { run } from './runtime.mjs';
import { SIDE } from './alignment.mjs';

/** The face as a mirror shows it. */
export function mirrored(face) {
  const turned = new Uint8Array(face.length);
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) turned[row * SIDE + column] = face[row * SIDE + SIDE - 1 - column];
  }
  return turned;
}

/** What the network says of several faces (Uint8Array of 48 x 48) in one pass: [{logits, maps, rows, columns}]. */
export async function asked(session, faces) {
  const values = new Float32Array(faces.length * SIDE * SIDE);
  faces.forEach((face, place) => values.set(face, place * SIDE * SIDE));
  const outputs = await run(session, values, [faces.length, SIDE, SIDE, 1]);
  const maps = outputs.maps, logits = outputs[session.outputNames.find((name) => name !== 'maps')];
  const [, classes, rows, columns] = maps.dims;
  return faces.map((_, place) => ({
    logits: logits.data.slice(place * classes, (place + 1) * classes),
    maps: maps.data.slice(place * classes * rows * columns, (place + 1) * classes * rows * columns),
    rows,
    columns,
  }));
}

/** The mean of what was said of a face and of its mirror image; the maps of the latter are turned back. */
export function both(upright, turned) {
  const { rows, columns } = upright;
  const back = (place) => place - (place % columns) + columns - 1 - (place % columns);
  return {
    logits: upright.logits.map((value, place) => (value + turned.logits[place]) / 2),
    maps: upright.maps.map((value, place) => (value + turned.maps[back(place)]) / 2),
    rows,
    columns,
  };
}

/** Calibrated probabilities softmax((logits - shift) / temperature); the shift is what is taken off for the training prior. */
export function probabilities(logits, { temperature, shift }) {
  const scaled = Array.from(logits, (value, place) => (value - shift[place]) / temperature);
  const highest = Math.max(...scaled);
  const powers = scaled.map((value) => Math.exp(value - highest));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

/** The run's whole answer for faces that stand for themselves, such as pictures: [{probabilities, maps, rows, columns}]. */
export async function answers(session, faces, { flip, temperature, shift }) {
  const said = await asked(session, flip ? [...faces, ...faces.map(mirrored)] : faces);
  return faces.map((_, place) => {
    const whole = flip ? both(said[place], said[faces.length + place]) : said[place];
    return { ...whole, probabilities: probabilities(whole.logits, { temperature, shift }) };
  });
}
