// A class activation map as a picture: enlarged, scaled and coloured as `fer_core/explain` does it (normalised, overlay).
import { SIDE } from './alignment.mjs';

const STRENGTH = 0.6, ROUGH = -0.75;

/** The colour scale as it comes: 256 times red, green, blue, in base64. */
export function colourScale(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** The positive evidence for one class, 48 x 48 values 0 to 1; the largest is 1 unless nothing speaks for the class. */
export function evidence({ maps, rows, columns }, best) {
  const positive = Array.from(maps.slice(best * rows * columns, (best + 1) * rows * columns), (value) => Math.max(value, 0));
  const across = weights(columns), down = weights(rows);
  const values = new Float32Array(SIDE * SIDE);
  let peak = 0;
  for (let y = 0, place = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++, place++) {
      let sum = 0;
      for (const [row, much] of down[y]) {
        for (const [column, share] of across[x]) sum += much * share * positive[row * columns + column];
      }
      values[place] = Math.max(sum, 0);
      peak = Math.max(peak, values[place]);
    }
  }
  return peak > 1e-12 ? values.map((value) => value / peak) : values;
}

const known = new Map();

/** For each of 48 places along a side, the cells of a coarse map that it is made of and their weights: cubic, as in OpenCV. */
function weights(cells) {
  if (!known.has(cells)) {
    known.set(cells, Array.from({ length: SIDE }, (_, place) => {
      const at = (place + 0.5) * cells / SIDE - 0.5, first = Math.floor(at);
      return [-1, 0, 1, 2].map((step) => [Math.min(Math.max(first + step, 0), cells - 1), cubic(Math.abs(at - first - step))]);
    }));
  }
  return known.get(cells);
}

function cubic(distance) {
  if (distance <= 1) return ((ROUGH + 2) * distance - (ROUGH + 3)) * distance * distance + 1;
  return distance < 2 ? ((ROUGH * distance - 5 * ROUGH) * distance + 8 * ROUGH) * distance - 4 * ROUGH : 0;
}

/** A picture of each face's map, kept from frame to frame: the colour covers in proportion to the evidence, so that the face
 * stays seen. */
export class MapPictures {
  constructor(scale) {
    this.scale = scale;
    this.kept = new Map();
  }

  /** A 48x48 canvas with the map of a face for one class. */
  of(face, best) {
    const canvas = this.kept.get(face.number) ?? Object.assign(document.createElement('canvas'), { width: SIDE, height: SIDE });
    this.kept.set(face.number, canvas);
    const context = canvas.getContext('2d');
    const picture = context.createImageData(SIDE, SIDE);
    evidence(face, best).forEach((value, place) => {
      const level = 3 * Math.round(255 * value);
      for (let part = 0; part < 3; part++) picture.data[4 * place + part] = this.scale[level + part];
      picture.data[4 * place + 3] = 255 * STRENGTH * value;
    });
    context.putImageData(picture, 0, 0);
    return canvas;
  }

  /** Drops the pictures of faces that are gone. */
  keep(faces) {
    for (const number of this.kept.keys()) if (!faces.some((face) => face.number === number)) this.kept.delete(number);
  }
}
