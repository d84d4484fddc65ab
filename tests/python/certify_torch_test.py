#!/usr/bin/env python3
"""scripts/certify_torch.py: certify_torch_test.py CERTIFY"""
import contextlib
import functools
import io
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "scripts"))
sys.dont_write_bytecode = True
try:
    import torch
except ImportError:
    print("SKIPPED: this Python has no torch", file=sys.stderr)
    sys.exit(77)
import certify_torch

PROGRAM = ""
SHAPE = (3, 8, 8)


class Small(torch.nn.Module):
    def __init__(self, classes=4):
        super().__init__()
        self.conv, self.norm = torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8)
        self.dropout, self.last = torch.nn.Dropout(0.5), torch.nn.Linear(8, classes)

    def forward(self, x):
        return 20 * self.last(self.dropout(torch.relu(self.norm(self.conv(x))).mean((2, 3))))


class Tuple(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.small = Small()

    def forward(self, x):
        return x, self.small(x)


class Branch(torch.nn.Module):
    """Of two functions, by what the image is: no trace holds both."""

    def __init__(self):
        super().__init__()
        self.small = Small()

    def forward(self, x):
        bright = [float(image.mean()) > 0.7 for image in x]
        return torch.stack([-y if b else y for y, b in zip(self.small(x), bright)])


class WithFolder(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(1)
        held = tempfile.TemporaryDirectory()
        self.addCleanup(held.cleanup)
        self.folder = pathlib.Path(held.name)


class Export(WithFolder):
    def export(self, model, **options):
        return certify_torch.export(model, SHAPE, self.folder / "m.pt", quiet=True, **options)

    def refusal(self, model, **options):
        with self.assertRaises(certify_torch.ExportError) as caught:
            self.export(model, **options)
        self.assertFalse((self.folder / "m.pt").exists())
        return str(caught.exception)

    def expect_same(self, model, report):
        x = torch.rand(3, *SHAPE)
        with torch.no_grad():
            found = torch.jit.load(str(report.path))(x.clone())
            self.assertTrue(torch.allclose(found, model(x), atol=1e-4))

    def test_a_module_in_training_mode_is_written_as_it_evaluates_and_left_as_it_was(self):
        model = Small().train()
        report = self.export(model)
        self.assertTrue(model.training and model.dropout.training)
        self.assertEqual((report.form, report.classes, report.fixed_batch), ("script", 4, 0))
        self.expect_same(model.eval(), report)

    def test_functions_of_modules_are_traced_with_their_weights(self):
        model = Small().eval()
        report = self.export(lambda x: model(2 * x - 1))
        self.assertEqual(report.form, "trace")
        self.expect_same(lambda x: model(2 * x - 1), report)
        self.assertIn("training mode", self.refusal_after(report, lambda x: training(x)))

    def refusal_after(self, report, model):
        report.path.unlink()
        return self.refusal(model)

    def test_the_logits_are_picked_from_tuples_lists_dicts_and_objects(self):
        model = Small().eval()

        class Answer(dict):
            __getattr__ = dict.__getitem__

        for answer, name in ((lambda x: (x, model(x)), "1"), (lambda x: [model(x)], "0"),
                             (lambda x: {"features": x, "logits": model(x)}, "logits"),
                             (lambda x: Answer(logits=model(x), hidden=(x, x)), "logits")):
            report = self.export(answer)
            self.assertEqual(report.output, name)
            self.expect_same(model, report)
        self.assertEqual(self.export(Tuple()).output, "1")
        both = lambda x: (model(x), -model(x))
        self.expect_same(lambda x: -model(x), self.export(both, output=1))
        (self.folder / "m.pt").unlink()
        self.assertIn("0 [2, 4], 1 [2, 4]", self.refusal(both))
        self.assertIn("output 'x'", self.refusal(both, output="x"))

    def test_what_is_no_function_of_an_image_is_refused(self):
        model = Small().eval()
        self.assertIn("random", self.refusal(lambda x: model(x + torch.rand_like(x))))
        self.assertIn("other images of the batch", self.refusal(lambda x: model(x) - model(x).mean(0)))
        self.assertIn("not finite", self.refusal(lambda x: model(x) * float("nan")))
        self.assertIn("not [2,m] logits", self.refusal(lambda x: model(x).argmax(1)))
        self.assertIn("does not take a batch", self.refusal(torch.nn.Linear(7, 2)))

    def test_a_branch_that_a_trace_would_lose_is_scripted_or_refused(self):
        branch = Branch().eval()
        report = self.export(branch)
        self.assertEqual(report.form, "script")
        self.expect_same(branch, report)
        self.assertIn("neither a script nor a trace", self.refusal_after(report, lambda x: branch(x)))

    def test_a_masked_class_excuses_nothing(self):
        small = Small().eval()

        def masked(x):  # a trace keeps the branch of the images that it saw
            y = small(x)
            first = y[:, :1] + (0.9 if float(x.max()) > 2.5 else 0.0)
            return torch.cat([first, y[:, 1:3], torch.full((x.shape[0], 1), -1e4)], 1)

        self.assertEqual(self.export(masked).form, "trace")  # no image is so bright
        (self.folder / "m.pt").unlink()
        moved = lambda x: masked(x) if x.shape[0] == certify_torch._TRACED_BATCH else masked(x) + torch.tensor([0.5, 0, 0, 0])
        self.assertIn("neither a script nor a trace", self.refusal(moved))

    def test_a_branch_on_values_is_said_and_seen_on_the_images_that_are_certified(self):
        small = Small().eval()

        def bright(x):  # of each image by itself
            y = small(x)
            return torch.cat([-y[i:i + 1] if x[i].max() > 6 else y[i:i + 1] for i in range(x.shape[0])])

        report = self.export(bright)
        self.assertIn("certify_torch_test.py:", str(report))
        self.assertIn("what is certified is the file", str(report))
        report.path.unlink()
        self.assertIn("neither a script nor a trace", self.refusal(bright, examples=8 * torch.rand(4, *SHAPE)))

    def test_modules_are_found_wherever_a_function_reaches_them(self):
        small, inner = Small().eval(), Small().eval()
        held = {"model": small}

        class Ensemble:
            def __init__(self):
                self.members = [small, inner]

            def __call__(self, x):
                return sum(m(x) for m in self.members)

        predict = lambda x: small(x)
        for function in (lambda x: predict(x), lambda x: held["model"](x), functools.partial(torch.nn.Module.__call__, small),
                         lambda x: torch.cat([small(x[:, :, :8]) for _ in range(1)]), Ensemble(), Ensemble().__call__):
            self.expect_same(function, self.export(function))

    def test_a_model_may_write_to_its_input(self):
        small = Small().eval()
        self.expect_same(lambda x: small(x - 0.5), self.export(lambda x: small(x.sub_(0.5))))

    def test_weights_of_other_precisions_are_brought_to_single(self):
        for kind in (torch.bfloat16, torch.float64):
            model = Small().eval().to(kind)
            report = self.export(model)
            self.assertIn(str(kind), str(report))
            self.expect_same(Small.float(model), report)

    def test_a_trace_of_one_batch_is_said(self):
        model = Small().eval()
        report = self.export(lambda x: model(x).view(int(x.shape[0]), 4))
        self.assertGreater(report.fixed_batch, 1)
        self.assertIn("only", str(report))


training = Small().train()


class Certify(WithFolder):
    def certify(self, model, **options):
        images = (torch.rand(6, *SHAPE) * 255).round().to(torch.uint8)
        labels = torch.arange(6) % 4
        options = {"n0": 20, "n": 200, "sigma": 0.1, **options}
        with contextlib.redirect_stderr(io.StringIO()) as self.said, contextlib.redirect_stdout(io.StringIO()):
            return certify_torch.certify(model, images, labels, program=PROGRAM, **options)

    def test_rows_curve_and_radii_are_those_of_the_run(self):
        result = self.certify(Small())
        self.assertEqual([row["idx"] for row in result.rows], list(range(6)))
        self.assertEqual([row["label"] for row in result.rows], [0, 1, 2, 3, 0, 1])
        right = [row for row in result.rows if row["correct"]]
        self.assertEqual(result.accuracy_at(0), len(right) / 6)
        self.assertAlmostEqual(result.acr, sum(row["radius_full"] for row in right) / 6)
        self.assertEqual(len(result.curve()), len(right))
        self.assertTrue((result.path / "report.html").exists())
        self.assertIn("<svg", result._repr_html_())
        self.assertIn("6 images", repr(result))

    def test_the_same_call_goes_on_and_another_is_refused(self):
        model, out = Small(), self.folder / "R"
        first = self.certify(model, out=out)
        log = out / "samples.jsonl"
        lines = log.read_text().splitlines(True)
        log.write_text("".join(lines[:3]))
        torch.manual_seed(1)  # as in setUp(): the same model and images, made anew
        model_again = Small()
        images = (torch.rand(6, *SHAPE) * 255).round().to(torch.uint8)
        with contextlib.redirect_stderr(io.StringIO()) as said:
            second = certify_torch.certify(model_again, images, torch.arange(6) % 4, sigma=0.1, n0=20, n=200, out=out,
                                           program=PROGRAM)
        self.assertIn("resuming", said.getvalue())
        clock = lambda rows: [{k: v for k, v in row.items() if k != "time"} for row in rows]
        self.assertEqual(clock(second.rows), clock(first.rows))
        with self.assertRaises(certify_torch.CertifyError) as caught, contextlib.redirect_stderr(io.StringIO()):
            certify_torch.certify(model_again, images, torch.arange(6) % 4, sigma=0.2, n0=20, n=200, out=out, program=PROGRAM)
        self.assertEqual(caught.exception.code, 65)

    def test_a_fixed_batch_goes_on_and_another_model_overwrites_nothing(self):
        small, out = Small().eval(), self.folder / "R"
        fixed = lambda x: small(x).view(int(x.shape[0]), 4)
        self.certify(fixed, out=out)
        before = (self.folder / "R-inputs" / "model.pt").read_bytes()
        torch.manual_seed(1)
        Small()  # the same images again
        self.certify(fixed, out=out)
        other = Small(4)
        with self.assertRaises(certify_torch.CertifyError) as caught:
            self.certify(other, out=out)
        self.assertIn("another model", str(caught.exception))
        self.assertEqual((self.folder / "R-inputs" / "model.pt").read_bytes(), before)

    def test_models_of_equal_answers_and_other_weights_are_two(self):
        class Votes(torch.nn.Module):
            def __init__(self, small):
                super().__init__()
                self.small = small

            def forward(self, x):
                return torch.nn.functional.one_hot(self.small(x).argmax(1), 4).float()

        small, out = Small().eval(), self.folder / "R"
        with torch.no_grad():
            small.last.bias[0] += 1  # far from a tie
        self.certify(Votes(small), out=out)
        torch.manual_seed(1)
        other = Votes(Small().eval())
        other.small.load_state_dict(small.state_dict())
        with torch.no_grad():
            other.small.last.bias[0] += 1e-3
        with self.assertRaises(certify_torch.CertifyError) as caught:
            self.certify(other, out=out)
        self.assertIn("another model", str(caught.exception))

    def test_a_refused_call_leaves_the_images_of_the_run(self):
        model, out = Small(), self.folder / "R"
        self.certify(model, out=out)
        kept = [(self.folder / "R-inputs" / name).read_bytes() for name in ("images.npy", "labels.npy")]
        with self.assertRaises(certify_torch.CertifyError) as caught:
            self.certify(model, out=out)  # other random images
        self.assertIn("begun with others", str(caught.exception))
        self.assertEqual([(self.folder / "R-inputs" / name).read_bytes() for name in ("images.npy", "labels.npy")], kept)

    def test_labels_are_whole_numbers(self):
        with self.assertRaises(certify_torch.ExportError):
            certify_torch.certify(Small(), torch.rand(1, *SHAPE), [0.9], 0.1, program=PROGRAM)

    def test_predictions_are_read(self):
        result = self.certify(Small(), method="predict")
        self.assertEqual(len(result.rows), 6)
        self.assertIn("6 images predicted", repr(result))

    def test_floats_and_options_are_passed_on(self):
        model = Small().eval()
        with contextlib.redirect_stderr(io.StringIO()):
            result = certify_torch.certify(lambda x: (x, model(x)), torch.rand(2, *SHAPE), [0, 1], 0.1, n0=20, n=300,
                                           method="two-sided", alpha=0.01, program=PROGRAM)
        self.assertEqual(result.rows[0]["method"], "two-sided")
        self.assertEqual(result.rows[0]["alpha"], 0.01)

    def test_errors_of_the_program_are_raised(self):
        with self.assertRaises(certify_torch.CertifyError) as caught:
            self.certify(Small(), method="none-such")
        self.assertEqual(caught.exception.code, 64)
        self.assertIn("none-such", str(caught.exception))
        self.assertNotIn("none-such", self.said.getvalue())  # raised, and not said besides
        with self.assertRaises(certify_torch.CertifyError):
            certify_torch.certify(Small(), torch.rand(1, *SHAPE), [0], 0.1, program=str(self.folder / "nothing"))


if __name__ == "__main__":
    PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
