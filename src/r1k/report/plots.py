"""Two kinds of plot, curves and dots, as SVG and PNG; nothing here knows what is plotted.

An inline SVG must obey the page's content-security policy, which allows no style attributes: styles
become presentation attributes, which the page's style sheet can turn over in the dark. The same
figures give the same bytes.
"""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from xml.etree import ElementTree

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

INK, GREY, LINE = "#1c2127", "#5b6470", "#d9dde3"
# Okabe and Ito's, told apart without colour vision too; each has a marker of its own beside.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#b0568f", "#a87900", "#5b6470")
DARK = {
    INK: "#e6e8eb", GREY: "#a9b1bb", LINE: "#3d444d", "#ffffff": "#14171b",
    "#0072b2": "#57b1ea", "#d55e00": "#f58d4d", "#009e73": "#3fcf9f", "#b0568f": "#e19cca",
    "#a87900": "#e3b94a",
}  # fmt: skip
_MARKERS = "osD^vX"
_WIDTH = 4.2  # inches: 10 pixels a letter where the panel is as wide as a phone
_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_FONT = re.compile(r"(?:(?P<weight>bold|\d{3}) )?(?P<size>[\d.]+px) (?P<family>.+)")


class Line(NamedTuple):
    """A curve with its band; `colour` and `dashed` say what belongs together."""

    label: str
    x: Sequence[float]
    mean: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    colour: int
    dashed: bool = False


class Stage(NamedTuple):
    """Curves over one axis."""

    x_label: str
    lines: list[Line]


class Dot(NamedTuple):
    """A mean with its interval, in a row."""

    row: str
    label: str
    mean: float
    low: float
    high: float
    colour: int


@contextmanager
def _settings(name: str = "") -> Iterator[None]:
    with matplotlib.rc_context(
        {
            "svg.fonttype": "none", "svg.hashsalt": f"r1k {name}", "text.parse_math": False,
            "text.color": INK, "axes.edgecolor": GREY, "font.family": "DejaVu Sans",
        }
    ):  # fmt: skip
        yield


