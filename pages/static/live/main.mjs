// The Live page, and the demo to take home: frames of a feed go to the worker, and come back as faces that are shown.
import { Feed } from './feed.mjs';
import { MapPictures, colourScale } from './maps.mjs';
import { Panel } from './panel.mjs';
import { Recording } from './recording.mjs';
import { Smoothing, verdict } from './smoothing.mjs';
import { openDrawing } from './sources.mjs';
import { Speed } from './speed.mjs';
import { Answered } from './working.mjs';

/** Builds the page into its component, or hands it new data when it stands already. */
export function mount({ data, parentElement, setTriggerValue }) {
  const live = parentElement.live ??= new Live(parentElement, data);
  live.send = setTriggerValue;
  live.load(data.files);
}

class Live extends Answered {
  constructor(parent, data) {
    super(parent, data, 'worker.mjs');
    for (const part of this.root.querySelectorAll(data.demo ? '.in-app' : '.in-demo')) part.hidden = true;
    this.smoothing = new Smoothing();
    this.speed = new Speed();
    this.feed = new Feed(this.root, {
      data,
      drawing: () => openDrawing(data.drawn, Number(this.find('.drawn').value)),
      look: (picture, still) => this.#look(picture, still),
      changed: () => this.#changed(),
      paused: (on) => on && this.recording?.halt(),
      left: this.left,
    });
    this.#wire();
    this.feed.draw();
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
    this.run();
  }

  #changed() {
    this.worker?.postMessage({ type: 'reset' });
    this.smoothing = new Smoothing();
    this.recording?.halt();
    this.find('.speed').textContent = '';
  }

  #look(picture, still) {
    if (picture === null) this.stage.show(this.feed.frame, [], this.feed.mirrored);
    else this.worker.postMessage({ type: 'look', picture, still }, [picture.data.buffer]);
  }

  _faces({ faces, times }) {
    if (!this.feed.done()) return;
    this.raw = faces.map((face) => ({ ...face, verdict: verdict(face, this.about) }));
    this.recording.add(this.raw);
    this.#show();
    this.speed.count(times);
    if (this.speed.due && !this.feed.source.still) this.find('.speed').textContent = this.speed.words();
    this.root.dataset.frames = this.speed.total;
  }

  /** Shows the faces of the frame at hand, as the settings say. */
  #show() {
    const seconds = Number(this.find('.smoothing').value);
    const faces = this.smoothing.smoothed(this.raw, seconds).map((face) => {
      const said = verdict(face, this.about);
      return { ...face, verdict: said, map: this.find('.maps').checked ? this.maps.of(face, said.best) : null };
    });
    this.maps.keep(faces);
    this.stage.show(this.feed.frame, faces, this.feed.mirrored);
    this.panel.show(faces, this.feed.mirrored);
  }

  #wire() {
    const { find } = this;
    find('.drawn').onchange = () => this.feed.draw();
    find('.mirror').onchange = find('.maps').onchange = () => this.raw && this.#show();
    find('.smoothing').oninput = () => {
      const seconds = Number(find('.smoothing').value);
      find('.smooth output').textContent = seconds ? `${seconds.toFixed(1)} s` : 'off';
    };
    find('.snapshot').onclick = () => this.#snapshot();
    if (this.data.demo) this.#wirePhotos();
  }

  /** A photo is chosen, or dropped onto the picture. */
  #wirePhotos() {
    const [button, chosen, scene] = ['.photo', '.file', '.scene'].map(this.find);
    button.onclick = () => chosen.click();
    chosen.onchange = () => {
      this.feed.photo(chosen.files[0]);
      chosen.value = '';
    };
    scene.ondragover = (event) => event.preventDefault();
    scene.ondrop = (event) => {
      event.preventDefault();
      this.feed.photo(event.dataTransfer.files[0]);
    };
  }

  /** The one thing that leaves the browser, at the press of a button: the frame that is shown, into the memory of the app. */
  #snapshot() {
    this.send('snapshot', this.feed.frame.toDataURL('image/jpeg', 0.92));
    this.feed.say('The picture is in Photo.');
    setTimeout(() => this.find('.say').textContent === 'The picture is in Photo.' && this.feed.say(''), 4000);
  }
}
