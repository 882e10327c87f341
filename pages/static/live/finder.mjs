// From a frame to aligned faces with numbers: what the workers of Live and of Teach it begin with.
import { alignedFace, greyPlane, similarity } from './alignment.mjs';
import { detect } from './detector.mjs';
import { openNetwork } from './runtime.mjs';
import { Tracker } from './tracker.mjs';

/** Frames from one search for faces to the next; between them known faces are followed. */
const SEARCH_EVERY = 3;
const MOST_FACES = 8;
/** Longer side in pixels at which a photo is searched. */
const STILL_SIDE = 640;

export class Finder {
  /** `about` says how faces are looked for and cropped, `source` is the detector's address, or its bytes. */
  constructor(about, source) {
    this.about = about;
    this.source = source;
    this.reset();
  }

  async load() {
    this.detector = await openNetwork(this.source);
  }

  reset() {
    this.tracker = new Tracker();
    this.sinceSearch = 0;
  }

  /** The faces of a picture {width, height, data}, each with `crop` and `matrix`; `clock(name)` is called after each stage. */
  async faces(picture, still, clock = () => {}) {
    const plane = greyPlane(picture);
    clock('prepare');
    if (this.sinceSearch === 0) {
      const found = await detect(this.detector, picture, still ? this.#forPhoto(picture) : this.about.detector);
      clock('search');
      this.tracker.detected(found.slice(0, MOST_FACES), plane);
    } else {
      this.tracker.followed(plane);
    }
    this.sinceSearch = (this.sinceSearch + 1) % SEARCH_EVERY;
    clock('follow');
    const tracks = this.tracker.tracks.filter((track) => track.missed < 2);
    for (const track of tracks) {
      track.matrix = similarity(track.landmarks, this.about.template);
      track.crop = alignedFace(plane, track.matrix);
    }
    clock('align');
    return tracks;
  }

  /** How a photo is searched: as large as it is up to STILL_SIDE, in sides of which the detector can take halves. */
  #forPhoto({ width, height }) {
    const scale = Math.min(1, STILL_SIDE / Math.max(width, height));
    return { ...this.about.detector, size: [height, width].map((side) => 32 * Math.ceil(side * scale / 32)) };
  }
}

/** Has `handlers[message.type]` handle what a worker is told, one after the other: what comes while a frame is looked at must not
 * change what it is compared with. What they throw is said to the page. */
export function serve(handlers) {
  let turn = Promise.resolve();

  async function handle(data) {
    try {
      await handlers[data.type](data);
    } catch (error) {
      console.error(error);
      postMessage({ type: 'failed', during: data.type, sentence: error.message });
    }
  }

  onmessage = ({ data }) => { turn = turn.then(() => handle(data)); };
}
