// The classes of Teach it: names, faces that are held, buttons to hold, and what is answered now.
import { SIDE } from './alignment.mjs';

/** The newest faces of each part that are shown. */
const SHOWN = 7;

/** A picture of a 48x48 crop. */
export function thumbnail(crop, title = '') {
  const canvas = Object.assign(document.createElement('canvas'), { width: SIDE, height: SIDE, className: 'thumb', title });
  const context = canvas.getContext('2d');
  const picture = context.createImageData(SIDE, SIDE);
  crop.forEach((value, place) => {
    picture.data.fill(value, 4 * place, 4 * place + 3);
    picture.data[4 * place + 3] = 255;
  });
  context.putImageData(picture, 0, 0);
  return canvas;
}

/** One class: its name, its faces {crop, signature, scene, second, features, part}, and its row of the page. */
export class Taught {
  /** `most` is how many faces are kept of each part; `calls` has held(part, on), changed() and dropped(). */
  constructor(name, colour, most, calls) {
    Object.assign(this, { name, colour, most, faces: [] });
    this.root = Object.assign(document.createElement('div'), { className: 'class' });
    this.root.setAttribute('role', 'listitem');
    this.root.innerHTML = `<input class="named" maxlength="40" aria-label="Name of the class">
      <button type="button" class="hold learn" data-part="learn"></button>
      <button type="button" class="hold judge" data-part="judge"></button>
      <button type="button" class="drop" aria-label="Remove this class" title="Remove this class">✕</button>
      <div class="bar"><span class="track"><span class="fill"></span></span><span class="value"></span></div>
      <div class="strip" aria-hidden="true"></div>`;
    this.find = (selector) => this.root.querySelector(selector);
    const named = this.find('.named');
    named.value = name;
    named.onchange = () => {
      named.value = this.name = named.value.trim() || this.name;
      this.draw();
      calls.changed();
    };
    this.find('.drop').onclick = () => calls.dropped();
    for (const button of this.root.querySelectorAll('.hold')) this.#wire(button, calls);
    this.paint(colour);
    this.draw();
  }

  paint(colour) {
    this.colour = colour;
    this.root.style.setProperty('--tone', colour);
  }

  of(part) {
    return this.faces.filter((face) => face.part === part);
  }

  add(face) {
    this.faces.push(face);
    this.draw();
    return this.of(face.part).length < this.most;
  }

  draw() {
    for (const button of this.root.querySelectorAll('.hold')) {
      const { part } = button.dataset;
      const what = part === 'learn' ? 'Hold to teach' : 'Hold to judge';
      button.textContent = `${what} ${this.of(part).length}/${this.most}`;
      button.setAttribute('aria-label', `${what} ${this.name}: ${this.of(part).length} of ${this.most} faces`);
    }
    const newest = ['learn', 'judge'].flatMap((part) => this.of(part).slice(-SHOWN));
    const shown = newest.map((face) => {
      const picture = thumbnail(face.crop);
      picture.classList.toggle('apart', face.part === 'judge');
      return picture;
    });
    this.find('.strip').replaceChildren(...shown);
  }

  /** Shows how probable the class is now; null where nothing was learned. */
  answer(share) {
    this.find('.fill').style.transform = `scaleX(${(share ?? 0).toFixed(3)})`;
    this.find('.value').textContent = share === null ? '' : `${Math.round(100 * share)}%`;
  }

  /** A button counts as held from the press of pointer, space or enter to its end, wherever that happens. */
  #wire(button, calls) {
    const { part } = button.dataset;
    const turn = (on) => {
      if (button.classList.contains('holding') === on) return;
      button.classList.toggle('holding', on);
      calls.held(part, on);
    };
    button.onpointerdown = (event) => {
      button.setPointerCapture(event.pointerId);
      turn(true);
    };
    button.onpointerup = button.onpointercancel = button.onblur = () => turn(false);
    button.oncontextmenu = (event) => event.preventDefault();
    const isPress = ({ key }) => key === ' ' || key === 'Enter';
    button.onkeydown = (event) => {
      if (!isPress(event)) return;
      event.preventDefault();
      turn(true);
    };
    button.onkeyup = (event) => isPress(event) && turn(false);
  }
}
