"""Final answers: found in a text, cleaned, and resolved against the options of a question.

    >>> final_answer("Adding up, we get $8+1=9$, so the answer is \\boxed{9}.")
    ('9', 'boxed')
    >>> resolve_option("(D) 33.3", {"C": "36.6", "D": "33.3"})
    ('D', '33.3')

Every function takes any text, takes time linear in its length, and never raises: what is not
found is None. Where no answer is marked as one, only the very end of a text is believed, and only
if it reads like a result: a row without an answer costs less than a row with a wrong one.
"""

import re

_BOX = re.compile(r"\\(?:boxed|fbox)\s{0,4}(?=\{)")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)

# Between two boxes of one answer stand only marks and "and": "\boxed{A}, and $\boxed{D}$".
_BETWEEN_BOXES = re.compile(
    r"(?:[\s$,;:&.*]|\\[()\[\],;!\\ ]|\\q?quad|\\text|[{}]|\b(?:and|or)\b"
    r"|(?<![A-Za-z\\])[A-Za-z]\s{0,2}=)*+",
)

_HASHES = re.compile(r"^#{4}[ \t]*([^\s#][^\n]*)\s*\Z", re.MULTILINE)
# "Answer: B", "**Final answer:** 7", "### Answer: GOATHERDS"
_LABEL = re.compile(
    r"\b(?:answer|correct (?:option|choice|statement)s?)[*_ ]{0,4}(?:is|are)?[*_ ]{0,4}[:：]",
    re.IGNORECASE,
)
# "**Final Answer**" as a line of its own
_HEADING = re.compile(r"^[ \t#*_]{0,8}(?:the )?final answer[ \t*_]{0,8}$", re.I | re.MULTILINE)
# "the answer is 5", "the correct answer to the clue is **GOATHERDS**", "an answer of 236"
_STATED = re.compile(
    r"\b(?:(?:the|our|my|final|correct|required|desired|overall) answer|\A ?answer|\nanswer"
    r"|an answer"
    r"|correct (?:option|choice|statement)s?)(?: (?:to|for|in)\b[^\n:.]{0,200}?)?"
    r" (?:is|are|of|must be|should be|would be)\b(?:,? (?:thus|therefore|then|simply|just))?",
    re.IGNORECASE,
)
_NOT_STATED = re.compile(
    r"(?:not|in|given|as|obtained|found|that|because|correct|wrong|the same|whether|exact|clear"
    r"|unique|independent|always|never|only|also|indeed)\b",
    re.IGNORECASE,
)

_PROOF_END = re.compile(
    r"\\(?:blacksquare|square|qed|Box)\b|[∎■□]|\bq\.?\s?e\.?\s?d\b"
    r"|\bas (?:desired|required|claimed)\b"
    r"|\bas was to be (?:shown|proved|proven)\b|\b(?:completes|concludes|finishes) the proof\b"
    r"|\bthe (?:claim|result|statement|conclusion) (?:now )?follows\b|\bproof is complete\b"
    r"|\b(?:we have|has been|is) (?:proved|proven|shown)\b",
    re.IGNORECASE,
)
_ASKS_PROOF = re.compile(
    r"\b(?:prove|verify|demonstrate|justify) (?!your\b)"
    # not the noun, as in "before a show begins"
    r"|\bshow (?:that|there|the|this|it|how|why|if|all|each|every|by|\W)",
    re.IGNORECASE,
)
_ASKS_VALUE = re.compile(
    r"\b(?:find|determine|compute|calculate|evaluate|solve|simplify|express|estimate|derive"
    r"|give an|which|what|how (?:many|much|long|far|fast))\b",
    re.IGNORECASE,
)

