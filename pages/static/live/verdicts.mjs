// What Teach it says of a head: scores on faces recorded apart, a confusion matrix of thumbnails, and what those scores do not show.
import { thumbnail } from './gallery.mjs';
import { nearlySame, sameScene, scores } from './judging.mjs';

/** Fewer faces are marked, as in the app (`fer_core/numbers.py`). */
const FEW = 30;
const MOST_IN_CELL = 12;

function element(tag, text = '', name = '') {
  return Object.assign(document.createElement(tag), { textContent: text, className: name });
}

function percent(share) {
  return `${Math.round(100 * share)}%`;
}

function faces(count) {
  return count === 1 ? '1 face' : `${count} faces`;
}

/** What is to be said of classes (Taught) and answers: a map from each judged face to its class's number. */
export function judgement(classes, answers) {
  const taught = classes.map((one) => one.of('learn')), apart = classes.map((one) => one.of('judge'));
  const everyTaught = taught.flat();
  const checked = apart.map((own) => nearlySame(own, everyTaught));
  const rows = apart.flatMap((own, label) => own.map((face, place) => ({
    face, label, answer: answers.get(face), met: checked[label].met[place], again: checked[label].again[place],
  })));
  const pairs = (kept) => kept.map(({ label, answer }) => [label, answer]);
  const count = (flags) => flags.reduce((sum, flag) => sum + (flag ? 1 : 0), 0);
  return {
    rows,
    // A frame that is nearly another one is no second observation, and one that was learned is no test.
    scores: scores(pairs(rows.filter(({ met, again }) => !met && !again)), classes.length),
    all: scores(pairs(rows), classes.length),
    met: count(rows.map(({ met }) => met)),
    again: count(rows.map(({ met, again }) => again && !met)),
    learned: everyTaught.length,
    learnedAgain: taught.reduce((sum, own) => sum + count(nearlySame(own, []).again), 0),
    missing: classes.filter((one, label) => taught[label].length && !apart[label].length).map(({ name }) => name),
    scenes: classes.filter((one, label) => taught[label].length && apart[label].length && sameScene(taught[label], apart[label]))
      .map(({ name }) => name),
  };
}

/** Draws a judgement into its section; class names are text, whatever they hold. */
export function showJudgement(section, classes, found) {
  section.hidden = false;
  const title = element('h3', 'Judged on faces that were recorded apart');
  if (!found.rows.length) {
    section.replaceChildren(title, element('p', 'What it was taught, it answers well by heart. Turn away, move, or change the light; '
      + 'then hold “Hold to judge” for each class: these faces are never learned from.', 'wide'));
    return;
  }
  section.replaceChildren(title, numbers(classes, found), matrix(classes, found.rows));
}

function numbers(classes, found) {
  const place = element('div', '', 'numbers');
  const { scores: kept } = found;
  if (kept) {
    const small = kept.n < FEW ? ` (under ${FEW} faces: hardly more than a hint)` : '';
    place.append(
      element('div', `${percent(kept.accuracy)} right`, 'big'),
      element('div', `n = ${kept.n}${small}, 95% interval ${kept.interval.map(percent).join(' to ')}. Always saying the most frequent class: `
        + `${percent(kept.baseline)}. Macro F1 ${percent(kept.macroF1)}, ${kept.macroInterval.map(percent).join(' to ')}.`),
    );
  } else {
    place.append(element('div', 'No score', 'big'), element('div', 'Every judged face is nearly one that was learned: '
      + 'record again after you have moved, or with another person.'));
  }
  const warnings = [];
  if (found.scenes.length) {
    warnings.push(`These two bursts are the same scene: ${found.scenes.join(', ')}. The score says how well it knows this scene, and `
      + 'not how it does with other light, rooms or people.');
  }
  if (found.missing.length) warnings.push(`Nothing judges ${found.missing.join(', ')}: hold “Hold to judge” there, too.`);
  const notes = [
    `${faces(found.again)} of ${found.rows.length} judged are nearly another one of their burst, and count once.`,
    `${faces(found.met)} judged are nearly one that was learned, and do not count.`,
    `${faces(found.learnedAgain)} of ${found.learned} learned are nearly another one: ${found.learned - found.learnedAgain} differ.`,
  ];
  if (found.all && kept && found.all.n !== kept.n) notes.push(`With all of them it would be ${percent(found.all.accuracy)} of ${found.all.n}.`);
  const list = element('ul');
  list.append(...notes.map((text) => element('li', text)));
  place.append(...warnings.map((text) => element('p', text, 'warn')), list);
  return place;
}

function matrix(classes, rows) {
  const table = element('table', '', 'matrix');
  table.setAttribute('aria-label', 'Confusion matrix: rows are classes shown, columns are answers');
  const head = element('tr');
  head.append(element('th', 'Shown ↓ answered →'), ...classes.map(({ name }) => element('th', name)));
  table.append(head);
  classes.forEach(({ name }, label) => {
    const line = element('tr');
    line.append(element('th', name));
    classes.forEach((_, answer) => {
      const here = rows.filter((row) => row.label === label && row.answer === answer);
      const cell = element('td', '', label === answer ? 'right' : '');
      const pictures = element('div', '', 'cell');
      pictures.append(...here.slice(0, MOST_IN_CELL).map(({ face }) => thumbnail(face.crop, `${face.second.toFixed(1)} s`)));
      cell.append(element('b', String(here.length)), pictures);
      line.append(cell);
    });
    table.append(line);
  });
  return table;
}
