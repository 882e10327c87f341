"""What pictures that move step by step share: play and pause, one step back and on, and the same by the keyboard."""

KEYS = """
<div class="keys"><button type="button" class="back" aria-label="One step back">◀</button>
<button type="button" class="play"></button><button type="button" class="next" aria-label="One step on">▶</button>
<span class="where" aria-live="off"></span></div>
"""
"""HTML of the buttons; they stand in an element with the class `player`, which can be focused."""

CSS = """
.player{outline:none;font-size:1rem;line-height:1.35}
.player:focus-visible{outline:3px solid #3585C0;outline-offset:4px;border-radius:6px}
.player button{font:inherit;color:inherit;background:transparent;cursor:pointer;padding:.3em .8em;border-radius:8px;
border:1px solid color-mix(in srgb,currentColor 30%,transparent)}
.player button:focus-visible{outline:3px solid #3585C0}
.player button[hidden]{display:none}
.keys{display:flex;gap:8px;align-items:center;flex-wrap:wrap}
.keys .play{font-weight:650;min-width:5.6em}
.where{opacity:.85;margin-left:.4em}
.player.big{font-size:clamp(18px,1.46vw,28px)}
"""

JS = """
function player(root, { digest, count, big, label, show, wait, begins }) {
  const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  const find = (name) => root.querySelector(name);
  const fresh = root.digest !== digest;
  if (fresh) { root.digest = digest; root.place = 0; }
  root.classList.toggle('big', big);
  root.setAttribute('aria-label', label + '. Arrow keys step, space plays and pauses.');
  find('.play').hidden = calm;
  let timer = null;
  const go = (place, playing = false) => {
    clearTimeout(timer);
    root.place = Math.min(count - 1, Math.max(0, place));
    const on = playing && root.place < count - 1;
    timer = on ? setTimeout(() => go(root.place + 1, true), wait(root.place)) : null;
    find('.play').textContent = on ? 'Pause' : root.place === count - 1 ? 'Again' : 'Play';
    find('.where').textContent = 'Step ' + (root.place + 1) + ' of ' + count;
    show(root.place, { calm, playing: on });
  };
  const play = () => {
    if (calm) return;
    if (timer !== null) return go(root.place);
    go(root.place === count - 1 ? 0 : root.place, true);
  };
  find('.play').onclick = play;
  find('.back').onclick = () => go(root.place - 1);
  find('.next').onclick = () => go(root.place + 1);
  root.onkeydown = (event) => {
    const steps = { ArrowLeft: root.place - 1, ArrowRight: root.place + 1, Home: 0, End: count - 1 };
    const space = event.key === ' ' && event.target.tagName !== 'BUTTON';
    if (!space && !(event.key in steps)) return;
    event.preventDefault();
    event.stopPropagation();
    if (space) play(); else go(steps[event.key]);
  };
  go(root.place, fresh && begins && !calm);
  return { go, end: () => clearTimeout(timer) };
}
"""
"""`player(root, {digest, count, big, label, show, wait, begins})`: `show(place, {calm, playing})` draws a step, `wait(place)` is
how long it stays in milliseconds, `begins` lets new data play by itself. It returns `go(place)`, and `end()` to clear up. Who
wants no motion gets stills: no play, the steps alone."""