_LABELS = {
    # \textbf{(A)}, \textbf{(A) } as in the AMC problems; anywhere in a line
    "amc": re.compile(
        r"\\(?:textbf|text|mathrm|mathbf|bf)\s?\{\s?\(([A-Z])\)\s?\}?|\$\(([A-Z])\)\$"
    ),
    "round": re.compile(r"(?<![\w\\])\(([A-Z])\)(?=\s)"),
    "square": re.compile(r"(?<![\w\\])\[([A-Z])\](?=\s)"),
    "half": re.compile(r"(?:^|(?<=\s))([A-Z])\)(?=\s)", re.MULTILINE),
    "dot": re.compile(r"^[ \t]{0,8}([A-Z])[.:](?=\s)", re.MULTILINE),
}
_CHOSEN = re.compile(
    r"(?:\\(?:text|textbf|mathrm|mathbf)\s?\{)?\s?(?:options?|choices?)?\s?[(\[]?([A-Z])"
    r"(?:[)\]][}.:]*|[.:}]+|\s?\Z|\}?\s?\Z)",
)
_LETTERS = re.compile(r"[A-Z]+")
_LETTER_LIST = re.compile(r"[\s,;()\[\]]|\band\b|\\text\b|[{}&]")

_WRAPPERS = ("boxed", "fbox", "text", "textbf", "mathrm", "mathbf", "displaystyle")


def final_answer(text: str) -> tuple[str, str] | None:
    """The final answer of a text, cleaned, and how it was found; None where there is none.

    `how` is `boxed` (the last `\\boxed{}`; boxes in one list are joined: "A, C, D"), `marker`
    ("Answer: X", "the answer is X", a last line "#### X"), `whole` (the text is nothing but an
    answer: "128") or `last line` (the result in the last sentence of a worked solution).
    """
    hashes = _HASHES.search(text, max(0, len(text) - 1000))
    if hashes:
        return _if_any(hashes[1], "marker")
    box = _last_box(text)
    marker = _last_marker(text)
    if box and marker and marker[0] >= box[0]:
        return marker[1], "marker"
    if box:
        return box[1], "boxed"
    if marker:
        return marker[1], "marker"
    if _BOX.search(text) or _PROOF_END.search(text, max(0, len(text) - 200)):
        return None  # an unfinished box: the text was cut off
    short = text.strip()
    is_short = len(short) <= 100 and "\n" not in short and short.count(" ") < 8
    if is_short and "=" not in short:
        return _if_any(short, "whole")
    last = _end_of_solution(text)
    if last:
        return _if_any(last, "last line")
    return _if_any(short, "whole") if is_short else None


def asks_for_proof(question: str) -> bool:
    """Whether a question asks for a proof and for nothing else ("Prove that ...")."""
    return bool(_ASKS_PROOF.search(question)) and not _ASKS_VALUE.search(question)


def clean(answer: str) -> str:
    """An answer without what surrounds it: `$`, `\\boxed`, bold marks, a final period.

    Units and inner LaTeX stay; white space, newlines too, becomes single spaces.
    """
    answer = " ".join(answer.split())
    for _ in range(8):  # a few layers at most: **$\boxed{5}$.**
        before = answer
        answer = answer.strip(" \t,;:").removesuffix("\\").removeprefix("\\displaystyle")
        if answer.endswith(".") and not answer.endswith(".."):
            answer = answer[:-1]
        for left, right in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
            inner = answer[len(left) : -len(right)]
            if answer == left + inner + right and left not in inner:
                answer = inner
        for mark in ("**", "__", "*", "`"):
            inner = answer[len(mark) : -len(mark)]
            if len(answer) > 2 * len(mark) and answer == mark + inner + mark and mark not in inner:
                answer = inner
        for name in _WRAPPERS:
            answer = _unwrap(answer, name)
        answer = answer.strip().removeprefix("**").strip()
        if answer.endswith("**") and answer.count("**") == 1:
            answer = answer[:-2]
        if answer == before:
            break
    return answer


