// What is computed of a frame, away from the page, which stays fluid: faces, their crops, answers and maps. A frame arrives,
// is looked at, and is gone; nothing here writes or sends anything but the answers, to the page that asked.
import { alignedFace, greyPlane, similarity } from './alignment.mjs';
import { detect } from './detector.mjs';
import { answers, asked, both, mirrored, probabilities } from './network.mjs';
import { fetched, openNetwork, start } from './runtime.mjs';
import { Tracker } from './tracker.mjs';

/** Frames from one search for faces to the next; between them known faces are followed. */
const SEARCH_EVERY = 3;
const MOST_FACES = 8;
/** Longer side in pixels at which a photo is searched. */
const STILL_SIDE = 640;

let about, detector, network, tracker = new Tracker(), sinceSearch = 0;

async function load({ files }) {
  about = typeof files.about === 'string' ? await (await fetched(files.about)).json() : files.about;
  await start(files.runtime);
  [detector, network] = await Promise.all([openNetwork(files.detector), openNetwork(files.network)]);
  // The first pass of a network takes longer than any other: better now than at the first frame.
  await answers(network, [new Uint8Array(48 * 48)], about);
  postMessage({ type: 'ready', about });
}

async function look({ picture, still = false }) {
  const times = {}, clock = stopwatch(times);
  const plane = greyPlane(picture);
  clock('prepare');
  if (sinceSearch === 0) {
    const found = await detect(detector, picture, still ? forPhoto(picture) : about.detector);
    clock('search');
    tracker.detected(found.slice(0, MOST_FACES), plane);
  } else {
    tracker.followed(plane);
  }
  sinceSearch = (sinceSearch + 1) % SEARCH_EVERY;
  clock('follow');
  const tracks = tracker.tracks.filter((track) => track.missed < 2);
  for (const track of tracks) {
    track.matrix = similarity(track.landmarks, about.template);
    track.crop = alignedFace(plane, track.matrix);
  }
  clock('align');
  if (tracks.length) await answer(tracks);
  clock('answer');
  postMessage({ type: 'faces', faces: tracks.map(shown), times });
}

/** How a photo is searched: as large as it is up to STILL_SIDE, in sides of which the detector can take halves. */
function forPhoto({ width, height }) {
  const scale = Math.min(1, STILL_SIDE / Math.max(width, height));
  return { ...about.detector, size: [height, width].map((side) => 32 * Math.ceil(side * scale / 32)) };
}

/** Asks the network about all faces at once. A run that averages a face and its mirror image gets one of both in a frame, and
 * takes the other from the frame before: a face that keeps still is answered as a photo of it, at half the price. */
async function answer(tracks) {
  const asks = [];
  for (const track of tracks) {
    const turn = about.flip && track.said ? !track.turned : false;
    asks.push({ track, turn });
    if (about.flip && !track.said) asks.push({ track, turn: true });
  }
  const said = await asked(network, asks.map(({ track, turn }) => (turn ? mirrored(track.crop) : track.crop)));
  asks.forEach(({ track, turn }, place) => {
    track.said = { ...track.said, [turn ? 'mirror' : 'upright']: said[place] };
    track.turned = turn;
  });
}

/** What the page gets of a track. */
function shown({ number, box, score, matrix, crop, said }) {
  const { logits, maps, rows, columns } = about.flip ? both(said.upright, said.mirror) : said.upright;
  return { number, box, score, matrix, crop, maps, rows, columns, probabilities: probabilities(logits, about) };
}

/** A function that notes the milliseconds since it was called last under a name. */
function stopwatch(times) {
  let last = performance.now();
  return (name) => {
    const now = performance.now();
    times[name] = now - last;
    last = now;
  };
}

function reset() {
  tracker = new Tracker();
  sinceSearch = 0;
}

const HANDLERS = { load, look, reset };
let turn = Promise.resolve();

async function handle(data) {
  try {
    await HANDLERS[data.type](data);
  } catch (error) {
    console.error(error);
    postMessage({ type: 'failed', during: data.type, sentence: error.message });
  }
}

// One after the other: what comes while a frame is looked at must not change what it is compared with.
onmessage = ({ data }) => { turn = turn.then(() => handle(data)); };
