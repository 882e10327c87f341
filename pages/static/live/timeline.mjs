// A session's timeline: one aggregate a second of what was answered, with marks that the viewer sets. It lives in the page
// alone, holds no picture, no name and no number of a face, and is gone with the page unless it was saved.

/** What comes after so many seconds is not taken in. */
const MOST_SECONDS = 2 * 60 * 60;

export class Timeline {
  constructor(classes) {
    this.classes = classes;
    this.clear();
  }

  clear() {
    this.rows = [];
    this.marks = [];
    this.start = null;
    this.open = null;
  }

  get full() {
    return this.rows.length >= MOST_SECONDS;
  }

  /** Seconds since the first frame, or the last whole one when nothing is going on. */
  get now() {
    return this.rows.length + (this.open ? 1 : 0);
  }

  /** Takes in the raw answers of a frame: [{probabilities, verdict: {sure}}]; returns true when a second is complete. */
  add(faces, now = performance.now()) {
    if (this.full) return false;
    this.start ??= now - 1000 * this.rows.length;
    const second = Math.floor((now - this.start) / 1000);
    const complete = this.open !== null && second > this.open.second;
    if (complete) this.#close(second);
    this.open ??= { second, frames: 0, faces: 0, unsure: 0, sums: this.classes.map(() => 0) };
    this.open.frames += 1;
    for (const face of faces) {
      this.open.faces += 1;
      this.open.unsure += face.verdict.sure ? 0 : 1;
      face.probabilities.forEach((value, place) => { this.open.sums[place] += value; });
    }
    return complete;
  }

  /** Stops the clock: what follows begins with a new second, and a pause takes no time. */
  halt() {
    if (this.open) this.#close(this.open.second + 1);
    this.start = null;
  }

  #close(second) {
    const { frames, faces, unsure, sums } = this.open;
    this.rows.push({
      faces: faces / frames,
      unsure: faces ? unsure / faces : null,
      means: faces ? sums.map((sum) => sum / faces) : null,
    });
    // Seconds in which no frame came, as when the machine was busy, stay empty.
    while (this.rows.length < second && !this.full) this.rows.push({ faces: 0, unsure: null, means: null });
    this.open = null;
  }

  mark(text) {
    this.marks.push({ second: this.now, text: text.trim().slice(0, 60) || `Mark ${this.marks.length + 1}` });
  }

  /** All seconds as CSV: second, mean number of faces, share not sure, mean probabilities, and marks. */
  csv() {
    const head = ['second', 'faces', 'share_not_sure', ...this.classes.map(({ name }) => `p_${name}`), 'mark'];
    const number = (value, digits) => (value === null ? '' : value.toFixed(digits));
    const lines = this.rows.map(({ faces, unsure, means }, second) => [
      second,
      number(faces, 2),
      number(unsure, 4),
      ...this.classes.map((_, place) => number(means && means[place], 4)),
      this.marks.filter((mark) => mark.second === second).map((mark) => mark.text).join('; '),
    ]);
    return [head, ...lines].map((line) => line.map(cell).join(',')).join('\r\n') + '\r\n';
  }
}

/** A cell that no spreadsheet takes for a formula. */
function cell(value) {
  const text = String(value), safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
