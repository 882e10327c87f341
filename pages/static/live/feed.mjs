// What Live, Teach it and the demo share before a face is looked at: the source, the notice before the camera, and frames, which
// are handed on one at a time, the newest first.
import { cameras, openCamera, openPhoto } from './sources.mjs';

const LONGEST = 640, LONGEST_PHOTO = 1280;

/** Frames of a page. `drawing()` opens its drawn faces, `look(picture, still)` is handed a frame's pixels and `done()` is called
 * when that was answered; `changed()` hears of another source, `paused(on)` of a pause, and `left()` of the end. */
export class Feed {
  constructor(root, { data, drawing, look, changed, paused = () => {}, left = () => {} }) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.data = data;
    this.calls = { drawing, look, changed, paused, left };
    // A frame is drawn here, looked at, and shown from here with its answers, which so lie where the faces are. There are two, so
    // that the next one is on its way while one is shown: the worker hardly waits.
    this.frames = [0, 1].map(() => document.createElement('canvas'));
    this.frame = this.frames[0];
    this.ready = this.busy = this.fresh = this.isPaused = false;
    this.#wire();
  }

  say(sentence) {
    this.find('.say').textContent = sentence;
  }

  get mirrored() {
    return this.find('.mirror').checked && !this.source?.still;
  }

  /** Lets go of everything: the camera's light goes out. */
  end() {
    this.source?.end();
    this.ended = true;
    document.removeEventListener('visibilitychange', this.hidden);
    removeEventListener('pagehide', this.hidden);
    this.calls.left();
  }

  /** Hands frames on from now on, or, as long as nobody can answer them, only shows them. */
  answered(ready) {
    this.ready = ready;
    this.busy = false;
    if (ready) this.next();
  }

  /** The frame that was handed on is answered: whether it is still of the source that is shown. */
  done() {
    const { frame, source } = this.asked;
    this.busy = false;
    const isShown = source === this.source && !this.isPaused;
    if (isShown) this.frame = frame;
    this.next();
    return isShown;
  }

  /** Hands on the newest frame, unless one is being looked at: then that waits until it is done. */
  next() {
    if (!this.root.isConnected && !this.ended) this.end();
    if (this.ended || this.busy || !this.fresh || this.isPaused) return;
    const { still } = this.source;
    const scale = Math.min(1, (still ? LONGEST_PHOTO : LONGEST) / Math.max(this.source.width, this.source.height));
    const [width, height] = [Math.round(this.source.width * scale), Math.round(this.source.height * scale)];
    const frame = this.frames.find((each) => each !== this.frame);
    if (frame.width !== width || frame.height !== height) Object.assign(frame, { width, height });
    const pixels = frame.getContext('2d', { willReadFrequently: true });
    this.source.draw(pixels, width, height);
    // A photo comes once: it waits until it can be answered.
    this.fresh = Boolean(still) && !this.ready;
    if (!this.ready) {
      this.frame = frame;
      this.calls.look(null);
      return;
    }
    this.busy = true;
    this.asked = { frame, source: this.source };
    this.calls.look({ width, height, data: pixels.getImageData(0, 0, width, height).data }, still);
  }

  /** Opens the drawn faces anew. */
  draw() {
    this.find('.other').hidden = true;
    this.say('');
    this.#open(this.calls.drawing(), 'drawing');
  }

  async photo(file) {
    if (!file) return;
    try {
      this.#open(await openPhoto(file), 'photo');
      this.find('.other').hidden = true;
      this.say('');
    } catch (error) {
      this.say(error.message);
    }
  }

  pause(on) {
    this.isPaused = on;
    const button = this.find('.pause');
    if (button) {
      button.setAttribute('aria-pressed', String(on));
      button.textContent = on ? 'Go on' : 'Pause';
    }
    this.calls.paused(on);
    if (!on) this.next();
  }

  /** Takes another source in the place of the one before. */
  #open(source, name) {
    this.source?.end();
    this.source = source;
    this.root.dataset.source = name;
    this.find('.camera').textContent = name === 'camera' ? 'Stop the camera' : 'Start the camera';
    this.calls.changed(name);
    this.pause(false);
    source.onFrame(() => {
      this.fresh = true;
      this.next();
    });
  }

  #wire() {
    const { find } = this;
    find('.camera').onclick = () => (this.root.dataset.source === 'camera' ? this.draw() : this.#ask());
    find('.agree').onclick = () => this.#startCamera({ facing: 'user' });
    find('.decline').onclick = () => this.#ask(false);
    find('.notice').onkeydown = (event) => { if (event.key === 'Escape') this.#ask(false); };
    find('.sign').href = this.data.demo?.sign ?? new URL('sign.html', import.meta.url).href;
    find('.other').onclick = () => this.#otherCamera();
    if (find('.pause')) find('.pause').onclick = () => this.pause(!this.isPaused);
    find('.camera').hidden = !this.data.camera;
    this.hidden = () => {
      if ((document.hidden || !this.root.isConnected) && this.root.dataset.source === 'camera') {
        this.draw();
        this.say('The camera was turned off when you left this page: start it again.');
      }
    };
    document.addEventListener('visibilitychange', this.hidden);
    addEventListener('pagehide', this.hidden);
  }

  /** Opens the notice, or closes it and stays with the drawn face. */
  #ask(open = true) {
    this.find('.notice').hidden = !open;
    this.root.toggleAttribute('data-asking', open);
    this.find(open ? '.notice' : '.camera').focus();
  }

  async #startCamera(which) {
    this.#ask(false);
    this.say('The camera is starting …');
    const lost = () => {
      this.draw();
      this.say('The camera has stopped: it was unplugged, or another program took it. Start it again.');
    };
    try {
      const camera = await openCamera({ ...which, lost });
      // Who has gone on to another page meanwhile is not filmed.
      if (this.ended || !this.root.isConnected || document.hidden) return camera.end();
      this.#open(camera, 'camera');
      this.say('');
      this.find('.other').hidden = (await cameras()).length < 2;
    } catch (error) {
      this.say(error.message);
    }
  }

  async #otherCamera() {
    const all = await cameras();
    const device = all[(all.indexOf(this.source.device) + 1) % all.length];
    this.source.end();
    await this.#startCamera({ device });
  }
}
