export default function ({ data, parentElement, setTriggerValue }) {
  const grid = parentElement.querySelector('.fer-grid') ?? parentElement.appendChild(document.createElement('div'));
  grid.className = 'fer-grid';
  grid.setAttribute('role', 'group');
  grid.style.setProperty('--face', data.size + 'px');
  if (grid.dataset.made !== data.digest) { grid.innerHTML = data.cells; grid.dataset.made = data.digest; }
  const place = (event) => event.target.closest('[data-place]')?.dataset.place;
  const open = (event) => { const at = place(event); if (at !== undefined) setTriggerValue('opened', Number(at)); };
  grid.onclick = open;
  grid.onkeydown = (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    open(event);
  };
}
