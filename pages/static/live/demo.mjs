// The demo to take home: the Live page in one file, which holds everything as text and asks nothing of any address.
import { mount } from './main.mjs';
import { OLD } from './working.mjs';

/** Text of an element that holds data; it is taken out of the page, so that it is not there twice. */
function taken(id) {
  const element = document.getElementById(id);
  element.remove();
  return element.textContent;
}

/** Bytes of an element that holds them packed, in base64. */
async function unpacked(id) {
  const text = atob(taken(id)), bytes = new Uint8Array(text.length);
  for (let place = 0; place < bytes.length; place++) bytes[place] = text.charCodeAt(place);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
}

function address(text, type) {
  return URL.createObjectURL(new Blob([text], { type }));
}

async function begin(parent) {
  const { about, ...told } = JSON.parse(taken('told'));
  const [network, detector, wasm, glue] = await Promise.all(['network', 'detector', 'wasm', 'glue'].map(unpacked));
  const script = address(taken('worker'), 'text/javascript');
  const demo = { worker: () => new Worker(script), sign: address(taken('sign'), 'text/html') };
  const files = { about, network, detector, runtime: { wasm, glue } };
  mount({ data: { ...told, demo, files }, parentElement: parent, setTriggerValue() {} });
}

const page = document.getElementById('page');
begin(page).catch((error) => {
  console.error(error);
  page.querySelector('.say').textContent = OLD;
});
