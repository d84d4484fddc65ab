#!/usr/bin/env python3
"""Every form of every data set gives the images and labels that torchvision gives (Pillow, for pictures).

    forms_test.py DUMP_DATASET [FIXTURES]   with a Python that has torchvision, SciPy and Pillow; else it makes an
                                            environment for itself in a temporary folder

Makes each data set in small or in full size from random pixels, in each form in which people have it, reads it with
torchvision's own class and with the program, and compares all bytes. With FIXTURES it only writes the small files that
the unit tests read (tests/data/packed/fixtures).
"""
import contextlib
import io
import os
import pathlib
import struct
import subprocess
import sys
import tarfile
import tempfile

try:
    import numpy as np
    import scipy.io
    import torchvision
    from PIL import Image
except ImportError:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([f"{folder}/bin/pip", "install", "-q", "torch==2.15.0", "torchvision==0.29.2", "scipy==1.17.1"],
                       check=True)
        sys.exit(subprocess.run([f"{folder}/bin/python", *sys.argv]).returncode)


class Python2Pickle:
    """Opcode by opcode what cPickle of Python 2 wrote by protocol 2, which no Python of today writes."""

    def __init__(self):
        self.bytes, self.memo = bytearray(b"\x80\x02"), 0

    def put(self):
        self.memo += 1
        self.bytes += b"q" + bytes([self.memo]) if self.memo < 256 else b"r" + struct.pack("<I", self.memo)

    def text(self, text):
        raw = text if isinstance(text, bytes) else text.encode()
        self.bytes += (b"U" + bytes([len(raw)]) if len(raw) < 256 else b"T" + struct.pack("<I", len(raw))) + raw
        self.put()

    def number(self, n):
        self.bytes += (b"K" + bytes([n]) if 0 <= n < 256 else
                       b"M" + struct.pack("<H", n) if 0 <= n < 65536 else b"J" + struct.pack("<i", n))

    def items(self, items, one):
        self.bytes += b"]"
        self.put()
        for k in range(0, len(items), 1000):
            self.bytes += b"("
            for item in items[k:k + 1000]:
                one(item)
            self.bytes += b"e"

    def named(self, module, name):
        self.bytes += b"c" + module + b"\n" + name + b"\n"
        self.put()

    def op(self, code, remember=False):
        self.bytes += code
        if remember:
            self.put()

    def array(self, a):
        self.named(b"numpy.core.multiarray", b"_reconstruct")
        self.named(b"numpy", b"ndarray")
        self.number(0), self.op(b"\x85", True), self.text("b"), self.op(b"\x87", True), self.op(b"R", True)
        self.op(b"("), self.number(1), self.number(a.shape[0]), self.number(a.shape[1]), self.op(b"\x86", True)
        self.named(b"numpy", b"dtype")
        self.text("u1"), self.number(0), self.number(1), self.op(b"\x87", True), self.op(b"R", True)
        self.op(b"("), self.number(3), self.text("|"), self.op(b"NNN")
        self.number(-1), self.number(-1), self.number(0), self.op(b"t", True), self.op(b"b")
        self.op(b"\x89"), self.text(a.tobytes()), self.op(b"t", True), self.op(b"b")

    def dictionary(self, entries):
        self.op(b"}", True), self.op(b"(")
        for key, value in entries.items():
            self.text(key)
            if isinstance(value, np.ndarray) and value.ndim == 2:
                self.array(value)
            elif isinstance(value, str):
                self.text(value)
            elif isinstance(value[0], str):
                self.items(value, self.text)
            else:
                self.items([int(v) for v in value], self.number)
        return bytes(self.bytes + b"u.")


