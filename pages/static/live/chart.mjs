// The timeline as a picture: bands of mean probabilities, one a class, and below them how much of it was not sure.

const [LEFT, RIGHT, TOP, BOTTOM, UNSURE] = [44, 12, 26, 62, 16];

/** Draws a timeline into a canvas; its colours are those of the page. */
export function drawTimeline(canvas, timeline, { ink, paper }) {
  const context = canvas.getContext('2d');
  const { width, height } = canvas;
  const [across, down] = [width - LEFT - RIGHT, height - TOP - BOTTOM];
  const seconds = Math.max(timeline.rows.length, 30);
  const x = (second) => LEFT + across * second / seconds, y = (share) => TOP + down * (1 - share);
  context.fillStyle = paper;
  context.fillRect(0, 0, width, height);
  bands(context, timeline, x, y);
  notSure(context, timeline, x, TOP + down + 4, ink);
  context.font = '14px "Source Sans", sans-serif';
  axes(context, { seconds, x, y, ink, foot: TOP + down + UNSURE + 4 });
  marks(context, timeline, x, { ink, paper, foot: TOP + down, right: width - RIGHT });
  legend(context, timeline.classes, { ink, top: height - 14, width });
}

/** A second without a face leaves a gap. */
function bands(context, { rows, classes }, x, y) {
  rows.forEach(({ means }, second) => {
    if (!means) return;
    let below = 0;
    means.forEach((share, place) => {
      context.fillStyle = classes[place].colour;
      // Whole pixels, so that no light shines through between seconds.
      const left = Math.floor(x(second));
      context.fillRect(left, y(below + share), Math.max(Math.floor(x(second + 1)) - left, 1), y(below) - y(below + share));
      below += share;
    });
  });
}

function notSure(context, { rows }, x, top, ink) {
  context.fillStyle = ink;
  rows.forEach(({ unsure }, second) => {
    if (unsure) {
      const high = (UNSURE - 6) * unsure;
      context.fillRect(x(second), top + UNSURE - 6 - high, Math.max(x(second + 1) - x(second), 1), high);
    }
  });
}

function axes(context, { seconds, x, y, ink, foot }) {
  context.fillStyle = ink;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const share of [0, 0.5, 1]) context.fillText(`${100 * share}%`, LEFT - 6, y(share));
  context.textBaseline = 'top';
  context.textAlign = 'center';
  const step = [5, 10, 30, 60, 300, 600, 1200].find((length) => seconds / length <= 8) ?? 1800;
  for (let second = 0; second <= seconds; second += step) {
    const label = step < 60 ? `${second} s` : `${second / 60} min`;
    context.fillText(label, Math.max(x(second), LEFT + 8), foot);
  }
}

function marks(context, { marks: set }, x, { ink, paper, foot, right }) {
  context.textBaseline = 'top';
  for (const { second, text } of set) {
    context.fillStyle = paper;
    context.fillRect(x(second) - 2, TOP, 4, foot - TOP);
    context.fillStyle = ink;
    context.fillRect(x(second) - 1, 4, 2, foot - 4);
    const late = x(second) + context.measureText(text).width + 8 > right;
    context.textAlign = late ? 'right' : 'left';
    context.fillText(text, x(second) + (late ? -5 : 5), 5);
  }
}

function legend(context, classes, { ink, top, width }) {
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  let left = LEFT;
  for (const { shown, colour } of [...classes, { shown: 'not sure (below the bands)', colour: ink }]) {
    const wide = context.measureText(shown).width + 34;
    if (left + wide > width + 20) break;
    context.fillStyle = colour;
    context.fillRect(left, top - 6, 12, 12);
    context.fillStyle = ink;
    context.fillText(shown, left + 17, top);
    left += wide;
  }
}
