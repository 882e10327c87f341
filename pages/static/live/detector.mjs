// Faces of a picture by YuNet (Wu, Peng and Yu 2023): what goes in, and boxes and landmarks from what comes out.
import { run } from './runtime.mjs';

const STRIDES = [8, 16, 32];
const OVERLAP = 0.3;

/** What the detector gets: the picture fitted into its size, from the upper left corner, in blue, green, red; and the scale. */
export function fitted({ width, height, data }, [high, wide]) {
  const scale = Math.min(1, wide / width, high / height);
  const area = high * wide;
  const values = new Float32Array(3 * area);
  const across = Math.min(wide, Math.round(width * scale)), down = Math.min(high, Math.round(height * scale));
  for (let row = 0; row < down; row++) {
    const [top, bottom] = span(row, down, height);
    for (let column = 0; column < across; column++) {
      const [left, right] = span(column, across, width);
      let red = 0, green = 0, blue = 0;
      for (let y = top; y < bottom; y++) {
        for (let x = left, at = 4 * (y * width + left); x < right; x++, at += 4) {
          red += data[at]; green += data[at + 1]; blue += data[at + 2];
        }
      }
      const count = (bottom - top) * (right - left), place = row * wide + column;
      values[place] = blue / count;
      values[area + place] = green / count;
      values[2 * area + place] = red / count;
    }
  }
  return { values, scale };
}

/** Whole pixels from which a smaller picture's pixel is averaged. */
function span(place, count, length) {
  const first = Math.floor(place * length / count);
  return [first, Math.max(first + 1, Math.floor((place + 1) * length / count))];
}

/** Faces of a picture {width, height, data}: [{box: [x, y, width, height], score, landmarks: [[x, y] x 5]}], surest first. */
export async function detect(session, picture, { size, score }) {
  const { values, scale } = fitted(picture, size);
  const outputs = await run(session, values, [1, 3, ...size]);
  return decoded(outputs, size, score).map(({ box, landmarks, ...face }) => ({
    ...face,
    box: box.map((value) => value / scale),
    landmarks: landmarks.map((point) => point.map((value) => value / scale)),
  }));
}

/** Reads boxes and landmarks from the outputs, as OpenCV's FaceDetectorYN does, and keeps the surest of those that overlap. */
export function decoded(outputs, [high, wide], least) {
  const found = [];
  for (const stride of STRIDES) {
    const [faces, objects, boxes, points] = ['cls', 'obj', 'bbox', 'kps'].map((name) => outputs[`${name}_${stride}`].data);
    const columns = wide / stride, rows = high / stride;
    for (let place = 0; place < rows * columns; place++) {
      const score = Math.sqrt(clamped(faces[place]) * clamped(objects[place]));
      if (score < least) continue;
      const column = place % columns, row = Math.floor(place / columns);
      const [width, height] = [2, 3].map((side) => Math.exp(boxes[4 * place + side]) * stride);
      const x = (column + boxes[4 * place]) * stride - width / 2;
      const y = (row + boxes[4 * place + 1]) * stride - height / 2;
      const landmarks = [0, 1, 2, 3, 4].map((point) => [
        (points[10 * place + 2 * point] + column) * stride, (points[10 * place + 2 * point + 1] + row) * stride]);
      found.push({ box: [x, y, width, height], score, landmarks });
    }
  }
  found.sort((one, other) => other.score - one.score);
  return found.reduce((kept, face) => (kept.some((other) => overlap(other.box, face.box) > OVERLAP) ? kept : [...kept, face]), []);
}

/** Common area of two boxes by the area of both. */
export function overlap([x, y, width, height], [u, v, wide, high]) {
  const across = Math.min(x + width, u + wide) - Math.max(x, u), down = Math.min(y + height, v + high) - Math.max(y, v);
  const common = Math.max(across, 0) * Math.max(down, 0);
  return common / Math.max(width * height + wide * high - common, 1e-9);
}

function clamped(value) {
  return Math.min(Math.max(value, 0), 1);
}
