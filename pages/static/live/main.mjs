// The Live page, and the demo to take home: frames go from a source to the worker, one at a time, and come back as faces that are
// shown.
import { MapPictures, colourScale } from './maps.mjs';
import { Panel } from './panel.mjs';
import { Recording } from './recording.mjs';
import { Smoothing, verdict } from './smoothing.mjs';
import { cameras, openCamera, openDrawing, openPhoto } from './sources.mjs';
import { Speed } from './speed.mjs';
import { Stage } from './stage.mjs';

const LONGEST = 640, LONGEST_PHOTO = 1280;
const OLD = 'This browser is too old for this page: use Chrome, Edge or Firefox of 2023 or later, or Safari 16.4.';

/** Builds the page into its component, or hands it new data when it stands already. */
export function mount({ data, parentElement, setTriggerValue }) {
  const live = parentElement.live ??= new Live(parentElement, data);
  live.send = setTriggerValue;
  live.load(data.files);
}

class Live {
  constructor(parent, data) {
    this.data = data;
    this.parent = parent;
    this.root = parent.querySelector('.live');
    this.find = (selector) => this.root.querySelector(selector);
    for (const part of this.root.querySelectorAll(data.demo ? '.in-app' : '.in-demo')) part.hidden = true;
    // A frame is drawn here, looked at, and shown from here with its answers, which so lie where the faces are. There are two, so
    // that the next one is on its way while one is shown: the worker hardly waits.
    this.frames = [0, 1].map(() => document.createElement('canvas'));
    this.frame = this.frames[0];
    this.stage = new Stage(this.find('.stage'));
    this.smoothing = new Smoothing();
    this.speed = new Speed();
    this.busy = this.fresh = this.paused = false;
    this.#wire();
    this.#draw();
  }

  /** Asks another network from now on; the picture goes on. */
  load(files) {
    const given = JSON.stringify(files);
    if (this.given === given) return;
    this.given = given;
    this.worker?.terminate();
    this.about = null;
    this.busy = false;
    this.root.dataset.state = 'loading';
    this.#say('The network is being loaded …');
    this.#startWorker(files);
  }

  /** Lets go of everything: the camera's light goes out. */
  end() {
    this.source?.end();
    this.worker?.terminate();
    this.ended = true;
    delete this.parent.live;
    document.removeEventListener('visibilitychange', this.hidden);
    removeEventListener('pagehide', this.hidden);
  }

