"""Pages from templates: everything that comes from data is escaped, and nothing from outside is loaded."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis.review import sentences, wording
from analysis.review.charts.angles import angle_plot, spark_top_deg, sparkline
from analysis.review.charts.bouts import bout_chart
from analysis.review.charts.timeline import posture_note, timeline
from analysis.review.day import DayView

HERE: Final = Path(__file__).parent
STYLE: Final = HERE / "assets" / "page.css"
REPORT_STYLE: Final = HERE / "assets" / "report.css"
ICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#fff" stroke-width="4">'
    '<rect width="32" height="32" rx="7" fill="#0d5c63" stroke="none"/><path d="M10 26V17L20 7"/></svg>'
)
"""The pages' sign: two segments."""
SHOWN_LIFTS: Final = 24
"""Bends listed openly, the latest; earlier ones fold away on the screen."""


@cache
def environment() -> Environment:
    """Return the templates with the words they use."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(words=wording, say=sentences, posture_note=posture_note)
    made.filters.update(
        lasting=wording.length,
        clock=wording.clock,
        percent=wording.percent,
        reason=wording.reason,
        surely=wording.surely,
        unbroken=wording.unbroken,
    )
    return made


def day_parts(view: DayView, lift_links: str | None = None, *, folds: bool = False) -> Mapping[str, Any]:
    """Return what the template of a day needs."""
    top_deg = spark_top_deg(view.lifts)
    return {
        "view": view,
        "key": sentences.local_day(view).isoformat(),
        "timeline": timeline(view),
        "bouts": bout_chart(view),
        "angles": angle_plot(view),
        "lifts": [(lift, sparkline(lift, top_deg=top_deg)) for lift in reversed(view.lifts)],
        "shown_lifts": SHOWN_LIFTS,
        "lift_links": lift_links,
        "folds": folds,
    }


def render(template: str, **values: Any) -> str:
    """Return a filled template."""
    return environment().get_template(template).render(**values)


def render_day(view: DayView, *, lift_links: str | None = None, folds: bool = False) -> str:
    """Return the part of a page that shows one day, without head and foot.

    With `lift_links` each bend's time is a link: to this address and the bend's event id. With `folds` the
    parts of the day are folded away, each under a line that says the gist of it.
    """
    return render("day.html", **day_parts(view, lift_links, folds=folds))
