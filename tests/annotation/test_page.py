"""Argilla's page in a real browser: what annotators see and do, and hostile texts."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from r1k.annotation.push import Wanted, push
from r1k.schema import Check, Pair, Problem
from tests.annotated import write_folder
from tests.argilla import Argilla
from tests.pairs import make_pair

LATEX = make_pair(
    1,
    forward=Problem(
        question=r"One root of \(x^2 - 5x + c = 0\) is \(x = 2\). Find \(c\).",
        trace="Put 2 in.",
        answer="6",
    ),
    reverse=Problem(
        question=r"Find the larger root of \[x^2 - 5x + 6 = 0.\] It is \(<4\).",
        trace=r"\(\frac{5 + \sqrt{25 - 24}}{2} = 3\)" + "\n\nSo 2*3 and 3*2 are 6: \\boxed{3}.",
        answer="3",
    ),
)
HACK = "window.hacked=1"
ATTACKS = (
    f"<script>{HACK}</script>",
    f"<img src=x onerror={HACK}>",
    f"<svg onload={HACK}></svg>",
    f"<details open ontoggle={HACK}><summary>s</summary></details>",
    f"<iframe srcdoc='<script>parent.{HACK}</script>'></iframe>",
    f"<a href='javascript:{HACK}'>click</a>",
    f"[click](javascript:{HACK})",
    "![spy](http://127.0.0.1:1/spy.png)",
    "<style>body{display:none}</style>",
    "<div style='position:fixed;inset:0;background:red'>over</div>",
    f"$\\href{{javascript:{HACK}}}{{x}}$",
    f"<math><mtext><img src=x onerror={HACK}></mtext></math>",
    f"`</code><img src=x onerror={HACK}>`",
    f"```\n</code></pre><img src=x onerror={HACK}>\n```",
    "<form action='http://127.0.0.1:1/'><button>Submit</button></form>",
)


def hostile(number: int, text: str) -> Pair:
    problem = Problem(question=f"{text}\n\nWhat is it?", trace=f"Because {text}", answer=text)
    check = Check(id="parsed", version=1, outcome="fail", required=True, evidence=text)
    return make_pair(number, forward=problem, reverse=problem, checks=[check])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no chromium here; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def enter(browser: Browser, argilla: Argilla, user: str, dataset: str, csp: bool = True) -> Page:
    """The page of the first pair, as `user` gets there."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, bypass_csp=not csp)
    page = context.new_page()
    page.goto(argilla.url)
    password = json.loads((argilla.home / "annotators.json").read_bytes())[user]["password"]
    page.locator("input[type=text]").fill(user)
    page.locator("input[type=password]").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text(f"{dataset}-round-1").first.click()
    expect(page.get_by_text("Reverse question", exact=True)).to_be_visible()
    return page


def look(page: Page) -> None:
    """What is seen of the pair `LATEX`."""
    assert page.locator(".text_field_component .katex").count() == 7
    shown = "\n".join(page.locator(".text_field_component").all_inner_texts())
    assert "2*3 and 3*2 are 6" in shown and r"\(" not in shown and r"\[" not in shown
    expect(page.get_by_text("round_trip: not run")).not_to_be_visible()
    page.locator("details summary").click()
    expect(page.get_by_text("round_trip: not run")).to_be_visible()


def judge(page: Page, comment: str) -> None:
    """Answer the questions and submit."""
    # Nothing is chosen beforehand, and nothing can be submitted without a choice.
    assert page.locator("form input:checked").count() == 0
    submit = page.get_by_role("button", name="Submit").first
    expect(submit).to_be_disabled()
    page.locator("label[for=faithful_faithful]").click()
    page.locator("label[for=answer_right_yes]").click()
    page.locator('[aria-label="Question: quality"] label', has_text="4").click()
    page.locator('[aria-label="Question: comment"] [contenteditable=true]').click()
    page.keyboard.insert_text(comment)
    submit.click()


def test_two_pairs_are_read_and_judged(argilla: Argilla, browser: Browser, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "latex", train=[LATEX, make_pair(2)])
    push(folder, argilla.home, None, None, Wanted(users=["eve"], overlap=1))
    page = enter(browser, argilla, "eve", "latex")
    comments = {}
    for done in ("50.00%", "100.00%"):
        # Each annotator has an order of their own.
        name = "apples" if page.get_by_text("apples").count() else "latex"
        if name == "latex":
            look(page)
            page.screenshot(path=tmp_path / "pair.png")
        comments[name] = f"<b>{name}</b> \\(x\\)"
        judge(page, comments[name])
        expect(page.get_by_text(done)).to_be_visible()
        other = "One root" if name == "apples" else "apples"
        if done == "50.00%":
            expect(page.get_by_text(other).first).to_be_visible()
    client = argilla.client()
    known = {d["name"]: d["id"] for d in client.get("me/datasets").json()["items"]}
    path = f"datasets/{known['latex-round-1']}/records"
    for record in client.get(path, params={"include": "responses"}).json()["items"]:
        (response,) = record["responses"]
        assert response["status"] == "submitted"
        assert {name: given["value"] for name, given in response["values"].items()} == {
            "faithful": "faithful",
            "answer_right": "yes",
            "quality": 4,
            "comment": comments["latex" if record["external_id"] == LATEX.pair_id else "apples"],
        }


@pytest.mark.parametrize("csp", [True, False], ids=["", "without the policy"])
def test_hostile_texts_do_nothing(
    csp: bool, argilla: Argilla, browser: Browser, tmp_path: Path
) -> None:
    name, user = ("hostile", "eve") if csp else ("hostile-2", "mallory")
    pairs = [hostile(i, text) for i, text in enumerate(ATTACKS)]
    folder = write_folder(tmp_path / name, train=pairs)
    push(folder, argilla.home, None, None, Wanted(users=[user], overlap=1))
    page = enter(browser, argilla, user, name, csp)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    seen = []
    for number in range(len(ATTACKS)):
        fields = page.locator(".text_field_component")
        expect(page.get_by_label("Current Record")).to_have_text(str(number + 1))
        expect(fields).to_have_count(6)
        page.locator("details summary").last.click()
        assert page.evaluate("window.hacked") is None
        within = ".text_field_component .content__text, .text_field_component [class*=markdown]"
        # (The page itself has a link to "#" in each code block: its copy button.)
        unwanted = "script, img, iframe, form, style, a:not([href='#'])"
        tags = page.locator(within).locator(unwanted)
        assert tags.evaluate_all("found => found.map(e => e.outerHTML)") == []
        assert page.locator("details[ontoggle], svg[onload]").count() == 0
        seen.append(fields.nth(2).inner_text())
        if number + 1 < len(ATTACKS):
            page.get_by_label("Next").click()
    assert page.evaluate("window.hacked") is None
    assert not [
        url for url in asked if not url.startswith((argilla.url, "data:", "https://fonts."))
    ]
    together = "\n".join(seen)
    for text in ATTACKS:  # shown as it was written
        first = text.splitlines()[0].strip("`$")
        assert first[:12] in together or "\\href" in text, text
