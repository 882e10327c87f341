"""The students' page in HTML of its own: no framework, no other file, for phones on which the app does not connect."""

from __future__ import annotations

import html
import json
import re
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

from fer_core import numbers
from fer_core.classroom.notice import SENTENCES, TITLE
from fer_core.classroom.questions import KINDS, Round
from fer_core.classroom.room import Room
from fer_core.classroom.rooms import CODE_LENGTH
from fer_core.classroom.students import LONGEST_NICKNAME
from fer_core.labels import display_name

_HERE = Path(__file__)
_ICON = re.compile(r":material/\w+:")
_COLOUR = re.compile(r":[a-z]+(?:-badge|-background)?\[([^\]]*)\]")


def door(action: str, *, said: str = "") -> str:
    """The page that asks for the code of the class.

    Args:
        action: address that takes it.
        said: what was wrong with the last one.
    """
    body = (
        f"<h1>FER Lab: join the class</h1><p>{_text(said) or 'The code stands on the board.'}</p>"
        f'<form method="post" action="{_text(action)}"><p><label>Code of the class<input type="text" name="code" required '
        f'maxlength="{CODE_LENGTH}" autocomplete="off" autocapitalize="characters" spellcheck="false"></label></p>'
        '<button class="main">Go on</button></form>'
    )
    return _page(body)


def notice(action: str, *, said: str = "") -> str:
    """The page before a student joins: what is done, what the law says, and a nickname, which may be left empty."""
    told = "".join(f"<p>{_text(sentence)}</p>" for sentence in SENTENCES)
    wrong = f'<p class="say">{_text(said)}</p>' if said else ""
    body = (
        f'<h1>{TITLE}</h1>{told}{wrong}<form method="post" action="{_text(action)}"><input type="hidden" name="act" value="join">'
        f'<p><label>A nickname, if you like<input type="text" name="nickname" maxlength="{LONGEST_NICKNAME}" autocomplete="off" '
        'placeholder="none"></label></p><button class="main">I have read this: join</button></form>'
    )
    return _page(body)


def seat(room: Room, number: str, address: str, home: str, *, said: str = "") -> str:
    """The whole page of a student who has joined.

    Args:
        room: the lesson.
        number: of the student.
        address: of this page.
        home: of the app.
        said: what became of the last post.
    """
    name = room.students.nickname(number)
    foot = (
        f'<footer><p class="quiet">{f"You are {_text(name)}. " if name else ""}'
        f'<a href="{_text(home)}">Look around in the app</a></p><form method="post" action="{_text(address)}">'
        '<input type="hidden" name="act" value="leave"><button>Leave the class</button></form></footer>'
    )
    return _page(seat_part(room, number, address, said=said), foot, version=room.version)


def seat_part(room: Room, number: str, address: str, *, said: str = "") -> str:
    """What changes on a student's page: the question, or the step that the teacher is at."""
    asked, state, step = room.round, room.state, room.step
    parts: list[str] = []
    if asked is not None and state.item < len(asked.pictures):
        parts.append(_question(room, asked, number, address, said))
    elif asked is not None:
        parts.append("<h1>The results are on the board</h1>")
    elif step is not None:
        parts.append(f"<h1>{_text(step.title)}</h1>{_words(step.words)}")
    else:
        parts.append("<h1>You are in</h1><p>Wait for the teacher: questions appear here by themselves.</p>")
    if "camera" in state.rights:
        parts.append(f'<p><a class="go" href="{_text(address)}/photo">Take a photo; it stays on your phone</a></p>')
    return "".join(parts)


def photo(address: str, base: str, files: dict[str, str]) -> str:
    """The page on which a phone answers a photo by itself.

    Args:
        address: of the students' page.
        base: address of the app, with a slash at its end.
        files: where the browser finds the network and the rest, see `live_files.addresses`, below `base`.
    """
    told = json.dumps({name: f"{base}{path}" for name, path in files.items()}).replace("<", "\\u003c")
    body = (
        "<h1>A photo, answered on this phone</h1><p>Take one of yourself, or of somebody who said yes before. It stays in this "
        "browser: nothing is sent, nothing kept. The answer names the expression that the picture shows, often wrongly; it does "
        "not know what anybody feels.</p>"
        '<p><label class="go">Take or choose a photo<input id="photo" type="file" accept="image/*" capture="user" disabled>'
        "</label></p>"
        '<div id="faces"></div><button id="forget">Forget the photo</button>'
        f'<p><a href="{_text(address)}">Back to the class</a></p><script type="application/json" id="files">{told}</script>'
    )
    return _page(body, script=f'<script type="module" src="{_text(base)}app/static/live/phone.mjs"></script>')


