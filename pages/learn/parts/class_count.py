"""How many have answered."""

from fer_core.classroom.room import Room


def answered(lesson: Room) -> str:
    """HTML that says how many have answered, of those who are there."""
    count = len(lesson.answers())
    here = max(lesson.students.present(), count)
    frozen = " No answers are taken now." if lesson.state.frozen else ""
    return f'<div class="fer-count" data-answers="{count}"><b>{count}</b> of {here} have answered.{frozen}</div>'
