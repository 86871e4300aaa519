"""`r1k report` as a user runs it: the page, its files, hostile replies, the same bytes twice."""

import itertools
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest

from r1k.report.plots import Line, Stage, curves, inline, svg
from r1k.report.write import make_report
from tests.report.runs import EFFECTS, make_runs
from tests.test_generate import r1k

HOSTILE = (
    "{n}<script>alert(1)</script><img src=x onerror=alert(2)>\n"
    "</pre></li></ul></details></main><style>*{{display:none}}</style>"
    '" onmouseover="alert(3)\x00\x1b[31m\u202e\u2066&lt;b&gt; $\\boxed{{1}}$'
)
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "a", "header", "h1", "h2", "h3", "h4", "p",
    "em", "b", "code", "nav", "ul", "li", "main", "section", "div", "table", "caption", "thead",
    "tbody", "tr", "th", "td", "span", "details", "summary", "figure", "figcaption", "dl", "dt",
    "dd", "pre", "svg", "g", "path", "defs", "use", "text", "tspan", "clippath", "rect",
}  # fmt: skip


class Page(HTMLParser):
    """What a browser would make of it: elements, attributes, visible text; and that all close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    effects = {name: EFFECTS[name] for name in ("forward", "mixed", "mixed-dpo")}
    effects["<b>&'\"$x$"] = EFFECTS["tagged"]  # a folder may be called anything
    make_runs(folder, effects, seeds=3, pairs=12, checkpoints=2, reply=HOSTILE)
    (folder / "seed-0" / "mixed" / "recipe.yaml").write_text("# trl <script>alert(4)</script>\n")
    make_report(folder, folder / "report")
    return folder


@pytest.fixture(scope="module")
def page(report: Path) -> str:
    return (report / "report" / "index.html").read_text(encoding="utf-8")


def test_nothing_that_a_model_writes_acts(page: str) -> None:
    found = Page(page)
    assert {tag for tag, _ in found.elements} <= ALLOWED
    names = {name for _, attributes in found.elements for name in attributes}
    assert not {name for name in names if name.startswith("on")} and "style" not in names
    assert [tag for tag, _ in found.elements].count("style") == 1
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", page)
    # It is shown, all the same.
    assert "<script>alert(1)</script>" in found.text and "&lt;b&gt;" in found.text
    assert "trl <script>alert(4)</script>" in found.text and "<b>&'\"$x$" in found.text


def test_the_page_needs_nothing_else(page: str) -> None:
    found = Page(page)
    links = [a[key] or "" for _, a in found.elements for key in ("href", "src") if key in a]
    assert all(re.fullmatch(r"#[\w-]+|[^/:]+\.(png|svg|csv|parquet)", link) for link in links)
    policy = next(a for t, a in found.elements if a.get("http-equiv"))["content"] or ""
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_the_page_can_be_read_aloud_and_by_keyboard(page: str) -> None:
    found = Page(page)
    pictures = [a for t, a in found.elements if t == "svg"]
    assert len(pictures) > 12
    assert all(a["role"] == "img" for a in pictures)
    assert all(re.search("nats a token|per cent|%", a["aria-label"] or "") for a in pictures)
    levels = [int(t[1]) for t, _ in found.elements if re.fullmatch(r"h\d", t)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    ids = [a["id"] for _, a in found.elements if "id" in a]
    assert len(ids) == len(set(ids))
    targets = [a["href"] or "" for _, a in found.elements if "href" in a]
    assert {t[1:] for t in targets if t.startswith("#")} <= set(ids)
    figures = [t for t, _ in found.elements if t in ("figure", "figcaption")]
    assert figures.count("figure") == figures.count("figcaption") == 8
    assert page.count("The numbers of this figure, as a table") == 8


def test_verdicts_provenance_and_samples_are_on_the_page(page: str, report: Path) -> None:
    text = " ".join(Page(page).text.split())
    assert "A model trained on both, mixed, tells the directions apart less" in text
    assert "holds if its whole 95 % interval lies within" in text
    assert f"r1k report {report} -o {report}/report" in text
    assert "trl sft --config recipes/forward.yaml" in text and "2 cores" in text
    assert "split test, dtype float32, first weights abababababab" in text
    assert "-0.726" in text and "Deng et al." in text  # the paper's own
    assert "✓ right" in text and "✗ wrong" in text and "Expected: " in text


def test_each_plot_is_a_file_and_each_figure_a_table(report: Path) -> None:
    out = report / "report"
    plots = {f.stem for f in out.glob("*.svg")}
    assert plots == {f.stem for f in out.glob("*.png")} and "margins-forward" in plots
    for file in out.glob("*.svg"):
        ElementTree.parse(file)
    for file in out.glob("*.csv"):
        assert len(pl.read_csv(file)) == len(pl.read_parquet(file.with_suffix(".parquet")))
    margins = pl.read_csv(out / "margins.csv")
    own = margins.filter(run="forward", problems="forward").sort("step")
    assert own["mean"].to_list() == pytest.approx([0.7, 1.4], abs=0.1)
    assert (own["low"] < own["mean"]).all() and set(own["seeds"]) == {3}
    stage = margins.filter(run="mixed-dpo", problems="forward").sort("step")
    before = margins.filter(run="mixed", problems="forward").sort("step")
    assert stage["step"].to_list() == [0, 10, 20] and stage["mean"][0] == before["mean"][-1]
    assert (out / "hypotheses.md").read_text().startswith("| claim | whose | verdict |")


def test_the_same_bytes_twice_and_the_command(report: Path) -> None:
    first = {f.name: f.read_bytes() for f in (report / "report").iterdir()}
    done = r1k("report", report, "-o", report / "report")
    assert done.returncode == 0 and "written to" in done.stdout, done.stderr
    assert {f.name: f.read_bytes() for f in (report / "report").iterdir()} == first


def test_bad_input_is_one_line(tmp_path: Path) -> None:
    done = r1k("report", tmp_path, "-o", tmp_path / "report")
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "no runs here" in done.stderr
    assert not (tmp_path / "report").exists()


def test_one_part_of_one_run_is_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_runs(tmp_path, {"mixed": EFFECTS["mixed"]}, seeds=1, pairs=3, scores=False, checkpoints=1)
    make_report(tmp_path, tmp_path / "report")
    text = Page((tmp_path / "report" / "index.html").read_text(encoding="utf-8")).text
    assert "seed-0/mixed: no scores" in text and "not measured" in text
    assert "There are no scores with details here" in text
    assert "not measured" in capsys.readouterr().out


def test_an_inline_plot_has_no_style_and_its_ids_are_its_own() -> None:
    line = Line("a $x$", [1, 2], [0.1, 0.2], [0, 0.1], [0.2, 0.3], 0)
    texts = [
        inline(svg(curves("t", [Stage("x", [line])], "y", None, False), name), "seen")
        for name in ("a", "b")
    ]
    assert (
        " style=" not in texts[0]
        and "<style" not in texts[0]
        and 'aria-label="seen"' in texts[0]
        and "a $x$" in texts[0]
    )
    ids = [set(re.findall(r'\bid="([^"]+)"', text)) for text in texts]
    assert ids[0] and not ids[0] & ids[1]
    assert set(re.findall(r'href="#([^"]+)"', texts[0])) <= ids[0]
