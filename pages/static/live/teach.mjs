// Teach it: faces that are held in the page become classes, a head on the frozen network learns them, and is judged on faces that
// were recorded apart. Nothing leaves the page before its owner has said so.
import { Feed } from './feed.mjs';
import { Taught } from './gallery.mjs';
import { scene, signature } from './judging.mjs';
import { MapPictures, colourScale } from './maps.mjs';
import { openDrawing } from './sources.mjs';
import { judgement, showJudgement } from './verdicts.mjs';
import { Answered } from './working.mjs';

/** Milliseconds from one kept face to the next: thirty take about four seconds. */
const EVERY = 130;
const FIRST = ['Class 1', 'Class 2'];

/** Builds the page into its component, or hands it new data when it stands already. */
export function mount({ data, parentElement, setTriggerValue }) {
  const teach = parentElement.live ??= new Teach(parentElement, data);
  teach.send = setTriggerValue;
  teach.load(data.files);
}

class Teach extends Answered {
  constructor(parent, data) {
    super(parent, data, 'teach-worker.mjs');
    this.classes = [];
    this.begun = performance.now();
    this.turn = this.frames = 0;
    this.isLearned = false;
    this.#fillDrawn();
    for (const name of FIRST) this.#add(name);
    this.feed = new Feed(this.root, {
      data,
      drawing: () => openDrawing(data.drawn, 1, this.#drawn()),
      look: (picture) => this.#look(picture),
      changed: () => this.worker?.postMessage({ type: 'reset' }),
      left: this.left,
    });
    this.#wire();
    this.feed.draw();
  }

  /** What was taught is learned anew with other features. */
  begin() {
    this.isLearned = false;
    for (const one of this.classes) for (const face of one.faces) face.features = null;
  }

  _ready({ about }) {
    this.maps = new MapPictures(colourScale(about.scale));
    this.run();
    this.#learn();
  }

  #look(picture) {
    if (picture === null) {
      this.stage.show(this.feed.frame, [], this.feed.mirrored);
      return;
    }
    this.worker.postMessage({ type: 'look', picture }, [picture.data.buffer]);
  }

  _faces({ faces }) {
    if (!this.feed.done()) return;
    // One face is taught at a time: the largest.
    const face = faces.reduce((most, one) => (most && most.box[2] >= one.box[2] ? most : one), null);
    if (face && this.held && performance.now() - this.heldAt >= EVERY) this.#hold(face);
    this.#show(face);
    this.root.dataset.frames = ++this.frames;
  }

