"""Make what a first start shows: the packed synthetic faces.

python -m fer_core synthetic --name "Synthetic faces"
python -m benchmarks.first_start pack
"""

from __future__ import annotations

import argparse

from fer_core.datasets import prepared
from fer_core.datasets.store import open_dataset
from fer_core.datasets.synthetic import NAME_DEFAULT
from fer_core.settings import ASSETS


def main() -> None:
    """Pack the faces."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("pack",))
    parser.parse_args()
    prepared.pack(open_dataset(NAME_DEFAULT))
    for path in sorted((ASSETS / "synthetic").rglob("*")):
        if path.is_file():
            print(f"{path.stat().st_size:>10,}  {path.relative_to(ASSETS)}")


if __name__ == "__main__":
    main()
