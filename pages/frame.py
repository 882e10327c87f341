"""The frame around every view: page configuration, navigation, and the two pickers that all views share."""

from pathlib import Path

import streamlit as st

from pages.ui import access, chart, first_start, garbage, state
from pages.ui.boundary import error_boundary

PAGES = Path(__file__).resolve().parent

VIEWS: dict[str, list[tuple[str, str, str, str]]] = {
    "": [("home.py", "Home", ":material/home:", "")],
    "Data set": [
        ("data/overview.py", "Overview", ":material/bar_chart:", "overview"),
        ("data/samples.py", "Samples", ":material/grid_view:", "samples"),
        ("data/pixels.py", "Pixels", ":material/blur_on:", "pixels"),
        ("data/audit.py", "Audit", ":material/fact_check:", "audit"),
        ("data/embedding.py", "Feature map", ":material/scatter_plot:", "feature-map"),
        ("data/agreement.py", "Agreement", ":material/how_to_vote:", "agreement"),
        ("data/compare.py", "Compare", ":material/compare:", "compare-sets"),
        ("data/suspects.py", "Suspected labels", ":material/help_center:", "suspects"),
        ("data/edits.py", "Edits", ":material/edit_note:", "edits"),
        ("data/import_data.py", "Import, make, delete", ":material/folder_open:", "import"),
        ("data/export_set.py", "Export", ":material/inventory_2:", "export-set"),
    ],
    "Train": [
        ("train/new_run.py", "New run", ":material/play_circle:", "train"),
        ("train/monitor.py", "Live curves", ":material/monitoring:", "monitor"),
        ("train/runs_list.py", "All runs", ":material/list:", "runs"),
        ("train/transfer.py", "What transfer buys", ":material/trending_up:", "transfer"),
    ],
    "Evaluate": [
        ("evaluate/scores.py", "Scores", ":material/leaderboard:", "scores"),
        ("evaluate/confusion.py", "Confusion", ":material/grid_on:", "confusion"),
        ("evaluate/mistakes.py", "Mistakes", ":material/rule:", "mistakes"),
        ("evaluate/calibration.py", "Calibration", ":material/balance:", "calibration"),
        ("evaluate/robustness.py", "Robustness", ":material/storm:", "robustness"),
        ("evaluate/subtle.py", "Subtle expressions", ":material/sentiment_neutral:", "subtle"),
        ("evaluate/compare.py", "Compare runs", ":material/compare_arrows:", "compare-runs"),
        ("evaluate/report.py", "Report", ":material/description:", "report"),
        ("evaluate/export_model.py", "Export the model", ":material/output:", "export-model"),
    ],
    "Explain": [
        ("explain/sample.py", "A sample", ":material/center_focus_strong:", "explain-sample"),
        ("explain/methods.py", "Methods side by side", ":material/view_module:", "methods"),
        ("explain/faithfulness.py", "Faithfulness", ":material/verified:", "faithfulness"),
        ("explain/mean_maps.py", "Mean maps", ":material/layers:", "mean-maps"),
        ("explain/expects.py", "What it expects", ":material/psychology:", "expects"),
        ("try_it/photo.py", "Your photo", ":material/add_a_photo:", "photo"),
        ("try_it/disturb.py", "Disturb it", ":material/tune:", "disturb"),
    ],
    "Learn": [
        ("learn/mobilenet.py", "What MobileNet is", ":material/layers:", "learn-mobilenet"),
        ("learn/convolution.py", "Separable convolution", ":material/grid_3x3:", "learn-convolution"),
        ("learn/transfer.py", "Transfer", ":material/swap_horiz:", "learn-transfer"),
        ("learn/data.py", "Data", ":material/dataset:", "learn-data"),
        ("learn/limits.py", "Limits", ":material/gavel:", "learn-limits"),
        ("learn/lesson.py", "Lesson", ":material/co_present:", "lesson"),
        ("learn/exercises.py", "Exercises", ":material/task_alt:", "exercises"),
    ],
}

st.set_page_config(page_title="FER Lab", page_icon=str(PAGES / "ui" / "icon.svg"), layout="wide")

garbage.spare_modules()
st.html(
    "<style>.stMainBlockContainer{padding-top:3.2rem}@media(max-width:640px){.stMainBlockContainer{padding-top:4rem}}"
    f"[data-testid=stCaptionContainer]{{color:inherit;opacity:.8}}{chart.STYLE}</style>"
)

page = st.navigation(
    {
        section: [st.Page(path, title=title, icon=icon, url_path=url, default=not url) for path, title, icon, url in views]
        for section, views in VIEWS.items()
    },
    expanded=True,
)

with error_boundary():
    first_start.prepare()
    with st.sidebar:
        state.pickers()
        access.notice()
    page.run()
