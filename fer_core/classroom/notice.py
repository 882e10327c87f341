"""What the law says of such a program in a classroom, in words for everybody: shown before anything else."""

from __future__ import annotations

TITLE = "Before you join"

_RULE = "Regulation (EU) 2024/1689, Article 5(1)(f)"

SENTENCES = (
    "You will guess which expression a face in a picture shows, and see what a computer program guesses. It names the "
    "expression that is shown, often wrongly. It does not know what anybody feels.",
    "In the European Union it is prohibited to infer emotions of pupils, students or employees with such a program "
    f"({_RULE}). Nobody is watched, marked or judged here: the faces are drawn, or from a published data set.",
    "Your answers are kept with a random number in place of a name, and deleted at the end of the lesson. A nickname stays in "
    "memory alone. Taking part is voluntary: you may leave at any time, without giving a reason.",
)
"""For students."""

FOR_TEACHERS = (
    "Faces on the board are drawn ones or those of a data set, never those of the class. Inferring emotions, attention or mood "
    f"of pupils, students or employees is prohibited ({_RULE}); consent does not lift that.",
    "There is no log of a student, no mark and no figure of attention. Answers lie with random numbers in a file of this "
    "lesson, which is deleted at *End lesson*, or at the next start after 12 hours. Only what you download stays.",
    "A camera is off for students unless you grant it. Ask your data protection officer first, and for minors their parents.",
)
