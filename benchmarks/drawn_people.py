"""Draw the sheets of invented people that the Live page shows without a camera: `python -m benchmarks.drawn_people`."""

from __future__ import annotations

import cv2

from fer_core.lesson.drawn_people import PEOPLE, SHEETS, sheet, sheet_file


def main() -> None:
    """Write one WebP for each person, in the place of those that ship."""
    SHEETS.mkdir(parents=True, exist_ok=True)
    for identity in PEOPLE:
        drawn = sheet(identity)
        content = cv2.imencode(".webp", drawn[..., [2, 1, 0, 3]], [cv2.IMWRITE_WEBP_QUALITY, 80])[1].tobytes()
        sheet_file(identity).write_bytes(content)
        print(f"{sheet_file(identity).name}: {drawn.shape[1]}x{drawn.shape[0]} pixels, {len(content):,} bytes")


if __name__ == "__main__":
    main()
