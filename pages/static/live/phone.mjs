// A photo on a student's phone, answered there: what the camera or the album hands over is drawn, looked at by the worker of the
// Live page, and shown. Nothing of it is sent; it needs no HTTPS, as the picture comes from a file field.
import { colourScale, MapPictures } from './maps.mjs';
import { verdict } from './smoothing.mjs';
import { openPhoto } from './sources.mjs';
import { OLD, openWorker } from './working.mjs';

const LONGEST = 640, SIDE = 240;
const field = document.querySelector('#photo'), line = document.querySelector('#line'), faces = document.querySelector('#faces');
const say = (sentence) => { line.textContent = sentence; };
let about, maps, worker, frame;

function heard(message) {
  if (message.type === 'ready') {
    ({ about } = message);
    maps = new MapPictures(colourScale(about.scale));
    field.disabled = false;
    say('');
  } else if (message.type === 'failed') {
    say(message.sentence);
  } else if (message.type === 'faces') {
    say(message.faces.length ? '' : 'No face is found: come nearer, turn to the camera, or put on more light.');
    faces.replaceChildren(...message.faces.map(card));
  }
}

/** A face as it stands in the photo, with the evidence for the answer over it, and its probabilities. */
function card(face) {
  const said = verdict(face, about);
  const canvas = Object.assign(document.createElement('canvas'), { width: SIDE, height: SIDE });
  const [a, b, x, c, d, y] = face.matrix, context = canvas.getContext('2d');
  context.scale(SIDE / 48, SIDE / 48);
  context.save();
  context.transform(a, c, b, d, x, y);
  context.drawImage(frame, 0, 0);
  context.restore();
  context.drawImage(maps.of(face, said.best), 0, 0, 48, 48);
  const percent = (value) => `${Math.round(100 * value)}%`;
  const rows = about.classes.map(({ shown }, place) => ({ words: shown, share: face.probabilities[place] }));
  const list = document.createElement('ul');
  list.append(...rows.sort((one, other) => other.share - one.share).map(({ words, share }) => {
    const row = document.createElement('li');
    row.textContent = `${words} ${percent(share)}`;
    row.style.setProperty('--share', percent(share));
    return row;
  }));
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', `The face: ${rows[0].words} ${percent(rows[0].share)}; bright is what spoke for it`);
  const whole = document.createElement('section');
  whole.append(canvas, list);
  return whole;
}

field.onchange = async () => {
  const [file] = field.files;
  if (!file) return;
  try {
    const photo = await openPhoto(file), scale = Math.min(1, LONGEST / Math.max(photo.width, photo.height));
    const [width, height] = [Math.round(photo.width * scale), Math.round(photo.height * scale)];
    frame = Object.assign(document.createElement('canvas'), { width, height });
    const context = frame.getContext('2d', { willReadFrequently: true });
    photo.draw(context, width, height);
    photo.end();
    const { data } = context.getImageData(0, 0, width, height);
    say('Looking for faces …');
    worker.postMessage({ type: 'reset' });
    worker.postMessage({ type: 'look', picture: { width, height, data } }, [data.buffer]);
  } catch (error) {
    say(error.message);
  }
};
document.querySelector('#forget').onclick = () => {
  field.value = '';
  frame = null;
  faces.replaceChildren();
  say('');
};
say('The network is being loaded, once: about 8 MB …');
try {
  const files = JSON.parse(document.querySelector('#files').textContent);
  worker = openWorker({}, 'worker.mjs', { files, heard, failed: say });
} catch {
  say(OLD);
}
