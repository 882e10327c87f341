"""The keys of a lesson, in one table: they work wherever the focus is, unless something on the page needs them itself."""

from __future__ import annotations

import streamlit as st

KEYS = {
    "→ ↓ Page down": "the next stage or step",
    "← ↑ Page up": "back",
    "P": "play or pause what moves",
    ", and .": "one step of what moves back and on",
    "1 to 9": "answer the quiz",
    "F": "full screen",
    "N": "the presenter's notes",
    "Esc": "leave the lesson",
}
"""{key: what it does}, as the page says it."""

_JS = """
const BUTTONS = {
  ArrowRight: 'lesson_next', ArrowDown: 'lesson_next', PageDown: 'lesson_next', ArrowLeft: 'lesson_back', ArrowUp: 'lesson_back',
  PageUp: 'lesson_back', Escape: 'lesson_plan', n: 'lesson_notes_turn',
};
const PLAYERS = { p: '.play', ',': '.back', '.': '.next, .on' };
const WRITES = 'input:not([type=range],[type=checkbox],[type=radio],[type=button]),textarea,select,[contenteditable=true],' +
  '[role=combobox],[role=listbox],[role=option],[role=dialog] *';
const MOVES = 'input[type=range],input[type=radio],[role=slider],[role=radio],[role=tab]';

// Players live in shadow roots of their own.
const player = (root) => {
  for (const node of root.querySelectorAll('*')) {
    const found = node.matches('.player, .learn, .morph') ? node : node.shadowRoot && player(node.shadowRoot);
    if (found) return found;
  }
  return null;
};
const full = () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen?.());
const press = (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  const target = event.composedPath()[0];
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const arrow = key.startsWith('Arrow');
  if (target.closest?.(WRITES) || (arrow && target.closest?.(MOVES))) return;
  let act = null;
  if (key === 'f') act = full;
  else if (key in BUTTONS) {
    const button = document.querySelector(`.st-key-${BUTTONS[key]} button:not(:disabled)`);
    act = () => button?.click();
  } else if (key in PLAYERS) {
    const found = player(document)?.querySelector(PLAYERS[key]);
    act = found && (() => found.click());
  }
  if (!act) return;
  // Whoever clicked into a player would turn its steps with the arrows, and not the lesson's.
  event.preventDefault();
  event.stopImmediatePropagation();
  act();
};
export default function () {
  document.addEventListener('keydown', press, true);
  return () => document.removeEventListener('keydown', press, true);
}
"""
_component = st.components.v2.component("fer_lesson_keys", html="<span></span>", js=_JS)


def listen() -> None:
    """Let the keys turn the lesson as long as this is on the page."""
    _component(key="lesson_keys")


def say_keys() -> None:
    """Write which key does what."""
    st.markdown("  \n".join(f"**{key}**: {what}" for key, what in KEYS.items()))