def archive(path, folder, files):
    with tarfile.open(path, "w:gz", format=tarfile.GNU_FORMAT, compresslevel=1) as tar:
        entry = tarfile.TarInfo(folder)
        entry.type = tarfile.DIRTYPE
        tar.addfile(entry)
        for name, content in files.items():
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def write_fixtures(folder):
    data = (np.arange(3 * 3072) * 7 % 256).astype(np.uint8).reshape(3, 3072)
    write(folder / "cifar100_batch.pickle", Python2Pickle().dictionary(
        {"filenames": ["a.png", "b.png", "c.png"], "batch_label": "testing batch 1 of 1", "fine_labels": [49, 33, 72],
         "coarse_labels": [10, 10, 0], "data": data}))
    x = (np.arange(24) * 9 % 256).astype(np.uint8).reshape(2, 3, 4)
    for name, packed in (("plain.mat", False), ("packed.mat", True)):
        scipy.io.savemat(folder / name, {"X": x, "y": np.array([[10], [1.0], [300]]), "s": "text",
                                         "c": np.array([[1j]]), "t": {"a": 1}}, do_compression=packed)


class Forms:
    def __init__(self, program, folder):
        self.program, self.folder, self.checked = program, folder, 0
        self.random = np.random.default_rng(0)

    def dump(self, name, place, split, *options):
        out = self.folder / "out"
        run = subprocess.run([self.program, name, place, split, out, *options], capture_output=True, text=True)
        if run.returncode != 0:
            raise SystemExit(f"{name} in {place}: {run.stderr}")
        return np.load(f"{out}.images.npy"), np.load(f"{out}.labels.npy").ravel(), run.stdout.splitlines()[0]

    def same(self, what, got, images, labels):
        assert got[0].shape == images.shape, (what, got[0].shape, images.shape)
        assert (got[0] == images).all(), (what, "pixels", int((got[0] != images).sum()))
        assert (got[1] == labels).all(), (what, "labels")
        self.checked += 1
        print(f"{what}: {len(labels)} images as torchvision has them, sha256 {got[2][:12]}")

    def cifar(self, name, official, batches, pickles, cls, label_options):
        """batches: name of a file -> images in it."""
        hashes = {}
        for form in ("records", "pickles", "records.tar.gz", "pickles.tar.gz"):
            root = self.folder / f"{name}-{form}"
            root.mkdir()
            kind = "bin" if name == "cifar10" else "binary"
            inside = f"{official}-{'python' if name == 'cifar100' else 'batches-py'}"
            binary = f"{official}-{'batches-' if name == 'cifar10' else ''}{kind}"
            folder, files = (inside, pickles) if form.startswith("pickles") else (binary, batches)
            if form.endswith("gz"):
                archive(root / f"{official}-{'python' if form.startswith('p') else 'binary'}.tar.gz", folder, files)
            else:
                for file, content in files.items():
                    write(root / folder / file, content)
            for train in (False, True):
                for options, images, labels in cls(train):
                    got = self.dump(name, root, "train" if train else "test", *options)
                    self.same(f"{name} {form} {'train' if train else 'test'} {' '.join(options)}", got, images, labels)
                    assert hashes.setdefault((train, options), got[2]) == got[2], (name, form, "another hash")

    def check_cifar10(self):
        names = ["test_batch"] + [f"data_batch_{k}" for k in range(1, 6)]
        pixels = {n: self.random.integers(0, 256, (10000, 3072), np.uint8) for n in names}
        labels = {n: self.random.integers(0, 10, 10000) for n in names}
        batches = {n + ".bin": np.concatenate([labels[n][:, None].astype(np.uint8), pixels[n]], 1).tobytes()
                   for n in names}
        pickles = {n: Python2Pickle().dictionary(
            {"batch_label": n, "labels": labels[n], "data": pixels[n], "filenames": [f"{i}.png" for i in range(10000)]})
            for n in names}
        pickles["batches.meta"] = Python2Pickle().dictionary({"label_names": [str(k) for k in range(10)]})
        root = self.folder / "torchvision10"
        for n, content in pickles.items():
            write(root / "cifar-10-batches-py" / n, content)

        def read(train):
            with unchecked(torchvision.datasets.CIFAR10):
                data = torchvision.datasets.CIFAR10(root, train=train)
            yield (), data.data.transpose(0, 3, 1, 2), np.array(data.targets)
        self.cifar("cifar10", "cifar-10", batches, pickles, read, ())

    def check_cifar100(self):
        counts = {"test": 10000, "train": 50000}
        pixels = {n: self.random.integers(0, 256, (c, 3072), np.uint8) for n, c in counts.items()}
        fine = {n: self.random.integers(0, 100, c) for n, c in counts.items()}
        coarse = {n: self.random.integers(0, 20, c) for n, c in counts.items()}
        batches = {n + ".bin": np.concatenate([coarse[n][:, None].astype(np.uint8), fine[n][:, None].astype(np.uint8),
                                               pixels[n]], 1).tobytes() for n in counts}
        pickles = {n: Python2Pickle().dictionary(
            {"filenames": [f"{i}.png" for i in range(c)], "batch_label": n, "fine_labels": fine[n],
             "coarse_labels": coarse[n], "data": pixels[n]}) for n, c in counts.items()}
        pickles["meta"] = Python2Pickle().dictionary({"fine_label_names": [str(k) for k in range(100)]})
        root = self.folder / "torchvision100"
        for n, content in pickles.items():
            write(root / "cifar-100-python" / n, content)

        def read(train):
            with unchecked(torchvision.datasets.CIFAR100):
                data = torchvision.datasets.CIFAR100(root, train=train)
            images = data.data.transpose(0, 3, 1, 2)
            yield (), images, np.array(data.targets)
            yield ("labels=coarse",), images, coarse["train" if train else "test"]
        self.cifar("cifar100", "cifar-100", batches, pickles, read, ())

    def check_svhn(self):
        root = self.folder / "svhn"
        root.mkdir()
        hashes = set()
        for packed in (False, True):
            random = np.random.default_rng(1)
            for split in "test", "train":
                x = random.integers(0, 256, (32, 32, 3, 321), np.uint8)
                y = random.integers(1, 11, (321, 1)).astype(np.uint8 if split == "test" else np.float64)
                scipy.io.savemat(root / f"{split}_32x32.mat", {"X": x, "y": y}, do_compression=packed)
                with unchecked_file():
                    data = torchvision.datasets.SVHN(root, split=split)
                got = self.dump("svhn", root, split)
                self.same(f"svhn {split} {'packed' if packed else 'plain'}", got, data.data, data.labels)
                hashes.add(got[2])
        assert len(hashes) == 2, "packed and plain have different hashes"

    def picture(self, path, size, **how):
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = self.random.integers(0, 256, (*size, 3), np.uint8)
        Image.fromarray(rows).resize((size[1], size[0])).save(path, **how)

    def image_folder(self, root, transform=lambda image: image):
        data = torchvision.datasets.ImageFolder(root)
        images = [np.asarray(transform(image)).transpose(2, 0, 1) for image, _ in data]
        return np.stack(images), np.array(data.targets), data

    def check_tinyimagenet(self):
        root = self.folder / "tiny-imagenet-200"
        wnids = ["n03", "n01", "n02"]
        write(root / "wnids.txt", "".join(w + "\n" for w in wnids).encode())
        write(root / "words.txt", b"n01\tone, uno\nn02\ttwo\nn03\tthree\n")
        lines = ""
        by_class = self.folder / "tiny-by-class" / "val"
        for k in range(12):
            name, wnid = f"val_{k}.JPEG", wnids[k % 3]
            self.picture(root / "val/images" / name, (64, 64), quality=90)
            write(by_class / wnid / name, (root / "val/images" / name).read_bytes())
            lines += f"{name}\t{wnid}\t0\t0\t63\t63\n"
            self.picture(root / f"train/{wnid}/images/{wnid}_{k}.JPEG", (64, 64), quality=90)
            write(root / f"train/{wnid}/{wnid}_boxes.txt", b"x\n")
        write(root / "val/val_annotations.txt", lines.encode())
        images, labels, _ = self.image_folder(by_class)
        unzipped = self.dump("tinyimagenet", self.folder, "test")
        self.same("tinyimagenet test as unzipped", unzipped, images, labels)
        write(by_class.parent / "wnids.txt", (root / "wnids.txt").read_bytes())
        sorted_ = self.dump("tinyimagenet", by_class.parent, "test")
        self.same("tinyimagenet test in class folders", sorted_, images, labels)
        assert sorted_[2] == unzipped[2], "another hash"
        images, labels, _ = self.image_folder(root / "train")
        self.same("tinyimagenet train", self.dump("tinyimagenet", root, "train"), images, labels)

    def check_imagenet(self):
        # Number of the image, its identifier, and the number that ILSVRC's devkit gives its class.
        real = [(1, "n01751748", 490), (2, "n09193705", 361), (3, "n02105855", 171), (4, "n04263257", 822),
                (5, "n03125729", 297), (6, "n01735189", 482)]
        flat, folders = self.folder / "flat", self.folder / "folders"
        for k, wnid, _ in real:
            name = f"ILSVRC2012_val_{k:08}.JPEG"
            self.picture(flat / "val" / name, (260 + 9 * k, 300 - 11 * k), quality=85)
            write(folders / "val" / wnid / name, (flat / "val" / name).read_bytes())
        crop = torchvision.transforms.Compose([torchvision.transforms.Resize(256), torchvision.transforms.CenterCrop(224)])
        images, _, data = self.image_folder(folders / "val", crop)
        all_wnids = pathlib.Path(__file__).parent.parent.parent / "data/imagenet_classes.txt"
        order = [line.split()[0] for line in all_wnids.read_text().splitlines()]
        labels = np.array([order.index(data.classes[t]) for t in data.targets])
        got = self.dump("imagenet", folders, "test")
        self.same("imagenet in class folders", got, images, labels)
        devkit = "".join(f"{number}\n" for _, _, number in real) + "1\n" * (50000 - len(real))
        kaggle = "ImageId,PredictionString\n" + "".join(
            f"ILSVRC2012_val_{k:08},{w} 1 2 3 4 {w} 5 6 7 8 \n" for k, w, _ in reversed(real))
        caffe = "".join(f"ILSVRC2012_val_{k:08}.JPEG {order.index(w)}\n" for k, w, _ in real)
        for form, text in ("devkit", devkit), ("kaggle", kaggle), ("caffe", caffe):
            file = self.folder / form
            file.write_text(text)
            one = self.dump("imagenet", flat, "test", f"labels_file={file}")
            self.same(f"imagenet in one folder, labels of {form}", one, images, labels)
            assert one[2] == got[2], "another hash"

    def check_image_folder(self):
        root = self.folder / "images"
        endings = {"jpg": {"quality": 75}, "png": {}, "bmp": {}, "ppm": {}, "tiff": {"compression": "tiff_lzw"},
                   "webp": {"quality": 80}}
        for k, (ending, how) in enumerate(endings.items()):
            for label in "ab":
                self.picture(root / label / f"{k}.{ending}", (30, 40), **how)
        grey = self.random.integers(0, 256, (30, 40), np.uint8)
        Image.fromarray(grey).save(root / "b" / "grey.pgm")
        Image.fromarray((grey.astype(np.uint16) * 3)).save(root / "a" / "grey16.png")
        images, labels, _ = self.image_folder(root)
        self.same("image-folder of each format", self.dump("image-folder", root, "test"), images, labels)


@contextlib.contextmanager
def unchecked(cls):
    """torchvision compares MD5 sums with those of the published files."""
    whole, meta = cls._check_integrity, cls._load_meta
    cls._check_integrity, cls._load_meta = lambda self: True, lambda self: None
    try:
        yield
    finally:
        cls._check_integrity, cls._load_meta = whole, meta


@contextlib.contextmanager
def unchecked_file():
    module = sys.modules["torchvision.datasets.svhn"]
    whole = module.check_integrity
    module.check_integrity = lambda *_: True
    try:
        yield
    finally:
        module.check_integrity = whole


def main():
    if len(sys.argv) > 2:
        return write_fixtures(pathlib.Path(sys.argv[2]))
    with tempfile.TemporaryDirectory() as folder:
        forms = Forms(os.path.abspath(sys.argv[1]), pathlib.Path(folder))
        for check in (forms.check_svhn, forms.check_tinyimagenet, forms.check_imagenet, forms.check_image_folder,
                      forms.check_cifar10, forms.check_cifar100):
            check()
        print(f"{forms.checked} passed, 0 failed (torchvision {torchvision.__version__}, Pillow {Image.__version__})")


if __name__ == "__main__":
    main()
