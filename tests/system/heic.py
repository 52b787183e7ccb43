"""Write a picture as HEIC without an encoder library: HEVC that stores its samples as they are (I_PCM).

For tests. The free HEVC encoders are under the GPL, and a photo from a phone must not be in the repository. The result
is large and exact; it uses one intra slice, no prediction, no transform and no loop filter.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

CTB: Final = 16
VPS, SPS, PPS, IDR = 32, 33, 34, 20
# Width of the less probable symbol for a full range, by state: the last column of the CABAC table, as far as the one
# context in use (the coding block's partition, always the more probable symbol) can walk.
LPS_WIDTH: Final = bytes.fromhex(
    "f0e3d8cdc3b9afa69e968e87807a746e68635e5955504c4845413e3b383532302d2b29272523211f1e1c1b1a18171615141312"
    "11100f0e0e0d0c0c0b0b0a09",
)


class Bits:
    """A growing string of bits with the number formats of the standard."""

    def __init__(self) -> None:
        self.text = ""

    def u(self, width: int, value: int) -> Bits:
        self.text += f"{value:0{width}b}"
        return self

    def ue(self, *values: int) -> Bits:
        for value in values:
            binary = f"{value + 1:b}"
            self.text += "0" * (len(binary) - 1) + binary
        return self

    def flags(self, text: str) -> Bits:
        self.text += text.replace(" ", "")
        return self

    def closed(self) -> bytes:
        """Return the bytes, ended by a one and zeros to the next byte."""
        text = self.text + "1"
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big")


def encode(picture: Image.Image) -> bytes:
    """Return a HEIC file that holds the RGB picture exactly, but for halved colour resolution; sides divide by 16."""
    if picture.width % CTB or picture.height % CTB:
        raise ValueError("both sides must be multiples of 16")
    sets = [(VPS, _vps()), (SPS, _sps(*picture.size)), (PPS, _pps())]
    slice_unit = _unit(IDR, _slice(picture))
    coded = struct.pack(">I", len(slice_unit)) + slice_unit
    head = _box(b"ftyp", b"heic" + bytes(4) + b"mif1heic")
    length = len(_meta(picture.size, sets, 0, len(coded)))
    meta = _meta(picture.size, sets, len(head) + length + 8, len(coded))
    return head + meta + _box(b"mdat", coded)


def _profile(bits: Bits) -> Bits:
    """Main Still Picture, level 5: what phones write."""
    return bits.u(8, 3).u(32, 0x70000000).u(4, 0b1001).u(44, 0).u(8, 150)


def _vps() -> bytes:
    return (
        _profile(Bits().u(4, 0).flags("11").u(6, 0).u(3, 0).flags("1").u(16, 0xFFFF))
        .flags("1")
        .ue(0, 0, 0)
        .u(
            6,
            0,
        )
        .ue(0)
        .flags("00")
        .closed()
    )


def _sps(width: int, height: int) -> bytes:
    bits = _profile(Bits().u(4, 0).u(3, 0).flags("1")).ue(0, 1, width, height).flags("0").ue(0, 0, 0)
    bits.flags("1").ue(0, 0, 0)
    bits.ue(1, 0, 0, 2, 0, 0)  # coding blocks of 16 and no other size, transforms of 4 to 16
    bits.flags("0 0 0 1").u(4, 7).u(4, 7).ue(1, 0).flags("1")  # PCM on, 8 bits, blocks of 16, not filtered
    return bits.ue(0).flags("0 0 0 0 0").closed()


def _pps() -> bytes:
    bits = Bits().ue(0, 0).flags("0 0 000 0 0").ue(0, 0, 0).flags("0 0 0").ue(0, 0)
    bits.flags("0 0 0 0 0 0 0 1 0 1 0 0")  # the two ones: deblocking is controlled here, and off
    return bits.ue(0).flags("0 0").closed()


def _slice(picture: Image.Image) -> bytes:
    header = Bits().flags("1 0").ue(0, 2, 0).closed()
    body = bytearray(header)
    for number, samples in enumerate(_blocks(picture)):
        whole = 510 if number == 0 else 508  # from the second block on, "not the end of the slice" has been coded too
        body += _code(whole - LPS_WIDTH[min(number, len(LPS_WIDTH) - 1)])
        body += samples
    body += _code(510)
    return bytes(body)


def _code(width: int) -> bytes:
    """Return the arithmetic code that ends with a terminating one inside a range of `width`, filled to whole bytes."""
    return (((width - 2) | 1) << 7).to_bytes(2, "big")


def _blocks(picture: Image.Image) -> Iterator[bytes]:
    luma, blue, red = picture.convert("RGB").convert("YCbCr").split()
    small = [plane.reduce(2) for plane in (blue, red)]
    for top in range(0, picture.height, CTB):
        for left in range(0, picture.width, CTB):
            yield luma.crop((left, top, left + CTB, top + CTB)).tobytes() + b"".join(
                plane.crop((left // 2, top // 2, left // 2 + CTB // 2, top // 2 + CTB // 2)).tobytes()
                for plane in small
            )


def _unit(kind: int, payload: bytes) -> bytes:
    """Return a NAL unit: header, and a 3 wherever the payload would look like a start code."""
    safe, zeros = bytearray([kind << 1, 1]), 0
    for byte in payload:
        if zeros == 2 and byte <= 3:
            safe.append(3)
            zeros = 0
        safe.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(safe)


def _box(kind: bytes, content: bytes, full: int | None = None) -> bytes:
    body = (b"" if full is None else struct.pack(">I", full)) + content
    return struct.pack(">I", len(body) + 8) + kind + body


def _meta(size: tuple[int, int], sets: list[tuple[int, bytes]], offset: int, length: int) -> bytes:
    config = b"\x01\x03\x70\x00\x00\x00\x90\x00\x00\x00\x00\x00\x96\xf0\x00\xfc\xfd\xf8\xf8\x00\x00\x0f"
    config += bytes([len(sets)])
    for kind, payload in sets:
        unit = _unit(kind, payload)
        config += struct.pack(">BHH", 0x80 | kind, 1, len(unit)) + unit
    colour = b"nclx" + struct.pack(">HHHB", 1, 13, 6, 0x80)
    properties = _box(b"hvcC", config) + _box(b"ispe", struct.pack(">II", *size), 0) + _box(b"colr", colour)
    location = struct.pack(">HHHHHII", 0x4400, 1, 1, 0, 1, offset, length)
    boxes = (
        _box(b"hdlr", bytes(4) + b"pict" + bytes(13), 0)
        + _box(b"pitm", struct.pack(">H", 1), 0)
        + _box(b"iinf", struct.pack(">H", 1) + _box(b"infe", struct.pack(">HH", 1, 0) + b"hvc1\x00", 2 << 24), 0)
        + _box(
            b"iprp",
            _box(b"ipco", properties) + _box(b"ipma", struct.pack(">IHBBBB", 1, 1, 3, 0x81, 0x02, 0x03), 0),
        )
        + _box(b"iloc", location, 0)
    )
    return _box(b"meta", boxes, 0)