def options(question: str) -> dict[str, str]:
    """The options of a multiple-choice question, by letter; empty if it has none.

    Understands `(A) ...`, `[A] ...`, `A) ...`, `A. ...` and `\\textbf{(A)}\\ ...`: two or more
    letters in order from A. An option is one paragraph: the last one ends at a blank line.
    """
    for style in _LABELS.values():
        run: list[re.Match[str]] = []
        for match in style.finditer(question):
            letter = match[match.lastindex or 0]
            if letter == "A":
                run = [match]  # the last list that starts at A is the list of options
            elif run and ord(letter) == ord("A") + len(run):
                run.append(match)
        if len(run) < 2:
            continue
        found = {}
        for i, match in enumerate(run):
            end = run[i + 1].start() if i + 1 < len(run) else len(question)
            body = question[match.end() : end]
            if i + 1 == len(run):
                body = body.strip().split("\n\n")[0]
            found[match[match.lastindex or 0]] = _clean_option(body)
        return found
    return {}


def resolve_option(answer: str, choices: dict[str, str]) -> tuple[str, str | None]:
    """An answer as the letter of its option, and that option's text.

    `(D) 33.3`, `D`, `Option D` and `33.3` (if one option alone reads so) give `('D', '33.3')`;
    `ACD` gives `('A, C, D', '...; ...; ...')` if all three are options. Otherwise the answer
    comes back as it is, with None.
    """
    if not choices:
        return answer, None
    chosen = _CHOSEN.match(answer) or _CHOSEN.match(answer[:1].upper() + answer[1:])
    if chosen is None and answer[:6].lower() in ("option", "choice"):
        chosen = _CHOSEN.match(answer[6:].strip())
    letters = _LETTER_LIST.sub("", answer) if len(answer) < 80 else ""
    if _LETTERS.fullmatch(letters) and len(set(letters)) == len(letters) and len(letters) > 1:
        if all(letter in choices for letter in letters):
            picked = sorted(letters)
            return ", ".join(picked), "; ".join(choices[letter] for letter in picked)
        return answer, None
    if chosen and chosen[1] in choices:
        return chosen[1], choices[chosen[1]]
    same = [letter for letter, text in choices.items() if _plain(text) == _plain(answer)]
    return (same[0], choices[same[0]]) if len(same) == 1 else (answer, None)


def last_option(text: str, choices: dict[str, str]) -> tuple[str, str] | None:
    """The one option in bold in the last paragraph ("**(D)** is the true statement"), if any."""
    paragraph = text.strip()[-2000:].rpartition("\n\n")[2]
    bold = re.findall(r"\*\*(?:Option )?\(?([A-Z])\b[^*\n]{0,200}\*\*", paragraph)
    letters = {letter for letter in bold if letter in choices}
    return (letters.pop(), "last line") if len(letters) == 1 else None


def _if_any(answer: str, how: str) -> tuple[str, str] | None:
    answer = clean(answer)
    return (answer, how) if answer else None


def _unwrap(answer: str, name: str) -> str:
    """`\\name{x}` as `x`, if the braces enclose all of it."""
    start = f"\\{name}{{"
    if not (answer.startswith(start) and answer.endswith("}")):
        return answer
    inner = answer[len(start) : -1]
    depth = 0
    for brace in _BRACE.finditer(inner):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth < 0:
            return answer
    return inner if depth == 0 else answer


def _last_box(text: str) -> tuple[int, str] | None:
    """The end and the content of the last balanced box, with the boxes it makes a list with."""
    opens = {match.end(): match.start() for match in _BOX.finditer(text)}
    if not opens:
        return None
    boxes: list[tuple[int, int, int]] = []  # from the backslash, the opening and closing brace
    stack: list[int] = []
    for brace in _BRACE.finditer(text, min(opens)):
        if brace[0] == "{":
            stack.append(brace.start())
        elif brace[0] == "}" and stack:
            left = stack.pop()
            if left in opens:
                is_outer = bool(boxes) and boxes[-1][0] > left  # of a box within a box, the inner
                if not is_outer and clean(text[left + 1 : brace.start()][:4000]):
                    boxes.append((opens[left], left, brace.start()))
    if not boxes:
        return None
    parts: list[str] = []
    for i in range(len(boxes) - 1, -1, -1):
        _, left, right = boxes[i]
        part = clean(_value_of_sum(text[left + 1 : right]))
        if part not in parts:
            parts.insert(0, part)
        between = text[boxes[i - 1][2] + 1 : boxes[i][0]] if i else ""
        is_list = 0 < len(between) < 60 and "\n\n" not in between and len(parts) < 26
        if not (i and is_list and _BETWEEN_BOXES.fullmatch(between)):
            break
    return boxes[-1][2], ", ".join(parts)


