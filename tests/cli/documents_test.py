#!/usr/bin/env python3
"""README and docs are true to the program: links lead somewhere, commands and options exist, sentences are short.

usage: documents_test.py CERTIFY
"""
import pathlib
import re
import subprocess
import sys

certify = sys.argv[1]
root = pathlib.Path(__file__).resolve().parents[2]
documents = [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").glob("**/*.md"))]
mistakes = []


def anchor(heading):  # as GitHub makes them
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def check_links(file, text):
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+://", target):
            continue
        name, _, part = target.partition("#")
        place = (file.parent / name).resolve() if name else file
        if not place.exists():
            mistakes.append(f"{file.name}: {target}: no such file")
        elif part:
            headings = re.findall(r"^#+ (.*)$", place.read_text(encoding="utf-8"), flags=re.M)
            if part not in map(anchor, headings):
                mistakes.append(f"{file.name}: {target}: no such heading")


def help_of(command, known={}):
    if command not in known:
        words = [certify, *([command] if command else []), "--help"]
        known[command] = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    return known[command]


def check_commands(file, text):
    code = "\n".join(re.findall(r"^```sh\n(.*?)^```$", text, flags=re.M | re.S))
    code += "\n" + "\n".join(re.findall(r"^    (.*)$", text, flags=re.M))
    count = 0
    for line in code.replace("\\\n", " ").splitlines():
        for part in re.split(r"\s+#|\s*&&\s*|[;|]\s", line):
            words = re.sub(r"'[^']*'|[()]", " ", part).split()
            while words and (re.match(r"\w+=", words[0]) or words[0] in ("source", "<")):
                words = words[1:]
            if not words or words[0] not in ("certify", "build/bin/certify"):
                continue
            count += 1
            command = words[1] if len(words) > 1 and re.match(r"[a-z]", words[1]) else ""
            if command and not re.search(rf"^  {command} ", help_of(""), flags=re.M):
                mistakes.append(f"{file.name}: certify {command}: no such command")
                continue
            for option in [word.split("=")[0] for word in words if word.startswith("--")]:
                if not re.search(rf"(^|[\s,]){re.escape(option)}(?![\w-])", help_of(command)):
                    mistakes.append(f"{file.name}: certify {command}: no option {option}")
    return count


commands = 0
for file in documents:
    text = file.read_text(encoding="utf-8")
    check_links(file, text)
    commands += check_commands(file, text)
if commands < 50:
    mistakes.append(f"only {commands} commands were found")
if len((root / "README.md").read_text(encoding="utf-8").splitlines()) > 120:
    mistakes.append("README.md: more than 120 lines")
sentences = subprocess.run([sys.executable, root / "scripts/sentences.py", "--limit", root / "README.md",
                            root / "docs/guide.md"], capture_output=True, text=True, check=False)
print(sentences.stdout)
if sentences.returncode:
    mistakes.append("sentences are too long")
print(f"{len(documents)} documents, {commands} commands")
print("\n".join(mistakes))
sys.exit(bool(mistakes))
