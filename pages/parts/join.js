// Asks what the teacher shows, and posts answers, again and again until they are acknowledged: a post sent twice counts once.
// Without this script the page works by plain forms, and is reloaded by hand.
const main = document.querySelector('main');
const line = document.querySelector('#line');
const address = location.pathname;
let version = main.dataset.version;
let busy = false;
const wait = (time) => new Promise((done) => setTimeout(done, time));
const show = (given) => {
  if (given.html !== undefined) main.innerHTML = given.html;
  version = given.version;
};
const look = async () => {
  for (;;) {
    try {
      const answer = await fetch(`${address}/now?have=${version}`, { cache: 'no-store' });
      if (answer.status === 404) return location.reload();
      const given = await answer.json();
      if (!busy && given.version !== version) show(given);
      line.textContent = '';
    } catch {
      line.textContent = 'No connection; trying again …';
    }
    await wait(1300 + Math.random() * 600);
  }
};
const post = async (action, data) => {
  if (busy) return;
  busy = true;
  for (const button of main.querySelectorAll('button,input')) button.disabled = true;
  for (let tries = 0; ; tries += 1) {
    try {
      const answer = await fetch(action, { method: 'POST', body: data, headers: { accept: 'application/json' } });
      if (answer.status === 404) return location.reload();
      show(await answer.json());
      line.textContent = '';
      break;
    } catch {
      line.textContent = 'No connection; your answer is sent again …';
      await wait(400 * 2 ** Math.min(tries, 4));
    }
  }
  busy = false;
};
main.addEventListener('submit', (event) => {
  const form = event.target;
  const pressed = event.submitter;
  if (!form.matches('.vote') || !pressed || pressed.type === 'image') return;
  event.preventDefault();
  const data = new URLSearchParams(new FormData(form));
  if (pressed.name) data.append(pressed.name, pressed.value);
  post(form.action, data);
});
main.addEventListener('click', (event) => {
  const face = event.target;
  if (face.type !== 'image') return;
  event.preventDefault();
  // A key pressed on it says no place.
  if (!event.detail) return;
  const box = face.getBoundingClientRect();
  const data = new URLSearchParams(new FormData(face.form));
  const part = (at, side) => Math.round(Math.min(Math.max(at / side, 0), 1) * 1000);
  data.append('x', part(event.clientX - box.left, box.width));
  data.append('y', part(event.clientY - box.top, box.height));
  post(face.form.action, data);
});
if (version) look();
