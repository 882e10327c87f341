// ONNX Runtime in WebAssembly: one thread, as more would need isolation headers that other pages of the app do without.
import * as ort from '../onnxruntime-web-1.30.0/ort.wasm.min.mjs';

const PACKED = '../onnxruntime-web-1.30.0/ort-wasm-simd-threaded.wasm.gz';
const TOO_OLD = 'This browser is too old for answers in the page: use Chrome, Edge or Firefox of 2023 or later, or Safari 16.4.';

let started = null;

/** What an address answers. Throws an Error with one sentence for the viewer. */
export async function fetched(url) {
  const answer = await fetch(url).catch(() => null);
  if (!answer) throw new Error('The app does not answer any more: start it again and reload the page.');
  if (!answer.ok) throw new Error((await answer.text()).slice(0, 300) || 'A file of this page is missing: reload it.');
  return answer;
}

/** Unpacks the runtime and hands it to ONNX Runtime; once, however often it is called. A page that holds everything itself gives
 * it as {wasm: its bytes, glue: text of the script that comes with them}. */
export function start(held) {
  started ??= (async () => {
    if (typeof WebAssembly === 'undefined') {
      throw new Error('WebAssembly is turned off in this browser, so that no network can run in it: turn it on, or use Photo.');
    }
    if (held) {
      ort.env.wasm.wasmBinary = held.wasm;
      ort.env.wasm.wasmPaths = { mjs: URL.createObjectURL(new Blob([held.glue], { type: 'text/javascript' })) };
    } else {
      if (typeof DecompressionStream === 'undefined') throw new Error(TOO_OLD);
      const packed = await fetched(new URL(PACKED, import.meta.url));
      const unpacked = packed.body.pipeThrough(new DecompressionStream('gzip'));
      ort.env.wasm.wasmBinary = await new Response(unpacked).arrayBuffer();
    }
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = 'error';
  })();
  return started;
}

/** A session of the ONNX file at an address, or of its bytes. */
export async function openNetwork(source) {
  const read = typeof source === 'string' ? fetched(source).then((answer) => answer.arrayBuffer()) : source;
  const [content] = await Promise.all([read, start()]);
  try {
    return await ort.InferenceSession.create(new Uint8Array(content), { executionProviders: ['wasm'] });
  } catch (error) {
    console.error(error);
    throw new Error(TOO_OLD);
  }
}

/** Runs a session on one input of floats: {name of an output: {data, dims}}. */
export function run(session, values, dims) {
  return session.run({ [session.inputNames[0]]: new ort.Tensor('float32', values, dims) });
}
