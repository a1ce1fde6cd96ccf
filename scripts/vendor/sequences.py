# Long sequences of commands as short text, and back: "a, 3x b, 2x(c, d)".
import re

LONGEST_PERIOD = 64


def _best_run(items, start):
    """How often what begins at `start` repeats, and how long it is: the pair that saves most."""
    best, saved = (1, 1), 0
    for period in range(1, min(LONGEST_PERIOD, (len(items) - start) // 2) + 1):
        if items[start] != items[start + period]:
            continue
        first, times = items[start:start + period], 1
        while items[start + times * period:start + (times + 1) * period] == first:
            times += 1
        if (times - 1) * period > saved:
            best, saved = (times, period), (times - 1) * period
    return best


def fold(items):
    """The text of a list of words: runs of one word or of several are written once."""
    text, at = [], 0
    while at < len(items):
        times, period = _best_run(items, at)
        body = items[at:at + period]
        if times == 1:
            text.append(body[0])
        elif period == 1:
            text.append(f"{times}x {body[0]}")
        else:
            text.append(f"{times}x({fold(body)})")
        at += times * period
    return ", ".join(text)


def fold_owners(commands):
    """The text of (owner, type of owner, word): "Cast[a], 2x(Mul[b, 2x c], Add[d])"."""
    segments = []
    for owner, kind, word in commands:
        if not segments or segments[-1][0] != owner:
            segments.append((owner, kind, []))
        segments[-1][2].append(word)
    return fold([f"{kind}[{fold(words)}]" for _, kind, words in segments])


TOKEN = re.compile(r"(\d+)x\(|(\d+)x (?=[^,()\[\]]+\[)|(\d+)x |([^,()\[\]]+)\[|\)|\]|, |[^,()\[\]]+")


def unfold(text):
    """The list of words that fold() or fold_owners() made the text of; owners are left out."""
    stack, times, once = [[]], [], 1
    for token in TOKEN.finditer(text):
        if token[0] in ")]":
            body = stack.pop()
            stack[-1].extend(body * times.pop())
        elif token[1] or token[4]:
            times.append(int(token[1] or once))
            once = 1
            stack.append([])
        elif token[2] or token[3]:
            once = int(token[2] or token[3])
        elif token[0] != ", ":
            stack[-1].extend([token[0]] * once)
            once = 1
    return stack[0]
