// The timeline's part of the page: its switch, its chart, and what can be done with it.
import { drawTimeline } from './chart.mjs';
import { Timeline } from './timeline.mjs';

export class Recording {
  constructor(find, classes) {
    this.find = find;
    this.timeline = new Timeline(classes);
    find('.record').onchange = () => this.#turn(find('.record').checked);
    find('.set').onclick = () => this.#mark();
    find('.mark').onkeydown = (event) => { if (event.key === 'Enter') this.#mark(); };
    find('.csv').onclick = () => save(new Blob([this.timeline.csv()], { type: 'text/csv' }), 'timeline.csv');
    find('.png').onclick = () => find('.chart').toBlob((picture) => save(picture, 'timeline.png'), 'image/png');
    find('.delete').onclick = () => {
      this.timeline.clear();
      this.#draw();
    };
    this.#turn(this.on);
  }

  get on() {
    return this.find('.record').checked;
  }

  add(faces) {
    if (this.on && this.timeline.add(faces)) this.#draw();
  }

  /** The clock stands still while no frames are looked at. */
  halt() {
    this.timeline.halt();
  }

  #turn(on) {
    this.find('.timeline').hidden = !on;
    if (!on) this.halt();
    this.#draw();
  }

  #mark() {
    this.timeline.mark(this.find('.mark').value);
    this.find('.mark').value = '';
    this.#draw();
  }

  #draw() {
    const { find, timeline } = this;
    const style = getComputedStyle(find('.timeline'));
    const paper = style.getPropertyValue('--st-background-color').trim() || '#fff';
    drawTimeline(find('.chart'), timeline, { ink: style.color, paper });
    const empty = !timeline.rows.length;
    for (const name of ['.csv', '.png', '.delete', '.set']) find(name).disabled = empty;
    const words = empty ? 'nothing yet' : `${timeline.rows.length} seconds, ${timeline.marks.length} marks`;
    find('.chart').setAttribute('aria-label', `Mean probability of each expression over time: ${words}`);
  }
}

function save(blob, name) {
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
