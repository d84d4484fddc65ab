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
