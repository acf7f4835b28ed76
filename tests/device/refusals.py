"""What LibTorch refuses on a GPU under deterministic algorithms, read off the binary itself.

Every such kernel calls at::Context::alertNotDeterministic with a name. This finds the calls in libtorch_cuda.so and the
text that each is handed, so that another LibTorch shows as a diff of refusals.json:

    python3 tests/device/refusals.py <torch>/lib/libtorch_cuda.so            # compares: exit 1 and a diff
    NLB_ACCEPT=1 python3 tests/device/refusals.py <torch>/lib/libtorch_cuda.so

refusals.json maps each name, by hand, to the operations that raise it, or to the reason why none does; a name with
neither is an error of device_tests.
"""

import json
import mmap
import os
import pathlib
import re
import struct
import sys

STORED = pathlib.Path(__file__).resolve().parent / "refusals.json"
SYMBOL = b"_ZN2at7Context21alertNotDeterministicERKSt17basic_string_viewIcSt11char_traitsIcEE"
PLT_ENTRY = 16  # bytes; the first entry is the resolver's
LOOK_BACK = 160  # bytes of code before a call in which its text is loaded


def sections(data):
    """Name -> (address, offset, size) of an ELF64 file."""
    table, = struct.unpack_from("<Q", data, 0x28)
    size, count, names = struct.unpack_from("<HHH", data, 0x3A)
    rows = [struct.unpack_from("<IIQQQQ", data, table + i * size) for i in range(count)]
    text = rows[names][4]
    return {data[text + row[0]:data.find(b"\0", text + row[0])].decode(): row[3:6] for row in rows}


def entry_of(data, parts):
    """Address of the PLT entry through which SYMBOL is called."""
    _, relocations, size = parts[".rela.plt"]
    symbols, strings = parts[".dynsym"][1], parts[".dynstr"][1]
    for i in range(size // 24):
        _, info, _ = struct.unpack_from("<QQq", data, relocations + 24 * i)
        name, = struct.unpack_from("<I", data, symbols + 24 * (info >> 32))
        start = strings + name
        if data[start:start + len(SYMBOL) + 1] == SYMBOL + b"\0":
            return parts[".plt"][0] + PLT_ENTRY * (i + 1)
    sys.exit("libtorch_cuda.so does not call alertNotDeterministic: another ELF layout, or another LibTorch")


def texts_before(code, base, place, data, constants):
    """Printable constants that the code before a call takes the address of, the nearest first."""
    start, offset, size = constants
    found = []
    window = code[max(0, place - LOOK_BACK):place]
    for match in re.finditer(rb"[\x48\x4c]\x8d[\x05\x0d\x15\x1d\x25\x2d\x35\x3d](....)", window, re.DOTALL):
        after = base + place - len(window) + match.end()
        target = after + struct.unpack("<i", match.group(1))[0]
        if not start <= target < start + size:
            continue
        at = offset + target - start
        text = data[at:data.find(b"\0", at, at + 200)]
        if re.fullmatch(rb"[ -~]{4,120}", text):
            found.insert(0, text.decode())
    return found


def names_in(path):
    """All names handed to alertNotDeterministic, sorted, and the number of calls whose name was not found."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        parts = sections(data)
        entry = entry_of(data, parts)
        base, offset, size = parts[".text"]
        code = data[offset:offset + size]
        names, lost = set(), 0
        for match in re.finditer(rb"(?=[\xe8\xe9](....))", code, re.DOTALL):
            if base + match.start() + 5 + struct.unpack("<i", match.group(1))[0] != entry:
                continue
            texts = texts_before(code, base, match.start(), data, parts[".rodata"])
            names.update(texts[:1])
            lost += not texts
        return sorted(names), lost


def main():
    names, lost = names_in(sys.argv[1])
    stored = json.loads(STORED.read_text()) if STORED.exists() else {}
    if os.environ.get("NLB_ACCEPT"):
        STORED.write_text(json.dumps({name: stored.get(name, []) for name in names}, indent=1) + "\n")
        print(f"stored {len(names)} names; {lost} calls without one")
        return 0
    for name in sorted(set(names) ^ set(stored)):
        print(("+ " if name in names else "- ") + name)
    print(f"{len(names)} names in {sys.argv[1]}, {lost} calls without one")
    return 1 if lost or set(names) != set(stored) else 0


if __name__ == "__main__":
    sys.exit(main())