def _last_marker(text: str) -> tuple[int, str] | None:
    """Where the last marked answer starts, and the answer.

    A label ("Answer: X") is believed before a sentence ("the answer is X"): explanations that
    follow a label often say "the answer".
    """
    for pattern in (_LABEL, _HEADING, _STATED):
        for match in reversed(list(pattern.finditer(text))[-5:]):
            value = _value_after(text[match.end() : match.end() + 2000], pattern is _STATED)
            if value:
                return match.end(), value
    return None


def _value_after(rest: str, stated: bool) -> str | None:
    """The answer at the beginning of what follows a marker."""
    rest = rest.lstrip(" \t*_:") if not stated else rest.lstrip(" \t:")
    if not rest.strip():
        return None
    rest = rest.lstrip("\n \t")
    if stated and _NOT_STATED.match(rest):
        return None
    if rest.startswith("**"):
        bold = rest[2:].split("**", 1)[0]
        return clean(bold) or None
    spans = _math_spans(rest)
    if spans and spans[0][0] == 0:
        end = spans[0][1]
        if re.match(
            r"[\s*]*(?:[.;)]|,(?! (?:or|and)\b)|\n|\Z|because|since)", rest[end : end + 40]
        ):
            return clean(_value_of_sum(rest[spans[0][2] : spans[0][3]])) or None
    line = rest.split("\n", 1)[0]
    cut = _sentence_end(line)
    value = clean(line[:cut].split(", which is ")[-1])
    if stated and (len(value) > 200 or value.count(" ") > 12):
        return None
    return value or None


def _sentence_end(line: str) -> int:
    """Where the first sentence of a line ends, outside of math."""
    spans = _math_spans(line)
    for match in re.finditer(r"(?<![A-Z])[.](?=\s+[A-Z(*]|\s*$)|,? (?:because|since)\b", line):
        if not any(start <= match.start() < end for start, end, _, _ in spans):
            return match.start()
    return len(line)


_MATH_MARK = re.compile(
    r"\\\\|\\\$|\$\$|\$|\\[\[\]()]"
    r"|\\(?:begin|end)\{(?:align|equation|gather|multline|eqnarray)\*?\}"
)
_CLOSER = {"$$": "$$", "$": "$", "\\[": "\\]", "\\(": "\\)"}


def _math_spans(text: str) -> list[tuple[int, int, int, int]]:
    """The math of a text: start and end with the delimiters, start and end without."""
    spans: list[tuple[int, int, int, int]] = []
    opened: tuple[int, int, str] | None = None  # start, end and closer of the opening mark
    for mark in _MATH_MARK.finditer(text):
        word = mark[0]
        if word in ("\\\\", "\\$"):
            continue
        if opened and opened[2] == "$" and "\n\n" in text[opened[1] : mark.start()]:
            opened = None  # a dollar sign that is no math
        if opened is None:
            if word in _CLOSER:
                opened = mark.start(), mark.end(), _CLOSER[word]
            elif word.startswith("\\begin"):
                opened = mark.start(), mark.end(), word.replace("begin", "end", 1)
        elif word == opened[2]:
            spans.append((opened[0], mark.end(), opened[1], mark.start()))
            opened = None
    return spans


