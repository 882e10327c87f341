// The other side of `benchmarks.peers`: expression networks of npm packages, each with its own preprocessing.
//
//     node peer_answers.cjs PACKAGES NAME FACES COUNT ANSWERS
//
// PACKAGES is a folder with node_modules; FACES holds COUNT grey faces of 48x48 bytes. ANSWERS gets the labels as a line of JSON,
// and seven float32 shares a face, in the order of the labels. face-api answers by its own call; human's network is given a face
// as human's own code gives it (src/gear/emotion.ts, version 3.3.6): resized bilinearly, grey by its weights, -1 to 1.
const fs = require('fs');
const path = require('path');
const { createRequire } = require('module');

const SIDE = 48;
const PART = 32;
const [folder, name, faces, count, target] = process.argv.slice(2);
const fetched = createRequire(path.join(path.resolve(folder), 'package.json'));
const tf = fetched('@tensorflow/tfjs');
const wasm = fetched('@tensorflow/tfjs-backend-wasm');

// Faces as tensors (48, 48, 3), three equal channels, 0 to 255.
function tensors(bytes, from, to) {
  return Array.from({ length: to - from }, (_, place) => {
    const start = (from + place) * SIDE * SIDE;
    const grey = tf.tensor3d(Float32Array.from(bytes.subarray(start, start + SIDE * SIDE)), [SIDE, SIDE, 1]);
    return tf.tile(grey, [1, 1, 3]);
  });
}

async function faceApi() {
  const api = fetched('@vladmandic/face-api/dist/face-api.node-wasm.js');
  const network = api.nets.faceExpressionNet;
  await network.loadFromDisk(path.join(folder, 'node_modules/@vladmandic/face-api/model'));
  const labels = Object.keys(new api.FaceExpressions(new Float32Array(7)));
  const ask = async (shown) => {
    const answers = await network.predictExpressions(shown);
    return [].concat(answers).flatMap((answer) => labels.map((label) => answer[label]));
  };
  return { labels, ask };
}

async function human() {
  const models = path.join(folder, 'node_modules/@vladmandic/human/models');
  const about = JSON.parse(fs.readFileSync(path.join(models, 'emotion.json')));
  const specs = about.weightsManifest.flatMap((part) => part.weights);
  const files = about.weightsManifest.flatMap((part) => part.paths).map((file) => fs.readFileSync(path.join(models, file)));
  const weights = new Uint8Array(Buffer.concat(files)).buffer;
  const load = async () => ({ modelTopology: about.modelTopology, weightSpecs: specs, weightData: weights });
  const network = await tf.loadGraphModel({ load });
  const [, height, width, channels] = network.inputs[0].shape;
  if (channels !== 1) throw new Error(`human's network takes ${channels} channels; one is known here.`);
  const ask = async (shown) => {
    const answers = tf.tidy(() => {
      const scaled = tf.image.resizeBilinear(tf.div(tf.stack(shown), 255), [height, width], false);
      const grey = tf.sum(tf.mul(scaled, [0.2989, 0.587, 0.114]), 3, true);
      return network.execute(tf.mul(tf.sub(grey, 0.5), 2));
    });
    const shares = Array.from(await answers.data());
    answers.dispose();
    return shares;
  };
  return { labels: ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'], ask };
}

async function main() {
  wasm.setWasmPaths(path.join(path.dirname(fetched.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist/'));
  await tf.setBackend('wasm');
  await tf.ready();
  const { labels, ask } = await { 'face-api': faceApi, human }[name]();
  const bytes = fs.readFileSync(faces);
  const shares = [];
  for (let from = 0; from < Number(count); from += PART) {
    const shown = tensors(bytes, from, Math.min(Number(count), from + PART));
    shares.push(...(await ask(shown)));
    shown.forEach((face) => face.dispose());
  }
  fs.writeFileSync(target, Buffer.concat([Buffer.from(`${JSON.stringify(labels)}\n`), Buffer.from(Float32Array.from(shares).buffer)]));
}

main().catch((error) => { console.error(error); process.exit(1); });
