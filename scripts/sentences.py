#!/usr/bin/env python3
"""Counts the words of the sentences of Markdown files, code, tables and headings left out.

usage: sentences.py [--limit] FILE...

--limit: exit code 1 where a file's mean is above 16 words, or a sentence has more than 30.
"""
import re
import sys

MEAN, LONGEST = 16, 30


def sentences(text):
    text = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)  # code
    blocks, current = [], []
    for line in text.splitlines():
        starts_block = re.match(r"\s*([-*] |\d+\. )", line)
        if not line.strip() or re.match(r"\s*(#|\||!\[)", line) or starts_block:
            blocks.append(" ".join(current))
            current = [line.lstrip(" -*")] if starts_block else []
        else:
            current.append(line.strip())
    blocks.append(" ".join(current))
    for block in blocks:
        block = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", block)  # links are their text
        block = re.sub(r"`[^`]*`", "code", block)  # a command is one word
        for sentence in re.split(r"(?<=[.?!])[*)]*\s+(?=[A-Z*(αβλσℓ0-9]|code)", block):
            words = re.findall(r"[\w'’./%-]*\w[\w'’./%-]*", sentence)
            if len(words) > 1:
                yield len(words), sentence.strip()


def main():
    files = [name for name in sys.argv[1:] if name != "--limit"]
    if not files:
        sys.exit(__doc__)
    failed = False
    for name in files:
        found = list(sentences(open(name, encoding="utf-8").read()))
        lengths = [length for length, _ in found]
        mean = sum(lengths) / len(lengths)
        long = [(length, text) for length, text in found if length > LONGEST]
        print(f"{name}: {len(found)} sentences, {mean:.1f} words in the mean, the longest has {max(lengths)}, "
              f"{len(long)} above {LONGEST}")
        for length, text in long:
            print(f"  {length}: {text}")
        failed = failed or mean > MEAN or bool(long)
    if failed and "--limit" in sys.argv[1:]:
        sys.exit(1)


main()