@_settings()
def curves(
    title: str, stages: Sequence[Stage], y_label: str, y: tuple[float, float] | None, zero: bool
) -> Figure:
    """Stages side by side on one y axis; `zero` draws a line at 0."""
    labels = list(dict.fromkeys(line.label for stage in stages for line in stage.lines))
    figure = _figure(_WIDTH, 3 + 0.16 * -(-len(labels) // _columns(labels)))
    widths = [3 if i == 0 else 2 for i in range(len(stages))]
    axes = figure.subplots(1, len(stages), sharey=True, squeeze=False, width_ratios=widths)[0]
    keys: dict[str, Any] = {}
    for ax, stage in zip(axes, stages, strict=True):
        for line in stage.lines:
            colour = COLOURS[line.colour % len(COLOURS)]
            drawn = ax.plot(
                line.x, line.mean, color=colour, marker=_MARKERS[line.colour % len(_MARKERS)],
                markersize=4, linewidth=1.6, linestyle="--" if line.dashed else "-",
                label=line.label,
            )  # fmt: skip
            ax.fill_between(line.x, line.low, line.high, color=colour, alpha=0.18, linewidth=0)
            keys.setdefault(line.label, drawn[0])
        ax.set_xlabel(stage.x_label)
        places = sorted({x for line in stage.lines for x in line.x})
        if len(places) <= 7 and all(x == round(x) for x in places):
            ax.set_xticks(places)
        else:
            ax.xaxis.set_major_locator(MaxNLocator(4))
        _plain(ax, zero=zero and "y")
    axes[0].set_ylabel(y_label)
    if y:
        axes[0].set_ylim(*y)
    figure.suptitle(title, x=0.02, ha="left", fontsize=9.5, fontweight="bold", color=INK)
    _legend(figure, keys)
    return _laid_out(figure)


@_settings()
def dots(title: str, found: Sequence[Dot], x_label: str, zero: bool) -> Figure:
    """A row for each thing, in the order given, and in it a dot for each label."""
    rows = list(dict.fromkeys(dot.row for dot in found))
    labels = list(dict.fromkeys(dot.label for dot in found))
    figure = _figure(_WIDTH, 1.5 + 0.17 * len(rows) * max(2, len(labels)))
    ax = figure.subplots()
    keys: dict[str, Any] = {}
    for dot in found:
        # Rows from the top; the labels of one row share its height.
        shift = (labels.index(dot.label) + 0.5) / len(labels) - 0.5
        y = rows.index(dot.row) + 0.7 * shift
        colour = COLOURS[dot.colour % len(COLOURS)]
        reach = [[dot.mean - dot.low], [dot.high - dot.mean]]
        drawn = ax.errorbar(
            [dot.mean], [y], xerr=reach, color=colour, marker=_MARKERS[dot.colour % len(_MARKERS)],
            markersize=4.5, linewidth=1.4, linestyle="none", label=dot.label,
        )  # fmt: skip
        keys.setdefault(dot.label, drawn)
    ax.set_yticks(range(len(rows)), rows)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlabel(x_label)
    _plain(ax, zero=zero and "x")
    for edge in range(len(rows) - 1):
        ax.axhline(edge + 0.5, color=LINE, linewidth=0.6)
    figure.suptitle(title, x=0.02, ha="left", fontsize=9.5, fontweight="bold", color=INK)
    if len(labels) > 1:
        _legend(figure, keys)
    return _laid_out(figure)


def png(figure: Figure) -> bytes:
    """For slides and papers: 200 dots an inch, on white."""
    data = io.BytesIO()
    with _settings():
        figure.savefig(data, format="png", dpi=200, metadata={"Software": None})
    return data.getvalue()


def svg(figure: Figure, name: str) -> str:
    """A file of its own; `name` keeps its ids apart from those of other figures."""
    data = io.BytesIO()
    with _settings(name):
        figure.savefig(data, format="svg", metadata=dict.fromkeys(("Date", "Creator")))
    return data.getvalue().decode()


def inline(text: str, alt: str) -> str:
    """The SVG for within a page: no style, no ids but those in use, `alt` for who cannot see it."""
    root = ElementTree.fromstring(text)
    used = set(re.findall(r"""(?:url\(|xlink:href=")#([^)"]+)""", text))
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{_SVG}style", f"{_SVG}metadata"):
                parent.remove(child)
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)
        if _LINK in element.attrib:
            element.set("href", element.attrib.pop(_LINK))
        for part in element.attrib.pop("style", "").split(";"):
            key, _, value = (word.strip() for word in part.partition(":"))
            if key == "font":
                font = _FONT.fullmatch(value)
                element.set("font-size", font["size"] if font else "10px")
                if font and font["weight"]:
                    element.set("font-weight", font["weight"])
            elif key:
                element.set(key, value)
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.set("role", "img")
    root.set("aria-label", alt)
    ElementTree.register_namespace("", _SVG.strip("{}"))
    return ElementTree.tostring(root, encoding="unicode")


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _laid_out(figure: Figure) -> Figure:
    """Once, not for every file."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def _plain(ax: Axes, zero: str | bool) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(GREY)
    ax.tick_params(colors=GREY, labelcolor=INK, labelsize=8)
    ax.grid(axis="y" if zero != "x" else "x", color=LINE, linewidth=0.6)
    ax.set_axisbelow(True)
    for label in (ax.xaxis.label, ax.yaxis.label):
        label.set_fontsize(8.5)
        label.set_color(INK)
    if zero == "y":
        ax.axhline(0, color=GREY, linewidth=1, linestyle=":")
    elif zero == "x":
        ax.axvline(0, color=GREY, linewidth=1, linestyle=":")


def _columns(labels: Iterable[str]) -> int:
    """Of a legend, so that it is no wider than a panel."""
    longest = max(map(len, labels), default=0)
    return 3 if longest < 15 else 2 if longest < 24 else 1


def _legend(figure: Figure, keys: dict[str, Any]) -> None:
    figure.legend(
        keys.values(), keys.keys(), loc="outside lower left", ncols=_columns(keys), frameon=False,
        fontsize=8, labelcolor=INK, columnspacing=1.2, handlelength=2.2,
    )  # fmt: skip
