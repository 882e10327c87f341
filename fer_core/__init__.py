"""Facial-expression recognition by transfer learning: everything that is true without a browser."""

__version__ = "0.1.0"
