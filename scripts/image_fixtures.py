"""The pictures that make_image_golden.py leaves in tests/data/images/fixtures: names and contents."""
import io
import random
import struct

from PIL import Image

from image_files import bmp, bmp_rows, lossless_jpeg, raw_png, tiff


def picture(mode, width, height, seed):
    """Slopes, edges and grain, so that every stage of a decoder has something to do."""
    draw = random.Random(seed)
    bands = len(mode) if mode != "CMYK" else 4
    out = bytearray()
    for y in range(height):
        for x in range(width):
            for b in range(bands):
                value = (x * (5 + b) + y * (3 + 2 * b)) % 256 if (x // 7 + y // 5) % 2 else 40 + 60 * b
                out.append(min(255, max(0, value + draw.randrange(-20, 21))))
    return Image.frombytes(mode, (width, height), bytes(out))


def jpeg(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def png(image, **options):
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return file.getvalue()


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def fixtures():
    """JPEG and PNG, which are resized as well."""
    colour, small = picture("RGB", 61, 47, 1), picture("RGB", 9, 12, 2)
    cmyk = jpeg(picture("CMYK", 30, 25, 3), quality=90)
    adobe = cmyk.index(b"Adobe")
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by 90 degrees, which torchvision's loader does not
    palette = colour.quantize(17)
    draw = random.Random(4)
    rows16 = [draw.randbytes(11 * 6) for _ in range(7)]
    return {
        "colour_420.jpg": jpeg(colour, quality=85),
        "colour_422.jpg": jpeg(colour, quality=85, subsampling="4:2:2"),
        "colour_444.jpg": jpeg(colour, quality=95, subsampling="4:4:4"),
        "progressive.jpg": jpeg(colour, quality=80, progressive=True),
        "exif_rotated.jpg": jpeg(colour, quality=80, exif=exif),
        "grey.jpg": jpeg(picture("L", 33, 50, 5), quality=85),
        "cmyk_adobe.jpg": cmyk,
        "cmyk_plain.jpg": cmyk[:adobe - 4] + cmyk[adobe + 12:],
        "ycck.jpg": cmyk[:adobe + 11] + b"\2" + cmyk[adobe + 12:],
        "small.jpg": jpeg(small, quality=90),
        "one_pixel.jpg": jpeg(picture("RGB", 1, 1, 6)),
        "thin.jpg": jpeg(picture("RGB", 5, 300, 7)),
        "png_called.jpg": png(small),
        "colour.png": png(colour),
        "alpha.png": png(picture("RGBA", 20, 14, 8)),
        "grey.png": png(picture("L", 20, 15, 9)),
        "grey_alpha.png": png(picture("LA", 12, 15, 10)),
        "palette.png": png(palette),
        "palette_alpha.png": png(palette, transparency=3),
        "bits_1.png": png(colour.convert("1")),
        "grey_2_bits.png": raw_png(11, 7, 2, 0, [draw.randbytes(3) for _ in range(7)]),
        "grey_alpha_16_bits.png": raw_png(11, 7, 16, 4, [draw.randbytes(44) for _ in range(7)]),
        "colour_16_bits.png": raw_png(11, 7, 16, 2, rows16),
    }


def bmp_fixtures():
    draw = random.Random(11)
    colours = draw.randbytes(4 * 256)
    w, h = 13, 7

    def rows(bits):
        return [draw.randbytes((w * bits + 7) // 8) for _ in range(h)]

    def file(bits, palette=b"", **options):
        return bmp(w, h, bits, bmp_rows(rows(bits)), palette, **options)

    def upside_down(bits, **options):
        return bmp(w, -h, bits, bmp_rows(rows(bits)), **options)

    greys = b"".join(bytes([i, i, i, 0]) for i in range(256))
    core = b"".join(colours[4 * i:4 * i + 3] for i in range(256))
    runs = bytes([5, 9, 9, 7, 0, 0, 0, 5, 1, 2, 3, 4, 5, 0, 20, 8, 0, 0, 0, 2, 3, 2, 10, 1, 0, 0, 13, 4, 0, 3, 6, 7, 8, 0])
    end = bytes([10, 200, 0, 0, 13, 9, 0, 0, 13, 77, 0, 1])
    end_8, end_4 = end[:4] + end[-2:], end
    return {
        "bits_1.bmp": file(1, colours[:8]),
        "bits_1_black_white.bmp": file(1, b"\0\0\0\0\xff\xff\xff\0"),
        "bits_4.bmp": file(4, colours[:64]),
        "bits_4_ten_colours.bmp": file(4, colours[:40], colours=10),
        "bits_8.bmp": file(8, colours),
        "bits_8_grey.bmp": file(8, greys),
        "bits_8_forty_greys.bmp": file(8, greys[:160], colours=40),
        "core_8.bmp": file(8, core, header=12),
        "core_24.bmp": file(24, header=12),
        "bits_16_555.bmp": file(16),
        "bits_16_565.bmp": file(16, compression=3, masks=(0xF800, 0x7E0, 0x1F)),
        "bits_24.bmp": file(24),
        "bits_24_top_down.bmp": upside_down(24),
        "bits_32.bmp": file(32),
        "bits_32_fields.bmp": file(32, compression=3, masks=(0xFF000000, 0xFF0000, 0xFF00)),
        "v2_16_555.bmp": file(16, header=52, compression=3, masks=(0x7C00, 0x3E0, 0x1F)),
        "v4_32_alpha.bmp": file(32, header=108, compression=3, masks=(0xFF, 0xFF00, 0xFF0000, 0xFF000000)),
        "v5_32_alpha.bmp": upside_down(32, header=124, compression=3, masks=(0xFF0000, 0xFF00, 0xFF, 0xFF000000)),
        "rle_8.bmp": bmp(w, h, 8, runs + end_8, colours, compression=1),
        "rle_4.bmp": bmp(w, h, 4, bytes([6, 0x9A, 0, 5, 0x12, 0x34, 0x50, 0, 0, 0]) + runs[16:-6] + end_4,
                         colours[:64], compression=2),
    }


def pnm_fixtures():
    draw = random.Random(12)
    w, h = 11, 6

    def raw(kind, most, values):
        wide = "H" if most > 255 else "B"
        numbers = [draw.randrange(most + 1) for _ in range(values)]
        return f"P{kind}\n# one\n{w} #two\n {h}\n{most}\n".encode() + struct.pack(f">{values}{wide}", *numbers)

    def plain(kind, most, values):
        numbers = [str(draw.randrange(most + 1)) for _ in range(values)]
        lines = "\n".join(" ".join(numbers[i:i + 9]) for i in range(0, values, 9))
        return f"P{kind} {w}\t{h}\r\n{most}\n{lines[:40]}# a note\n{lines[40:]}\n".encode()

    bits = "".join(draw.choice(["0", "1", "0 ", "1\n"]) for _ in range(w * h))
    return {
        "plain.pbm": f"P1\n{w} {h}\n{bits}\n".encode(),
        "plain.pgm": plain(2, 255, w * h),
        "plain_100.pgm": plain(2, 100, w * h),
        "plain_1000.pgm": plain(2, 1000, w * h),
        "plain.ppm": plain(3, 255, 3 * w * h),
        "plain_1023.ppm": plain(3, 1023, 3 * w * h),
        "raw.pbm": f"P4\n{w} {h}\n".encode() + draw.randbytes(2 * h),
        "raw.pgm": raw(5, 255, w * h),
        "raw_15.pgm": raw(5, 15, w * h),
        "raw_4095.pgm": raw(5, 4095, w * h),
        "raw_65535.pgm": raw(5, 65535, w * h),
        "raw.ppm": raw(6, 255, 3 * w * h),
        "raw_31.ppm": raw(6, 31, 3 * w * h),
        "raw_65535.ppm": raw(6, 65535, 3 * w * h),
    }


def tiff_fixtures():
    draw = random.Random(13)
    w, h = 11, 6
    colour = picture("RGB", 37, 23, 14)
    grey16 = b"".join(struct.pack("<H", draw.choice([draw.randrange(300), draw.randrange(65536)])) for _ in range(w * h))
    map16 = (320, (3, [draw.randrange(65536) for _ in range(3 * 16)]))
    map256 = (320, (3, [draw.randrange(65536) for _ in range(3 * 256)]))

    def strips(bits, rows_each=h, height=h, width=w):
        return [draw.randbytes((width * bits + 7) // 8 * min(rows_each, height - y)) for y in range(0, height, rows_each)]

    def alpha(kind):
        return (338, (3, [kind]))

    return {
        "white_1.tif": tiff(w, h, 1, 0, strips(1)),
        "black_1_bits_reversed.tif": tiff(w, h, 1, 1, strips(1), tags=[(266, (3, [2]))]),
        "white_2.tif": tiff(w, h, 2, 0, strips(2)),
        "black_4.tif": tiff(w, h, 4, 1, strips(4), order=">"),
        "black_8_strips.tif": tiff(w, h, 8, 1, strips(8, 4)),
        "white_8_deflate.tif": tiff(w, h, 8, 0, strips(8, 2), compress=True),
        "grey_16.tif": tiff(w, h, 16, 1, [grey16]),
        "grey_16_big_endian_deflate.tif": tiff(w, h, 16, 1, strips(16), order=">", compress=True),
        "white_16.tif": tiff(w, h, 16, 0, [grey16]),
        "grey_alpha.tif": tiff(w, h, 8, 1, strips(16), samples=2, tags=[alpha(2)]),
        "palette_4.tif": tiff(w, h, 4, 3, strips(4), tags=[map16]),
        "palette_8.tif": tiff(w, h, 8, 3, strips(8), tags=[map256]),
        "colour_8_big_endian.tif": tiff(w, h, 8, 2, strips(24), samples=3, order=">"),
        "colour_8_planes.tif": tiff(w, h, 8, 2, strips(8, 3) + strips(8, 3) + strips(8, 3), samples=3, planes=2),
        "colour_8_alpha_planes.tif": tiff(w, h, 8, 2, strips(8) + strips(8) + strips(8) + strips(8), samples=4,
                                          planes=2, compress=True, tags=[alpha(2)]),
        "colour_16.tif": tiff(w, h, 16, 2, strips(48), samples=3),
        "colour_16_planes.tif": tiff(w, h, 16, 2, strips(16) + strips(16) + strips(16), samples=3, planes=2,
                                     compress=True),
        "alpha_8.tif": tiff(w, h, 8, 2, strips(32), samples=4, tags=[alpha(2)]),
        "unknown_fourth_8.tif": tiff(w, h, 8, 2, strips(32), samples=4, tags=[alpha(0)]),
        "premultiplied_8.tif": tiff(w, h, 8, 2, strips(32), samples=4, tags=[alpha(1)]),
        "premultiplied_16.tif": tiff(w, h, 16, 2, strips(64), samples=4, tags=[alpha(1)]),
        "cmyk_8.tif": tiff(w, h, 8, 5, strips(32), samples=4),
        "cmyk_8_planes.tif": tiff(w, h, 8, 5, strips(8) + strips(8) + strips(8) + strips(8), samples=4, planes=2),
        "cmyk_16.tif": tiff(w, h, 16, 5, strips(64), samples=4, compress=True),
        "tiles_grey.tif": tiff(37, 23, 8, 1, [draw.randbytes(256) for _ in range(6)], tile=(16, 16)),
        "tiles_bits_deflate.tif": tiff(37, 23, 1, 1, [draw.randbytes(32) for _ in range(6)], tile=(16, 16),
                                       compress=True),
        "tiles_colour_deflate.tif": tiff(37, 23, 8, 2, [draw.randbytes(768) for _ in range(6)], samples=3, tile=(16, 16),
                                         compress=True),
        **{f"turned_{o}.tif": tiff(3, 2, 8, 2, strips(24, 2, 2, 3), samples=3, tags=[(274, (3, [o]))])
           for o in range(2, 9)},
        "lzw.tif": saved(colour, "TIFF", compression="tiff_lzw"),
        "packbits.tif": saved(colour.convert("L"), "TIFF", compression="packbits"),
        "jpeg.tif": saved(colour, "TIFF", compression="jpeg", quality=85),
        "jpeg_grey.tif": saved(colour.convert("L"), "TIFF", compression="jpeg", quality=85),
        "zstd.tif": saved(colour, "TIFF", compression="zstd"),
        "lzma.tif": saved(colour, "TIFF", compression="lzma"),
        "group_3.tif": saved(colour.convert("1"), "TIFF", compression="group3"),
        "group_4.tif": saved(colour.convert("1"), "TIFF", compression="group4"),
        "big.tif": saved(picture("RGB", 9, 6, 23), "TIFF", big_tiff=True),
        "two_pages.tif": saved(picture("RGB", 8, 5, 15), "TIFF", save_all=True, append_images=[picture("L", 4, 4, 16)]),
    }


def webp_fixtures():
    colour, alpha = picture("RGB", 37, 23, 17), picture("RGBA", 21, 18, 18)
    frames = [picture("RGBA", 12, 9, seed) for seed in (19, 20)]
    return {
        "lossy.webp": saved(colour, "WEBP", quality=80),
        "lossless.webp": saved(colour, "WEBP", lossless=True),
        "alpha_lossy.webp": saved(alpha, "WEBP", quality=70),
        "alpha_lossless.webp": saved(alpha, "WEBP", lossless=True),
        "alpha_lossless_exact.webp": saved(alpha, "WEBP", lossless=True, exact=True),
        "animated.webp": saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=50),
    }


def png_fixtures():
    draw = random.Random(21)
    rows = [struct.pack(">11H", *draw.choices(range(400), k=11)) for _ in range(7)]
    return {"grey_16_bits.png": raw_png(11, 7, 16, 0, rows)}


def lossless_jpeg_fixtures():
    w, h = 13, 9
    colour = picture("RGB", w, h, 22).tobytes()
    planes = [colour[c::3] for c in range(3)]
    return {
        **{f"lossless_grey_{p}.jpg": lossless_jpeg(planes[:1], w, h, p) for p in range(1, 8)},
        **{f"lossless_colour_{p}.jpg": lossless_jpeg(planes, w, h, p) for p in (1, 5, 7)},
        "lossless_two_bits_lost.jpg": lossless_jpeg(planes, w, h, 6, shift=2),
        "lossless_restarts.jpg": lossless_jpeg(planes, w, h, 4, restart=1),
        "lossless_grey_restarts.jpg": lossless_jpeg(planes[:1], w, h, 7, restart=2),
        "lossless_three_scans.jpg": lossless_jpeg(planes, w, h, 3, scans=[[0], [2], [1]]),
    }


def other_kinds():
    return {**bmp_fixtures(), **pnm_fixtures(), **tiff_fixtures(), **webp_fixtures(), **png_fixtures(),
            **lossless_jpeg_fixtures()}