_HOLE = re.compile("\ue000(\\d+)\ue001")
_NO_RESULT = re.compile(
    r"\s*(?:note|where|here|for example|recall|remark|see|ref|hint|check|this is true|source"
    r"|however|if|when|suppose|let|we could|one could|alternatively|one (?:actual|such)|the actual"
    r"|in general|in fact)\b"
    r"|\s*[-*•]\s",
    re.IGNORECASE,
)
_BEFORE_RESULT = re.compile(
    r"(?:\b(?:is|are|be|was|were|get|gets|gives?|giving|obtain|have|find|finds?|found|equals?|to"
    r"|yields?|becomes?|of|thus|so|hence|therefore|answer|about|approximately|only|exactly|then"
    r"|roughly|save|compute|just|simply|as)|[=:≈,])\s{0,3}\Z|\A\s*\Z",
    re.IGNORECASE,
)
_NUMBER_RESULT = re.compile(
    r"(?:\b(?:is|are|was|be|equals?|gives?|get|to|takes?|has|have|makes?|need|needs|cost|costs)|=)\s{0,3}"
    r"(?:about |approximately |only |exactly |a total of )?"
    r"(-?\$?\d[\d,]*+(?:\.\d+)?(?:/\d+)?%?(?: ?[A-Za-z°/^\d-]{1,20}){0,2}(?=[.,;!]?\s*\Z)"
    r"|-?\$?\d[\d,]*+(?:\.\d+)?(?:/\d+)?%?)(?=[.,;!]?(?:\s|\Z))"
)
_ASIDE = re.compile(r"\W*(?:ref\b|reference|http|source)|\([A-Z][^()]*\)\W*\Z", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z(\ue000])|\n")


def _end_of_solution(text: str) -> str | None:
    """The result in the last sentence of a worked solution; None where it does not read like one.

    Math counts if it stands alone (a display) or after a word like "is" or "get"; without math,
    a number after such a word, or the last bold words.
    """
    spans = _math_spans(text)
    pieces, at = [], 0
    for number, (start, end, _, _) in enumerate(spans):
        # Newlines inside of math are no line ends, so the math is taken out of the prose.
        pieces += [text[at:start], f"\ue000{number}\ue001"]
        at = end
    prose = "".join([*pieces, text[at:]])[-4000:].rstrip()
    lines = [line for line in _SENTENCE.split(prose) if line.strip()]
    while len(lines) > 1 and _ASIDE.match(lines[-1]):
        lines.pop()
    if not lines or _NO_RESULT.match(lines[-1]) or len(lines[-1]) > 600:
        return None
    last, before = lines[-1], lines[-2] if len(lines) > 1 else ""
    holes = list(_HOLE.finditer(last))
    if not holes:
        numbers = _NUMBER_RESULT.findall(last)
        if numbers:
            return str(numbers[-1])
        bold = re.findall(r"\*\*([^*\n]{1,80})\*\*(?!:)", last)
        return bold[-1] if bold and not bold[-1].endswith(":") else None
    hole = holes[-1]
    left, right = last[: hole.start()], last[hole.end() :]
    if holes[:-1]:
        left = left[holes[-2].end() :] or ","  # "is $a$$b$": two maths side by side
    alone = not left.strip() and len(holes) == 1
    if alone and re.search(r"\b(?:where|with|for|since|because|when|if|using)\W*\Z", before, re.I):
        return None
    if not _BEFORE_RESULT.search(left) or len(right.split()) > 4:
        return None
    if re.search(r"\b(?:is|are|was|for|when|if|as|in|by|which|that|such|has|have)\b", right):
        return None
    start, end = spans[int(hole[1])][2:]
    if end - start > 1500:
        return None
    result = _right_side(text[start:end])
    if not result:
        return None
    unit = right.strip(" .,;!*")
    # "$3$ apples": what follows a bare number is its unit
    return f"{result} {unit}" if unit and re.fullmatch(r"[\d.,\s]+", result) else result


