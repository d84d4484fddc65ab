"""Picture files of kinds that Pillow reads and does not write, byte by byte: for make_image_golden.py."""
import struct
import zlib


def raw_png(width, height, depth, colours, rows):
    """A PNG of any depth and kind of colours. Rows are packed bytes."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def bmp(width, height, bits, data, palette=b"", header=40, compression=0, masks=(), colours=0):
    """A BMP file. A negative height is one whose first row is the upper one."""
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, compression, len(data), 2835, 2835, colours, 0)
        fields = struct.pack(f"<{len(masks)}I", *masks)
        info += fields if header == 40 else fields.ljust(header - 40, b"\0")
    offset = 14 + len(info) + len(palette)
    return struct.pack("<2sIHHI", b"BM", offset + len(data), 0, 0, offset) + info + palette + data


def bmp_rows(rows):
    """Rows of bytes, each filled up to a multiple of four."""
    return b"".join(row + b"\0" * (-len(row) % 4) for row in rows)


TIFF_TYPES = {1: "B", 3: "H", 4: "I"}


def tiff(width, height, bits, meaning, data, samples=1, order="<", planes=1, compress=None, tags=(), tile=None):
    """A TIFF file with deflated or plain strips or tiles. `data`: the bytes of each. `meaning`: PhotometricInterpretation."""
    if compress:
        data = [zlib.compress(block) for block in data]
    places, body = [], b""
    for block in data:
        places.append(8 + len(body))
        body += block + b"\0" * (len(block) % 2)
    entries = {256: (4, [width]), 257: (4, [height]), 258: (3, [bits] * samples), 259: (3, [8 if compress else 1]),
               262: (3, [meaning]), 277: (3, [samples]), 284: (3, [planes])}
    sizes = [len(block) for block in data]
    if tile:
        entries.update({322: (4, [tile[0]]), 323: (4, [tile[1]]), 324: (4, places), 325: (4, sizes)})
    else:
        per_plane = len(data) // (samples if planes == 2 else 1)
        entries.update({273: (4, places), 278: (4, [-(-height // per_plane)]), 279: (4, sizes)})
    entries.update(dict(tags))
    directory = 8 + len(body)
    behind = directory + 2 + 12 * len(entries) + 4
    table, tail = struct.pack(order + "H", len(entries)), b""
    for tag in sorted(entries):
        kind, values = entries[tag]
        field = struct.pack(f"{order}{len(values)}{TIFF_TYPES[kind]}", *values)
        table += struct.pack(order + "HHI", tag, kind, len(values))
        if len(field) <= 4:
            table += field.ljust(4, b"\0")
        else:
            table += struct.pack(order + "I", behind + len(tail))
            tail += field
    magic = {"<": b"II", ">": b"MM"}[order] + struct.pack(order + "HI", 42, directory)
    return magic + body + table + b"\0\0\0\0" + tail


def lossless_jpeg(planes, width, height, predictor, shift=0, restart=0, ids=(1, 2, 3), markers=b"", scans=None, bits=8):
    """A lossless JPEG (ITU-T T.81, annex H) with Huffman codes. `planes`: the bytes of each component; their lowest
    `shift` bits are lost. `restart`: rows between restart marks. `scans`: the components of each scan."""
    components = range(len(planes))
    scans = scans or [list(components)]

    def segment(marker, data):
        return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data

    # Four codes of three bits, then ever longer ones: 17 categories, none of ones alone.
    lengths = [0, 0, 4, 2, 2, 2, 2, 2, 2, 1, 0, 0, 0, 0, 0, 0]
    codes, code, category = {}, 0, 0
    for length, count in enumerate(lengths, 1):
        for _ in range(count):
            codes[category] = (code, length)
            code, category = code + 1, category + 1
        code <<= 1

    def difference(value):
        """Its category and as many bits of its own."""
        value = (value + 32768) % 65536 - 32768
        size = abs(value).bit_length()
        code, length = codes[size]
        own = "" if size in (0, 16) else format(value if value > 0 else value + (1 << size) - 1, f"0{size}b")
        return format(code, f"0{length}b") + own

    def predicted(plane, x, y, first):
        at = y * width + x
        if first and x == 0:
            return 1 << (bits - shift - 1)
        a = plane[at - 1] >> shift if x else 0
        if first:
            return a
        b = plane[at - width] >> shift
        if x == 0:
            return b
        c = plane[at - width - 1] >> shift
        return [a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1][predictor - 1]

    def coded(parts):
        data, written, since = b"", "", 0
        for y in range(height):
            if restart and y and y % restart == 0:
                data += packed(written) + bytes([0xFF, 0xD0 + (y // restart - 1) % 8])
                written, since = "", y
            for x in range(width):
                for c in parts:
                    written += difference((planes[c][y * width + x] >> shift) - predicted(planes[c], x, y, y == since))
        return data + packed(written)

    def packed(written):
        written += "1" * (-len(written) % 8)
        data = bytes(int(written[i:i + 8], 2) for i in range(0, len(written), 8))
        return data.replace(b"\xff", b"\xff\0")

    frame = struct.pack(">BHHB", bits, height, width, len(planes)) + b"".join(bytes([ids[c], 0x11, 0]) for c in components)
    file = b"\xff\xd8" + markers + segment(0xC3, frame) + segment(0xC4, bytes([0, *lengths, *range(17)]))
    if restart:
        file += segment(0xDD, struct.pack(">H", restart * width))
    for parts in scans:
        chosen = bytes([len(parts)]) + b"".join(bytes([ids[c], 0]) for c in parts)
        file += segment(0xDA, chosen + bytes([predictor, 0, shift])) + coded(parts)
    return file + b"\xff\xd9"
