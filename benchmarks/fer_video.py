"""The other side of `benchmarks.video`: times `fer`'s `Video.analyze`, in an environment of its own.

python fer_video.py FILE     prints a line of JSON each time that it reads one: seconds, frames, and frames with a face
"""

import json
import os
import sys
import tempfile
import time


def main() -> None:
    """Analyse the file once for each line that is read, with one detector that is warm."""
    # Whatever a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    from fer.classes import Video
    from fer.fer import FER

    detector = FER()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)

        def analyse(most: int | None) -> list:
            # The least that it can do: nothing is drawn, saved, zipped or written but its table.
            return Video(sys.argv[1], outdir=folder).analyze(
                detector, max_results=most, save_frames=False, save_video=False, annotate_frames=False, zip_images=False
            )

        analyse(2)
        for _ in sys.stdin:
            start = time.perf_counter()
            found = analyse(None)
            row = {"seconds": time.perf_counter() - start, "frames": len(found), "with_face": sum(map(bool, found))}
            answers.write(json.dumps(row) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
