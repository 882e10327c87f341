// From a picture and five landmarks to the 48x48 grey face that the network gets: the same steps, and the same rounding where
// it can be seen, as `fer_core/photos/faces.py` (_similarity, _align, _draw, _shrunk_region), which hold for training faces too.

export const SIDE = 48;
const FINEST = 8, COARSEST = 4;

/** A plane of grey values 0 to 255 of an ImageData-like picture {width, height, data}. */
export function greyPlane({ width, height, data }) {
  const values = new Float32Array(width * height);
  for (let place = 0, at = 0; place < values.length; place++, at += 4) {
    values[place] = 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
  }
  return { width, height, values };
}

/** The transform [a, b, x, -b, a, y] that takes landmarks to a template with least squares (Umeyama 1991). */
export function similarity(landmarks, template) {
  const mean = (points, axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [ox, oy, gx, gy] = [mean(landmarks, 0), mean(landmarks, 1), mean(template, 0), mean(template, 1)];
  let norm = 0, cosine = 0, sine = 0;
  landmarks.forEach(([x, y], place) => {
    const [u, v] = [template[place][0] - gx, template[place][1] - gy];
    norm += (x - ox) ** 2 + (y - oy) ** 2;
    cosine += (x - ox) * u + (y - oy) * v;
    sine += (x - ox) * v - (y - oy) * u;
  });
  cosine /= Math.max(norm, 1e-9);
  sine /= Math.max(norm, 1e-9);
  return [cosine, -sine, gx - cosine * ox + sine * oy, sine, cosine, gy - sine * ox - cosine * oy];
}

/** The transform back. */
export function inverted([a, b, x, c, d, y]) {
  const scale = 1 / (a * d - b * c);
  return [d * scale, -b * scale, (b * y - d * x) * scale, -c * scale, a * scale, (c * x - a * y) * scale];
}

/** The aligned face, 48 x 48 values 0 to 255, of a transform from the plane to the frame. */
export function alignedFace(plane, matrix) {
  const step = stepOf(matrix);
  const factor = Math.min(Math.max(Math.ceil(step), COARSEST), FINEST);
  const side = factor * SIDE;
  // Pixel centres lie at halves: a corner is -0.5, before and after enlarging.
  const fine = matrix.map((value, place) => factor * value + (place % 3 === 2 ? (factor - 1) / 2 : 0));
  const [source, moved] = stepOf(fine) > 1 ? shrunkRegion(plane, fine, side) : [plane, fine];
  return averaged(source, inverted(moved), factor);
}

/** Pixels of the picture in one pixel of the frame. */
function stepOf(matrix) {
  return 1 / Math.max(Math.hypot(matrix[0], matrix[3]), 1e-6);
}

/** Draws the frame `factor` times enlarged, with straight lines between pixels, and averages `factor` x `factor` of them to one. */
function averaged({ width, height, values }, [a, b, x0, c, d, y0], factor) {
  const sums = new Float32Array(SIDE * SIDE);
  for (let row = 0; row < factor * SIDE; row++) {
    const start = Math.floor(row / factor) * SIDE;
    for (let column = 0; column < factor * SIDE; column++) {
      // Beyond the edge the last pixels go on.
      const x = Math.min(Math.max(a * column + b * row + x0, 0), width - 1);
      const y = Math.min(Math.max(c * column + d * row + y0, 0), height - 1);
      const left = x | 0, top = y | 0;
      const right = left + 1 < width ? 1 : 0, below = top + 1 < height ? width : 0;
      const at = top * width + left, across = x - left, down = y - top;
      const upper = values[at] + (values[at + right] - values[at]) * across;
      const lower = values[at + below] + (values[at + below + right] - values[at + below]) * across;
      sums[start + ((column / factor) | 0)] += upper + (lower - upper) * down;
    }
  }
  const face = new Uint8Array(SIDE * SIDE);
  for (let place = 0; place < face.length; place++) face[place] = Math.round(sums[place] / (factor * factor));
  return face;
}

/** The part of the plane that a square of `side` pixels covers, as coarse as the square, and the transform from it. */
function shrunkRegion(plane, matrix, side) {
  const shrink = stepOf(matrix);
  const back = inverted(matrix);
  const corners = [[0, 0], [side, 0], [0, side], [side, side]].map(([u, v]) => [
    back[0] * u + back[1] * v + back[2], back[3] * u + back[4] * v + back[5]]);
  const limits = [plane.width, plane.height];
  const low = [0, 1].map((axis) => {
    const least = Math.min(...corners.map((corner) => corner[axis]));
    return Math.min(Math.max(Math.floor(least - 2 * shrink), 0), limits[axis] - 1);
  });
  const high = [0, 1].map((axis) => {
    const most = Math.max(...corners.map((corner) => corner[axis]));
    return Math.max(Math.min(Math.ceil(most + 2 * shrink), limits[axis]), low[axis] + 1);
  });
  const size = [0, 1].map((axis) => Math.max(1, Math.round((high[axis] - low[axis]) / shrink)));
  const zoom = [0, 1].map((axis) => (high[axis] - low[axis]) / size[axis]);
  const small = shrunk(plane, low, high, size);
  // A point p of the small picture lies at zoom * (p + 0.5) - 0.5 + low of the plane.
  const offset = [0, 1].map((axis) => 0.5 * zoom[axis] - 0.5 + low[axis]);
  const [a, b, x, c, d, y] = matrix;
  return [small, [a * zoom[0], b * zoom[1], x + a * offset[0] + b * offset[1],
    c * zoom[0], d * zoom[1], y + c * offset[0] + d * offset[1]]];
}

/** Shrinks a region by area: each new pixel is the mean of what it covers, first along rows, then along columns. */
export function shrunk(plane, low, high, [width, height]) {
  const lines = high[1] - low[1];
  const between = new Float32Array(width * lines), values = new Float32Array(width * height);
  const across = shares(high[0] - low[0], width), down = shares(lines, height);
  for (let line = 0; line < lines; line++) {
    const start = (low[1] + line) * plane.width + low[0];
    for (let place = 0; place < across.old.length; place++) {
      between[line * width + across.fresh[place]] += plane.values[start + across.old[place]] * across.much[place];
    }
  }
  for (let place = 0; place < down.old.length; place++) {
    const to = down.fresh[place] * width, from = down.old[place] * width, much = down.much[place];
    for (let column = 0; column < width; column++) values[to + column] += between[from + column] * much;
  }
  return { width, height, values };
}

/** Which old pixels of a line go into which new ones, and how much of each new one they are. */
function shares(length, count) {
  const zoom = length / count, old = [], fresh = [], much = [];
  for (let place = 0; place < count; place++) {
    const from = place * zoom, to = Math.min((place + 1) * zoom, length);
    for (let pixel = Math.floor(from); pixel < to - 1e-9; pixel++) {
      old.push(pixel);
      fresh.push(place);
      much.push((Math.min(pixel + 1, to) - Math.max(pixel, from)) / zoom);
    }
  }
  return { old: Int32Array.from(old), fresh: Int32Array.from(fresh), much: Float32Array.from(much) };
}
