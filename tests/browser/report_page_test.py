#!/usr/bin/env python3
"""The page of `certify report` in a real browser. Ends with 77 where there is none.

  report_page_test.py PROGRAM
  report_page_test.py PROGRAM --pictures FOLDER   screenshots to look at, and a PDF, instead of tests
"""
import base64
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import browser  # noqa: E402
import make_runs  # noqa: E402

IMAGES = 300


def make_report(folder, program):
    """Two runs, one of which was attacked, and somebody else's log with a name that would be markup."""
    for i, method in enumerate(["cohen", "two-sided"]):
        make_runs.make_run(program, folder / f"run{i}", IMAGES, 0.25, method)
    rows = [line.split("\t") for line in (folder / "run0" / "certificates.tsv").read_text().splitlines()[1:]]
    attacked = [[*row[:5], str(round(float(row[3]) * 1.7, 6))] for row in rows]
    (folder / "run0" / "attack.tsv").write_text("\n".join(
        "\t".join(row) for row in [["idx", "label", "predict", "radius", "correct", "attack_radius"], *attacked]) + "\n")
    theirs = folder / "<img src=x onerror=alert(1)>.tsv"
    theirs.write_text("idx\tlabel\tpredict\tradius\tcorrect\ttime\n0\t3\t3\t0.4\t1\t1.5\n1\t3\t-1\t0.0\t0\t1.5\n")
    subprocess.run([program, "report", folder / "run0", folder / "run1", theirs, "--out", folder / "report",
                    "--title", "Two methods & <b>one log</b>"], check=True, stdout=subprocess.DEVNULL)
    return folder / "report" / "report.html"


class ReportPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="certify-test-")
        cls.page = make_report(pathlib.Path(cls.folder.name), PROGRAM)
        cls.browser = browser.Browser(browser.find())

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.folder.cleanup()

    def setUp(self):
        self.browser.look()
        self.browser.open(self.page)

    def column(self, title):
        """Cells of the table of images under a heading."""
        return self.browser.run(f"""(() => {{
            const titles = [...document.querySelectorAll("#image-table th")].map(th => th.textContent.split(" ")[0]);
            return [...document.querySelectorAll("#image-table tbody tr")]
                .map(row => row.cells[titles.indexOf("{title}")].textContent); }})()""")

    def click(self, selector):
        self.browser.run(f"document.querySelector(`{selector}`).click()")

    def put(self, selector, value):
        self.browser.run(f"""(() => {{ const field = document.querySelector("{selector}");
            field.value = "{value}"; field.dispatchEvent(new Event("input")); }})()""")

    def count(self):
        return self.browser.run("document.getElementById('image-count').textContent")

    def test_loads_without_a_network_and_asks_for_nothing(self):
        self.assertEqual(self.browser.requests(), [])
        self.assertEqual(self.browser.complaints(), [])
        self.assertEqual(self.browser.run("document.querySelectorAll('.figure.wide svg').length"), 2)

    def test_text_of_files_stays_text(self):
        self.assertEqual(self.browser.run("document.querySelectorAll('img').length"), 0)
        self.assertEqual(self.browser.run("document.querySelector('h1').textContent"), "Two methods & <b>one log</b>")
        self.assertIn("<img src=x", self.browser.run("document.getElementById('image-run').textContent"))

    def test_sorts_by_any_column_both_ways(self):
        self.assertEqual(self.column("image")[:3], ["0", "1", "2"])
        self.click("[data-key=radius]")
        falling = [float(r) for r in self.column("radius")]
        self.assertEqual(falling, sorted(falling, reverse=True))
        self.assertGreater(falling[0], 0.5)
        self.click("[data-key=radius]")
        self.assertEqual(self.column("radius")[0], "–")  # abstained first
        self.assertEqual(self.browser.run("document.querySelector('th[aria-sort=ascending]').textContent"), "radius ↑")
        self.click("[data-key=label]")
        labels = self.column("label")
        self.assertEqual(labels, ["airplane"] * 30 + ["automobile"] * 20)
        self.assertEqual(self.browser.complaints(), [])

    def test_filters_by_outcome_label_radius_and_image(self):
        self.put("#image-outcome", "abstained")
        self.assertEqual(set(self.column("prediction")), {"abstained"})
        self.put("#image-outcome", "wrong")
        pairs = list(zip(self.column("label"), self.column("prediction")))
        self.assertTrue(pairs and all(label != prediction for label, prediction in pairs))
        self.put("#image-outcome", "")
        self.put("#image-label", "3")
        self.assertEqual(set(self.column("label")), {"cat"})
        self.put("#image-least", "0.3")
        self.assertTrue(all(float(r) >= 0.3 for r in self.column("radius")))
        self.put("#image-least", "")
        self.put("#image-label", "")
        self.put("#image-number", "17")
        self.assertEqual(self.column("image"), ["17"])
        self.put("#image-number", "100000")
        self.assertEqual(self.count(), "no image")
        self.assertEqual(self.browser.complaints(), [])

    def test_turns_pages_and_changes_runs(self):
        self.assertEqual(self.count(), f"1–50 of {IMAGES}")
        self.click("#image-pages button:last-of-type")
        self.assertEqual(self.count(), f"51–100 of {IMAGES}")
        self.assertEqual(self.column("image")[0], "50")
        self.put("#image-run", "2")  # has no votes
        self.assertEqual(self.count(), "1–2 of 2")
        self.assertEqual(self.browser.run("document.querySelectorAll('[data-key=n_top]').length"), 0)

    def test_a_figure_tells_its_values_under_the_pointer(self):
        self.assertTrue(self.browser.run("document.getElementById('readout').hidden"))
        self.browser.run("""document.querySelectorAll(".wide .strip")[3]
            .dispatchEvent(new PointerEvent("pointermove", {clientX: 300, clientY: 200}))""")
        text = self.browser.run("document.getElementById('readout').textContent")
        self.assertRegex(text, r"^radius 0\.\d+\n0\.\d{3} \(≥ 0\.\d{3}\)  ")
        self.assertIn("under attack", text)
        self.browser.run("""document.querySelectorAll("#distribution .wide .strip")[0]
            .dispatchEvent(new PointerEvent("pointermove", {clientX: 300, clientY: 200}))""")
        text = self.browser.run("document.getElementById('readout').textContent")
        self.assertRegex(text, r"^p_lower 0\.\d+–0?\.?\d+\n\d+ correct\n\d+ wrong\n\d+ abstained\n")

    def test_nothing_is_wider_than_a_phone(self):
        self.browser.look(width=360, height=740, touch=True)
        self.assertLessEqual(self.browser.run("document.documentElement.scrollWidth"), 360)
        self.assertEqual(self.browser.run("getComputedStyle(document.querySelector('.figure.wide')).display"), "none")
        self.assertEqual(self.browser.run("getComputedStyle(document.querySelector('.figure.narrow')).display"), "block")

    def test_is_dark_where_the_reader_wants_it(self):
        light = self.browser.run("getComputedStyle(document.body).backgroundColor")
        self.browser.look(dark=True)
        self.assertNotEqual(self.browser.run("getComputedStyle(document.body).backgroundColor"), light)


def take_pictures(folder):
    """For whoever changes how the page looks."""
    with tempfile.TemporaryDirectory() as runs:
        page = make_report(pathlib.Path(runs), PROGRAM)
        chromium = browser.Browser(browser.find())
        for name, look in {"desktop": {}, "dark": {"dark": True},
                           "phone": {"width": 360, "height": 740, "touch": True}}.items():
            chromium.look(**look)
            chromium.open(page)
            (folder / f"{name}.png").write_bytes(base64.b64decode(chromium.picture()))
        (folder / "print.pdf").write_bytes(base64.b64decode(chromium.pdf()))
        chromium.close()


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    if not browser.find():
        print("NO CHROMIUM HERE: the report's page was not tested in a browser")
        sys.exit(77)
    if "--pictures" in sys.argv:
        take_pictures(pathlib.Path(sys.argv[sys.argv.index("--pictures") + 1]))
    else:
        unittest.main(verbosity=2)
