"""The model card of a run: gathered once, written as Markdown or as one HTML file that opens offline."""