  #hold(face) {
    const { one, part } = this.held;
    if (one.of(part).length >= one.most) return;
    this.heldAt = performance.now();
    const { frame } = this.feed;
    const pixels = frame.getContext('2d').getImageData(0, 0, frame.width, frame.height);
    one.add({
      part,
      crop: face.crop,
      features: face.features,
      signature: signature(face.crop),
      scene: scene(pixels, face.box),
      second: (performance.now() - this.begun) / 1000,
      drawn: this.root.dataset.source === 'drawing',
    });
  }

  #show(face) {
    const said = this.isLearned && face?.probabilities?.length === this.classes.length ? face.probabilities : null;
    this.classes.forEach((one, label) => one.answer(said ? said[label] : null));
    if (!face) {
      this.stage.show(this.feed.frame, [], this.feed.mirrored);
      return;
    }
    const best = said ? said.indexOf(Math.max(...said)) : -1;
    const verdict = said
      ? { shown: this.classes[best].name, share: said[best], sure: true, colour: this.classes[best].colour }
      : { shown: 'Face', share: face.score, sure: true, colour: '#3585C0' };
    const map = said && this.find('.maps').checked ? this.maps.of(face, best) : null;
    this.maps.keep([face]);
    this.stage.show(this.feed.frame, [{ ...face, number: '', verdict, map }], this.feed.mirrored);
  }

  /** Learns anew from all that is held, when there is enough; answers come when it is done. */
  #learn() {
    const { least } = this.data.limits;
    const short = this.classes.filter((one) => one.of('learn').length < least);
    const number = this.classes.reduce((sum, one) => sum + one.faces.length, 0);
    this.find('.forget').disabled = !number;
    this.turn += 1;
    if (this.root.dataset.state !== 'running') return;
    if (short.length) {
      this.isLearned = false;
      this.find('.judged').hidden = this.find('.keep').hidden = true;
      this.find('.told').textContent = `Show the face for ${short.map(({ name }) => name).join(', ')} and hold “Hold to teach” for four `
        + `seconds: at least ${least} faces each.`;
      this.worker.postMessage({ type: 'forget' });
      return;
    }
    const faces = this.#faces();
    this.find('.told').textContent = 'Learning …';
    this.worker.postMessage({
      type: 'learn',
      turn: this.turn,
      count: this.classes.length,
      faces: faces.map(({ face, label }) => ({ label, part: face.part, crop: face.crop, features: face.features })),
    });
    this.asked = faces;
  }

  #faces() {
    return this.classes.flatMap((one, label) => one.faces.map((face) => ({ face, label })));
  }

  _learned({ turn, answers, features, seconds }) {
    // What was taught since is being learned already.
    if (turn !== this.turn) return;
    this.asked.forEach(({ face }, place) => { face.features = features[place]; });
    const apart = this.asked.filter(({ face }) => face.part === 'judge').map(({ face }) => face);
    this.isLearned = true;
    const taught = this.asked.length - apart.length;
    this.find('.told').textContent = `Learned from ${taught} faces of ${this.classes.length} classes in ${seconds.toFixed(1)} s. `
      + 'Try it: the bars answer.';
    const found = judgement(this.classes, new Map(apart.map((face, place) => [face, answers[place]])));
    showJudgement(this.find('.judged'), this.classes, found);
    this.find('.keep').hidden = !this.data.mayKeep;
    this.find('.keep .count').textContent = String(this.asked.length);
    this.root.dataset.learned = String(turn);
  }

  #add(name) {
    const { most } = this.data.limits;
    const one = new Taught(name, '', most, {
      held: (part, on) => {
        this.held = on ? { one, part } : null;
        this.heldAt = 0;
        if (!on) this.#learn();
      },
      changed: () => {
        this.#paint();
        this.#learn();
      },
      dropped: () => {
        this.classes = this.classes.filter((other) => other !== one);
        one.root.remove();
        this.#paint();
        this.#learn();
      },
    });
    this.classes.push(one);
    this.find('.classes').append(one.root);
    this.#paint();
  }

  /** An expression has its colour, as on every page; other classes take what is left, in order. */
  #paint() {
    const { named, others } = this.data.colours;
    this.classes.forEach((one, label) => one.paint(named[one.name.toLowerCase()] ?? others[label % others.length]));
    this.find('.add').disabled = this.classes.length >= this.data.limits.classes;
    for (const one of this.classes) one.find('.drop').disabled = this.classes.length <= 2;
  }

  #fillDrawn() {
    const { people, expressions } = this.data.drawn;
    const option = (value, text) => Object.assign(document.createElement('option'), { value, textContent: text });
    this.find('.person').append(...people.map((_, place) => option(place, `Person ${place + 1}`)));
    this.find('.pose').append(...expressions.map(({ shown }, place) => option(place, shown)));
  }

  #drawn() {
    const { expressions } = this.data.drawn;
    return { person: Number(this.find('.person').value), poses: expressions[Number(this.find('.pose').value)].poses };
  }

  #wire() {
    const { find } = this;
    find('.person').onchange = find('.pose').onchange = () => this.feed.draw();
    find('.add').onclick = () => {
      this.#add(`Class ${this.classes.length + 1}`);
      this.#learn();
    };
    find('.forget').onclick = () => {
      for (const one of this.classes) {
        one.faces = [];
        one.draw();
      }
      this.#learn();
    };
    const ready = () => { find('.store').disabled = !find('.consent').checked || !find('.name').value.trim(); };
    find('.consent').onchange = find('.name').oninput = ready;
    find('.store').onclick = () => this.#keep();
    this.#learn();
  }

  /** The one thing that leaves the page, at the press of a button and with consent: the crops that are held, into a data set. */
  #keep() {
    const faces = this.#faces();
    const text = (crop) => btoa(String.fromCharCode(...crop));
    this.send('kept', {
      consent: this.find('.consent').checked,
      name: this.find('.name').value,
      drawn: faces.every(({ face }) => face.drawn),
      classes: this.classes.map(({ name }) => name),
      faces: faces.map(({ face, label }) => [label, face.part, Math.round(100 * face.second) / 100, text(face.crop)]),
    });
    this.find('.consent').checked = false;
    this.find('.store').disabled = true;
    this.find('.told').textContent = 'The faces are on their way: below the page says what became of them.';
  }
}
