"""What the checks of the documents share: which pages there are, and their fenced blocks."""

import re
from pathlib import Path
from typing import List, NamedTuple

FENCE = re.compile(r"^\s*```(\w*)\s*$")
# `<!-- not run: START: REASON -->` before a block: its commands that begin so are not run; "all": none.
MARK = re.compile(r"^<!-- not run: (.+?): (.+) -->$")
SESSION = re.compile(r"^<!-- session: ")


class Block(NamedTuple):
    page: Path
    line: int
    language: str
    text: str
    is_session: bool  # filled and compared by scripts/readme
    marks: List[str]  # how commands begin that are not run


def pages(root):
    """The pages for people: those at the top, of docs, and of each folder at the top."""
    root = Path(root)
    return sorted(path for pattern in ("*.md", "docs/*.md", "*/README.md") for path in
                  root.glob(pattern))


def blocks(page):
    """The fenced blocks of a page."""
    found, marks, inside = [], [], None
    for number, line in enumerate(page.read_text().splitlines(), 1):
        fence = FENCE.match(line)
        if inside is not None:
            if not fence:
                inside[2].append(line)
                continue
            start, language, lines, own, is_session = inside
            found.append(Block(page, start, language, "\n".join(lines), is_session, own))
            inside, marks = None, []
        elif fence:
            is_session = any(SESSION.match(mark) for mark in marks)
            own = [match.group(1) for match in map(MARK.match, marks) if match]
            inside = (number, fence.group(1), [], own, is_session)
        elif line.startswith("<!--"):
            marks.append(line)
        elif line.strip():
            marks = []
    return found