_NAME = re.compile(
    r"\s*(?:\\[A-Za-z]+|[A-Za-z]{1,3}|\|[^|]{1,20}\||\\(?:mathrm|text|mathbf)\{[^{}]{1,30}\})'*"
    r"(?:\s?[_^](?:\{[^{}]{1,30}\}|[A-Za-z0-9*]|\\[A-Za-z]+))*\s*(?:\([^()]{0,40}\))?\s*"
)
_NUMERIC = re.compile(
    r"(?:[\d\s+*/^().,{}-]|\\(?:frac|cdot|times|sqrt|pi|tfrac|dfrac|left|right|[,!; ]))+"
)
_NUMBER = re.compile(r"\s*-?(?:\d[\d.,/ ]*|\\d?frac\{\d+\}\{\d+\}|\.\d+)\s*")
_ROWS = re.compile(
    r"\\(?:begin|end)\{(?:align|aligned|gather|gathered|split|array)\*?\}(?:\{[lcr| ]+\})?"
)


def _value_of_sum(math: str) -> str:
    """`8+1=9` as `9`, `m+n = 3 \\cdot 4 = 12` as `12`; `x = y = 1` and all else as it is."""
    if re.search(r"\\text|[,;<>]|\\(?:le|ge|in|ne)(?![A-Za-z])", math):
        return math  # more than a sum
    parts = _split_equals(math)
    is_sum = len(parts) > 1 and (
        _NUMERIC.fullmatch(parts[0]) or any(not _NAME.fullmatch(part) for part in parts[1:-1])
    )
    return parts[-1] if is_sum and not _NAME.fullmatch(parts[-1]) else math


def _right_side(math: str) -> str:
    """What an equation says: `x_1 = 2a = 6` gives `6`; an equation in its own right stays whole.

    Several results, a condition, a table give "": which of it is the answer is unclear.
    """
    math = re.sub(r"\\tag\*?\s?\{[^{}]*\}|\\label\{[^{}]*\}|\\(?:notag|nonumber)", "", math)
    if not re.search(r"matrix|cases|array", math):
        rows = re.split(r"\\\\(?:\[[^\]]{0,12}\])?", _ROWS.sub("", math))
        math = next((row for row in reversed(rows) if row.strip(" \n\t.,;")), "").replace("&", "")
    math = re.split(r"\\(?:Rightarrow|implies|Longrightarrow|therefore)\b", math)[-1]
    math = math.strip(" \n\t.,;")
    if re.search(r"\\[bp]?mod\b|\\equiv\b|\\begin\{array|\\q?quad[^=<>]*[=<>]", math):
        return ""
    parts = [part.strip() for part in _split_equals(math)]
    if len(parts) == 1 or not parts[-1]:
        return math
    first, last = parts[0], parts[-1]
    is_value = last != "0" and _NUMBER.fullmatch(last)
    named = not first or _NAME.fullmatch(first) or _NUMERIC.fullmatch(first)
    return last if named or is_value or len(parts) > 2 else math


def _split_equals(math: str) -> list[str]:
    """Split at the equals (and approximately equals) signs that stand in no braces."""
    parts, depth, at = [], 0, 0
    for match in re.finditer(r"\\approx(?![A-Za-z])|\\simeq|\\.|[{}=()\[\]]", math, re.DOTALL):
        if match[0] in "{([":
            depth += 1
        elif match[0] in "})]":
            depth -= 1
        elif match[0] in ("=", "\\approx", "\\simeq") and depth <= 0:
            parts.append(math[at : match.start()])
            at = match.end()
    return [*parts, math[at:]]


def _clean_option(body: str) -> str:
    """An option without the spacing and the halves of marks that a list leaves around it."""
    body = " ".join(re.sub(r"\\q?quad\b", " ", body).split()).strip(" ;,").removeprefix("\\ ")
    body = body.removesuffix("\\").rstrip()
    if body.count("$") % 2:  # the AMC's lists stand in one pair of dollars
        body = body.replace("$", "").strip()
    if body.count("{") < body.count("}"):
        body = body.removesuffix("}")  # \textbf{(A) 50}
    return clean(body)


def _plain(text: str) -> str:
    """A text for the comparison of an answer with an option: no spaces, `$` or `\\text`."""
    return re.sub(
        r"\\(?:text|mathrm|left|right|displaystyle|[,!; ])|[\s${}~]", "", clean(text)
    ).lower()