def _question(room: Room, asked: Round, number: str, address: str, said: str) -> str:
    state, vote = room.state, room.vote_of(number)
    kind = KINDS[asked.kind]
    count = f"Face {state.item + 1} of {len(asked.pictures)}" if len(asked.pictures) > 1 else kind.title
    hidden = {
        "act": "vote",
        "round": asked.number,
        "item": state.item,
        "turn": state.turn,
        "place": vote.place + 1 if vote else 1,
    }
    fields = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in hidden.items())
    given = "" if vote is None else answer_words(asked, vote.answer)
    if not said:
        said = f"Counted: {given}. You may change it." if given and room.is_open else ""
    if not room.is_open:
        said = (f"Your answer: {given}. " if given else "") + (
            "" if state.item in state.revealed else "No answers are taken now."
        )
    body = _field(room, asked, address, fields, None if vote is None else vote.answer)
    truth = _truth(asked, state.item) if state.item in state.revealed else ""
    return (
        f'<p class="quiet">{count}</p><h1>{_text(kind.question)}</h1>{body}<p class="say" role="status">{_text(said)}</p>{truth}'
        f'<noscript><p><a href="{_text(address)}">Look again</a></p></noscript>'
    )


def _field(room: Room, asked: Round, address: str, fields: str, given: object) -> str:
    """Picture and buttons."""
    picture, off = asked.pictures[room.state.item], "" if room.is_open else " disabled"
    start = f'<form class="vote" method="post" action="{_text(address)}">{fields}'
    if asked.kind == "look":
        mark = f'<i style="left:{given[0]:.1%};top:{given[1]:.1%}"></i>' if isinstance(given, tuple) else ""
        return (
            f'{start}<div class="tap"><input type="image" name="tap" src="{picture}" width="300" height="300" '
            f'alt="The face: tap where you think the network looked"{off}>{mark}</div></form>'
        )
    face = f'<img src="{picture}" alt="The face to be named" width="300" height="300">' if picture else ""
    if asked.kind == "accuracy":
        value = f' value="{given}"' if isinstance(given, int) else ""
        return (
            f'{face}{start}<p><label>Of 100 faces<input type="number" name="answer" min="0" max="100" step="1" required '
            f'inputmode="numeric"{value}{off}></label></p><button class="main"{off}>Send</button></form>'
        )
    buttons = "".join(
        f'<button name="answer" value="{place}" aria-pressed="{"true" if given == place else "false"}"{off}>'
        f"{_text(display_name(name))}</button>"
        for place, name in enumerate(asked.classes)
    )
    return f'{face}{start}<div class="answers">{buttons}</div></form>'


def answer_words(asked: Round, answer: object) -> str:
    """An answer as it is said."""
    if asked.kind == "faces" and isinstance(answer, int):
        return display_name(asked.classes[answer])
    return f"{answer} of 100" if asked.kind == "accuracy" else "your place on the face"


def _truth(asked: Round, item: int) -> str:
    """What the teacher has revealed of an item."""
    facts = asked.facts
    if asked.kind == "accuracy":
        return f"<p>It names <b>{numbers.percent(facts['accuracy'], 0)}</b> as their label does.</p>"
    if asked.kind == "look":
        return f"<p>Label: <b>{_text(display_name(facts['label']))}</b>. Where it looked stands on the board.</p>"
    network = facts.get("network")
    said = f" The network: <b>{_text(display_name(network[item]))}</b>." if network else ""
    return f"<p>Label: <b>{_text(display_name(facts['labels'][item]))}</b>.{said}</p>"


def _words(markdown: str) -> str:
    """Markdown of a lecturer's as HTML: markup of their own is text, pictures are left out."""
    plain = _COLOUR.sub(r"\1", _ICON.sub("", markdown))
    return str(MarkdownIt("commonmark", {"html": False}).disable("image").render(plain))


def _page(body: str, foot: str = "", *, version: str = "", script: str = "") -> str:
    script = script or f'<script type="module">{_file(".js")}</script>'
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="robots" content="noindex"><link rel="icon" href="data:,"><title>FER Lab: class</title>'
        f"<style>{_file('.css')}</style>"
        f'<main data-version="{version}">{body}</main><p id="line" class="quiet" role="status"></p>{foot}'
        f"{script}</html>"
    )


@cache
def _file(suffix: str) -> str:
    return (_HERE.parent / f"join{suffix}").read_text(encoding="utf-8")


def _text(words: str) -> str:
    return html.escape(words)
