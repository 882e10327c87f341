// Beside the picture: for each face what the network gets, what it answers, and where it looked.
import { SIDE } from './alignment.mjs';

const MOST = 4;

function element(tag, name, text = '') {
  return Object.assign(document.createElement(tag), { className: name, textContent: text });
}

function percent(share) {
  return `${Math.round(100 * share)}%`;
}

export class Panel {
  constructor(place, classes) {
    this.place = place;
    this.classes = classes;
    this.cards = new Map();
  }

  /** Shows the faces of a frame; those beyond the fourth are counted. */
  show(faces, mirror) {
    const shown = [...faces].sort((one, other) => one.number - other.number).slice(0, MOST);
    for (const [number, card] of this.cards) {
      if (!shown.some((face) => face.number === number)) {
        card.root.remove();
        this.cards.delete(number);
      }
    }
    for (const face of shown) this.#fill(this.cards.get(face.number) ?? this.#card(face.number), face, mirror);
    this.place.classList.toggle('many', shown.length > 1);
    this.place.dataset.empty = String(!shown.length);
    this.place.dataset.more = faces.length > MOST ? `and ${faces.length - MOST} more` : '';
  }

  #card(number) {
    const root = element('article', 'card');
    const crop = Object.assign(element('canvas', 'crop'), { width: SIDE, height: SIDE });
    crop.title = 'What the network gets: 48 x 48 grey pixels';
    const says = element('div', 'says'), bars = element('div', 'bars');
    const rows = this.classes.map(({ shown, colour }) => {
      const [row, track] = [element('div', 'bar'), element('span', 'track')];
      const [fill, value] = [element('span', 'fill'), element('span', 'value')];
      fill.style.background = colour;
      track.append(fill);
      row.append(element('span', 'name', shown), track, value);
      return { fill, value, row };
    });
    bars.append(...rows.map(({ row }) => row));
    const head = element('div', 'head'), words = element('div', 'words');
    words.append(element('div', 'number', `Face ${number}`), says);
    head.append(crop, words);
    root.append(head, bars);
    this.place.append(root);
    const card = { root, crop, says, rows };
    this.cards.set(number, card);
    return card;
  }

  #fill(card, face, mirror) {
    const { shown, share, sure } = face.verdict;
    const words = sure ? `${shown}, ${percent(share)}` : `Not sure: perhaps ${shown}, ${percent(share)}`;
    if (card.says.textContent !== words) card.says.textContent = words;
    card.root.classList.toggle('unsure', !sure);
    card.rows.forEach(({ fill, value }, place) => {
      fill.style.transform = `scaleX(${face.probabilities[place].toFixed(3)})`;
      value.textContent = percent(face.probabilities[place]);
    });
    const context = card.crop.getContext('2d');
    const picture = context.createImageData(SIDE, SIDE);
    face.crop.forEach((value, place) => {
      for (let part = 0; part < 3; part++) picture.data[4 * place + part] = value;
      picture.data[4 * place + 3] = 255;
    });
    context.putImageData(picture, 0, 0);
    if (face.map) context.drawImage(face.map, 0, 0);
    card.crop.classList.toggle('mirror', mirror);
  }
}
