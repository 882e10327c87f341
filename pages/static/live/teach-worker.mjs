// What Teach it computes away from the page: faces of a frame with their features and, once a head was learned, its answers and
// maps; features of faces that were kept before; and the head itself.
import { SIDE } from './alignment.mjs';
import { Finder, serve } from './finder.mjs';
import { classMaps, learned, logits, pooled, softmax } from './head.mjs';
import { fetched, openNetwork, run, start } from './runtime.mjs';

/** Faces that are asked about at once. */
const AT_ONCE = 16;

let finder, network, head = null;

async function load({ files }) {
  const about = await (await fetched(files.about)).json();
  await start();
  finder = new Finder(about, files.detector);
  [network] = await Promise.all([openNetwork(files.features), finder.load()]);
  head = null;
  await described([new Uint8Array(SIDE * SIDE)]);
  postMessage({ type: 'ready', about });
}

/** Last feature maps and their means of some crops: [{maps, features, rows, columns}]. */
async function described(crops) {
  const values = new Float32Array(crops.length * SIDE * SIDE);
  crops.forEach((crop, place) => values.set(crop, place * SIDE * SIDE));
  const { data, dims: [, channels, rows, columns] } = Object.values(await run(network, values, [crops.length, SIDE, SIDE, 1]))[0];
  return crops.map((_, place) => {
    const maps = data.slice(place * channels * rows * columns, (place + 1) * channels * rows * columns);
    return { maps, features: pooled(maps, rows * columns), rows, columns };
  });
}

async function look({ picture }) {
  const tracks = await finder.faces(picture, false);
  const said = tracks.length ? await described(tracks.map(({ crop }) => crop)) : [];
  const faces = tracks.map(({ number, box, score, matrix, crop }, place) => {
    const { maps, features, rows, columns } = said[place];
    const face = { number, box, score, matrix, crop, features, rows, columns };
    if (!head) return face;
    return { ...face, maps: classMaps(head, maps, rows * columns), probabilities: softmax(logits(head, features)) };
  });
  postMessage({ type: 'faces', faces });
}

/** Learns a head from faces {crop, features or null, label, part}, and answers those that judge it. */
async function learn({ turn, faces, count }) {
  const missing = faces.filter(({ features }) => !features);
  for (let place = 0; place < missing.length; place += AT_ONCE) {
    const part = missing.slice(place, place + AT_ONCE);
    (await described(part.map(({ crop }) => crop))).forEach(({ features }, at) => { part[at].features = features; });
  }
  const start = performance.now();
  const [taught, apart] = ['learn', 'judge'].map((wanted) => faces.filter(({ part }) => part === wanted));
  head = learned(taught.map(({ features }) => features), taught.map(({ label }) => label), count);
  const answers = apart.map(({ features }) => logits(head, features)).map((values) => values.indexOf(Math.max(...values)));
  postMessage({ type: 'learned', turn, answers, features: faces.map(({ features }) => features), seconds: (performance.now() - start) / 1000 });
}

serve({ load, look, learn, forget: () => { head = null; }, reset: () => finder?.reset() });