  #say(sentence) {
    this.find('.say').textContent = sentence;
  }

  #startWorker(files) {
    try {
      this.worker = this.data.demo?.worker() ?? new Worker(new URL('worker.mjs', import.meta.url), { type: 'module' });
    } catch {
      this.#fail(OLD);
      return;
    }
    this.worker.onerror = () => this.#fail(OLD);
    this.worker.onmessage = ({ data }) => this[`_${data.type}`](data);
    const absolute = (path) => (typeof path === 'string' ? new URL(path, document.baseURI).href : path);
    const whole = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, absolute(file)]));
    this.worker.postMessage({ type: 'load', files: whole });
  }

  _ready({ about }) {
    this.about = about;
    this.maps = new MapPictures(colourScale(about.scale));
    this.find('.faces').replaceChildren();
    this.panel = new Panel(this.find('.faces'), about.classes);
    const names = about.classes.map(({ name }) => name).join();
    // What was counted of other classes cannot go on in the same chart.
    if (this.names !== names) this.recording = new Recording(this.find, about.classes);
    this.names = names;
    this.root.dataset.state = 'running';
    this.#say('');
    this.#next();
  }

  _failed({ sentence }) {
    this.#fail(sentence);
  }

  #fail(sentence) {
    this.root.dataset.state = 'failed';
    this.about = null;
    this.#say(sentence);
  }

  /** Takes another source in the place of the one before. */
  #open(source, name = 'drawing') {
    this.source?.end();
    this.source = source;
    this.root.dataset.source = name;
    this.find('.camera').textContent = name === 'camera' ? 'Stop the camera' : 'Start the camera';
    this.worker?.postMessage({ type: 'reset' });
    this.smoothing = new Smoothing();
    this.recording?.halt();
    this.#pause(false);
    source.onFrame(() => {
      this.fresh = true;
      this.#next();
    });
  }

  /** Sends the newest frame to the worker, unless it is at work: then that waits until it is done. */
  #next() {
    if (!this.root.isConnected) this.end();
    if (this.ended || this.busy || !this.fresh || this.paused) return;
    const { still } = this.source;
    const scale = Math.min(1, (still ? LONGEST_PHOTO : LONGEST) / Math.max(this.source.width, this.source.height));
    const [width, height] = [Math.round(this.source.width * scale), Math.round(this.source.height * scale)];
    const frame = this.frames.find((each) => each !== this.frame);
    if (frame.width !== width || frame.height !== height) Object.assign(frame, { width, height });
    const pixels = frame.getContext('2d', { willReadFrequently: true });
    this.source.draw(pixels, width, height);
    // A photo comes once: it waits for the network.
    this.fresh = Boolean(still) && !this.about;
    if (!this.about) {
      this.frame = frame;
      this.stage.show(frame, [], this.#mirrored());
      return;
    }
    const { data } = pixels.getImageData(0, 0, width, height);
    this.busy = true;
    this.asked = { frame, source: this.source };
    this.worker.postMessage({ type: 'look', picture: { width, height, data }, still }, [data.buffer]);
  }

  _faces({ faces, times }) {
    const { frame, source } = this.asked;
    this.busy = false;
    if (source === this.source && !this.paused) {
      this.frame = frame;
      this.#next();
      this.raw = faces.map((face) => ({ ...face, verdict: verdict(face, this.about) }));
      this.recording.add(this.raw);
      this.#show();
      this.speed.count(times);
      if (this.speed.due && !source.still) this.find('.speed').textContent = this.speed.words();
      this.root.dataset.frames = this.speed.total;
    } else {
      this.#next();
    }
  }

  /** Shows the faces of the frame at hand, as the settings say. */
  #show() {
    const seconds = Number(this.find('.smoothing').value);
    const faces = this.smoothing.smoothed(this.raw, seconds).map((face) => {
      const said = verdict(face, this.about);
      return { ...face, verdict: said, map: this.find('.maps').checked ? this.maps.of(face, said.best) : null };
    });
    this.maps.keep(faces);
    this.stage.show(this.frame, faces, this.#mirrored());
    this.panel.show(faces, this.#mirrored());
  }

  #mirrored() {
    return this.find('.mirror').checked && !this.source?.still;
  }

  #wire() {
    const { find } = this;
    find('.camera').onclick = () => (this.root.dataset.source === 'camera' ? this.#draw() : this.#ask());
    find('.agree').onclick = () => this.#startCamera({ facing: 'user' });
    find('.decline').onclick = () => this.#ask(false);
    find('.notice').onkeydown = (event) => { if (event.key === 'Escape') this.#ask(false); };
    find('.sign').href = this.data.demo?.sign ?? new URL('sign.html', import.meta.url).href;
    find('.other').onclick = () => this.#otherCamera();
    find('.drawn').onchange = () => this.#draw();
    find('.pause').onclick = () => this.#pause(!this.paused);
    find('.mirror').onchange = find('.maps').onchange = () => this.raw && this.#show();
    find('.smoothing').oninput = () => {
      const seconds = Number(find('.smoothing').value);
      find('.smooth output').textContent = seconds ? `${seconds.toFixed(1)} s` : 'off';
    };
    find('.snapshot').onclick = () => this.#snapshot();
    find('.camera').hidden = !this.data.camera;
    if (this.data.demo) this.#wirePhotos();
    this.hidden = () => {
      if ((document.hidden || !this.root.isConnected) && this.root.dataset.source === 'camera') {
        this.#draw();
        this.#say('The camera was turned off when you left this page: start it again.');
      }
    };
    document.addEventListener('visibilitychange', this.hidden);
    addEventListener('pagehide', this.hidden);
  }

  /** A photo is chosen, or dropped onto the picture. */
  #wirePhotos() {
    const [button, chosen, scene] = ['.photo', '.file', '.scene'].map(this.find);
    button.onclick = () => chosen.click();
    chosen.onchange = () => {
      this.#look(chosen.files[0]);
      chosen.value = '';
    };
    scene.ondragover = (event) => event.preventDefault();
    scene.ondrop = (event) => {
      event.preventDefault();
      this.#look(event.dataTransfer.files[0]);
    };
  }

  async #look(file) {
    if (!file) return;
    try {
      this.#open(await openPhoto(file), 'photo');
      this.#say('');
      this.find('.speed').textContent = '';
      this.find('.other').hidden = true;
    } catch (error) {
      this.#say(error.message);
    }
  }

  /** Opens the notice, or closes it and stays with the drawn face. */
  #ask(open = true) {
    this.find('.notice').hidden = !open;
    this.root.toggleAttribute('data-asking', open);
    this.find(open ? '.notice' : '.camera').focus();
  }

  async #startCamera(which) {
    this.#ask(false);
    this.#say('The camera is starting …');
    const lost = () => {
      this.#draw();
      this.#say('The camera has stopped: it was unplugged, or another program took it. Start it again.');
    };
    try {
      const camera = await openCamera({ ...which, lost });
      // Who has gone on to another page meanwhile is not filmed.
      if (this.ended || !this.root.isConnected || document.hidden) return camera.end();
      this.#open(camera, 'camera');
      this.#say('');
      this.find('.other').hidden = (await cameras()).length < 2;
    } catch (error) {
      this.#say(error.message);
    }
  }

  async #otherCamera() {
    const all = await cameras();
    const device = all[(all.indexOf(this.source.device) + 1) % all.length];
    this.source.end();
    await this.#startCamera({ device });
  }

  #draw() {
    this.find('.other').hidden = true;
    this.#say('');
    this.#open(openDrawing(this.data.drawn, Number(this.find('.drawn').value)));
  }

  #pause(on) {
    this.paused = on;
    this.find('.pause').setAttribute('aria-pressed', String(on));
    this.find('.pause').textContent = on ? 'Go on' : 'Pause';
    if (on) this.recording?.halt();
    else this.#next();
  }

  /** The one thing that leaves the browser, at the press of a button: the frame that is shown, into the memory of the app. */
  #snapshot() {
    this.send('snapshot', this.frame.toDataURL('image/jpeg', 0.92));
    this.#say('The picture is in Photo.');
    setTimeout(() => this.find('.say').textContent === 'The picture is in Photo.' && this.#say(''), 4000);
  }
}
