// What is computed of a frame, away from the page, which stays fluid: faces, their crops, answers and maps. A frame arrives,
// is looked at, and is gone; nothing here writes or sends anything but the answers, to the page that asked.
import { Finder, serve } from './finder.mjs';
import { answers, asked, both, mirrored, probabilities } from './network.mjs';
import { fetched, openNetwork, start } from './runtime.mjs';

let about, finder, network;

async function load({ files }) {
  about = typeof files.about === 'string' ? await (await fetched(files.about)).json() : files.about;
  await start(files.runtime);
  finder = new Finder(about, files.detector);
  [network] = await Promise.all([openNetwork(files.network), finder.load()]);
  // The first pass of a network takes longer than any other: better now than at the first frame.
  await answers(network, [new Uint8Array(48 * 48)], about);
  postMessage({ type: 'ready', about });
}

async function look({ picture, still = false }) {
  const times = {}, clock = stopwatch(times);
  const tracks = await finder.faces(picture, still, clock);
  if (tracks.length) await answer(tracks);
  clock('answer');
  postMessage({ type: 'faces', faces: tracks.map(shown), times });
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

serve({ load, look, reset: () => finder?.reset() });
