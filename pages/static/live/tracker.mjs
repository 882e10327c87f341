// Who is who from frame to frame: detections join the faces known before by overlap, and between detections a face is followed
// by where its pixels have gone. Tracks have numbers, not names; a face that is lost for a while gets a new number.
import { overlap } from './detector.mjs';

const SAME = 0.25;
const PATIENCE = 3;
const GRID = 20, REACH = 5;

export class Tracker {
  constructor() {
    this.tracks = [];
    this.next = 1;
  }

  /** Takes in what a detector found; a track that it misses for a few searches ends. */
  detected(found, plane) {
    const open = [...found];
    for (const track of this.tracks) {
      const shared = (face) => overlap(face.box, track.box);
      const best = open.reduce((near, face) => (near && shared(near) >= shared(face) ? near : face), null);
      if (best && shared(best) > SAME) {
        open.splice(open.indexOf(best), 1);
        Object.assign(track, best, { missed: 0 });
      } else {
        track.missed += 1;
      }
    }
    this.tracks = this.tracks.filter((track) => track.missed < PATIENCE);
    for (const face of open) this.tracks.push({ ...face, number: this.next++, missed: 0 });
    this.#remember(plane);
  }

  /** Moves every track along with its pixels. */
  followed(plane) {
    for (const track of this.tracks) {
      const [x, y] = shift(track.pattern, plane, track.box);
      track.box = [track.box[0] + x, track.box[1] + y, track.box[2], track.box[3]];
      track.landmarks = track.landmarks.map((point) => [point[0] + x, point[1] + y]);
    }
    this.tracks = this.tracks.filter(({ box }) => inside(box, plane));
    this.#remember(plane);
  }

  #remember(plane) {
    for (const track of this.tracks) track.pattern = sampled(plane, track.box, 0);
  }
}

/** Whether the middle of a box lies in the picture. */
function inside([x, y, width, height], plane) {
  const [u, v] = [x + width / 2, y + height / 2];
  return u >= 0 && v >= 0 && u < plane.width && v < plane.height;
}

/** How many pixels right and down a pattern has moved: the least difference within REACH steps; between steps, where its sides
 * meet. */
function shift(before, plane, box) {
  const wide = GRID + 2 * REACH;
  const [stepX, stepY] = [box[2] / GRID, box[3] / GRID];
  const around = sampled(plane, box, REACH);
  const costs = new Map();
  const cost = (right, down) => {
    const key = (down + REACH + 1) * 64 + right + REACH + 1;
    if (!costs.has(key)) costs.set(key, difference(before, around, wide, right + REACH, down + REACH));
    return costs.get(key);
  };
  let best = [0, 0];
  for (let down = -REACH; down <= REACH; down++) {
    for (let right = -REACH; right <= REACH; right++) if (cost(right, down) < cost(...best)) best = [right, down];
  }
  const [right, down] = best;
  // A sum of absolute differences falls and rises along straight lines, so that two of the same steepness meet at its least.
  const part = (less, here, more) => (less - more) / Math.max(2 * (Math.max(less, more) - here), 1e-9);
  const edge = Math.max(Math.abs(right), Math.abs(down)) === REACH;
  const finer = edge ? [0, 0] : [
    part(cost(right - 1, down), cost(right, down), cost(right + 1, down)),
    part(cost(right, down - 1), cost(right, down), cost(right, down + 1))];
  return [(right + finer[0]) * stepX, (down + finer[1]) * stepY];
}

/** Grey values at the grid of a box with so many more steps on each side; beyond the edge the last pixels go on. */
function sampled(plane, [x, y, width, height], border) {
  const wide = GRID + 2 * border;
  const values = new Float32Array(wide * wide);
  for (let row = 0, place = 0; row < wide; row++) {
    const v = Math.min(Math.max(Math.round(y + (row - border + 0.5) * height / GRID), 0), plane.height - 1);
    for (let column = 0; column < wide; column++, place++) {
      const u = Math.min(Math.max(Math.round(x + (column - border + 0.5) * width / GRID), 0), plane.width - 1);
      values[place] = plane.values[v * plane.width + u];
    }
  }
  return values;
}

/** Sum of the absolute differences between a pattern and its like at a place of what lies around. */
function difference(before, around, wide, right, down) {
  let sum = 0;
  for (let row = 0, place = 0; row < GRID; row++) {
    for (let column = 0, at = (row + down) * wide + right; column < GRID; column++, place++, at++) {
      sum += Math.abs(before[place] - around[at]);
    }
  }
  return sum;
}
