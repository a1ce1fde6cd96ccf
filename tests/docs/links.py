"""links.py ROOT [--targets]: every relative link of the pages leads to a file or folder, and its fragment
to a heading. Prints one line per link that does not; with --targets, the files that links lead to."""

import re
import sys
from pathlib import Path

from documents import pages

LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#+\s+(.*?)\s*$", re.MULTILINE)
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def anchor(heading):
    """As the usual renderers make it: lower case, words joined by dashes."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors(page):
    """What the headings of a page can be linked by; equal ones are numbered."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    seen, result = {}, set()
    for heading in HEADING.findall(text):
        name = anchor(heading)
        count = seen.get(name, 0)
        seen[name] = count + 1
        result.add(f"{name}-{count}" if count else name)
    return result


def links(root):
    """Every relative link: its page, line, path and fragment."""
    for page in pages(root):
        text = CODE.sub(lambda match: "\n" * match.group().count("\n"), page.read_text())
        for match in LINK.finditer(text):
            target, _, fragment = match.group(1).partition("#")
            if not re.match(r"[a-z]+:", target):
                path = (page.parent / target) if target else page
                yield page, text.count("\n", 0, match.start()) + 1, path, fragment


def broken(root):
    for page, line, path, fragment in links(root):
        where = f"{page.relative_to(root)}:{line}"
        if not path.exists():
            yield f"{where}: there is no {path.name}"
        elif fragment and path.suffix == ".md" and fragment not in anchors(path):
            yield f"{where}: {path.name} has no heading #{fragment}"


def targets(root):
    return sorted({str(path.resolve().relative_to(root)) for _, _, path, _ in links(root)
                   if path.is_file()})


root = Path(sys.argv[1]).resolve()
if "--targets" in sys.argv:
    print("\n".join(targets(root)))
    sys.exit()
offences = list(broken(root))
print("\n".join(offences) or "every link leads somewhere")
sys.exit(bool(offences))
