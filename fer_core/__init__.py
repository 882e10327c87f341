"""Facial-expression recognition by transfer learning: everything that is true without a browser."""

import os

# ONNX Runtime makes a device id and an event database in the home folder unless it is told not to before its first import; every
# process of ours, and what it starts, imports this package first.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__version__ = "0.1.0"
