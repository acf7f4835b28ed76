#!/usr/bin/env python3
"""Writes tar_files.json beside itself: tars that Python's tarfile wrote, gzipped for their size, with where tarfile finds each
regular file in them. Run by hand when a case is added: python3 tests/formats/tar_files.py"""
import base64
import gzip
import io
import json
import pathlib
import tarfile

LONG = "n01440764/" + "a" * 120 + "/" + "b" * 180 + ".JPEG"
cases = []


def tar(form, files, extra=()):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for name, kind in extra:
            one = tarfile.TarInfo(name)
            one.type, one.linkname = kind, "x.jpg"
            archive.addfile(one)
        for name, content in files:
            one = tarfile.TarInfo(name)
            one.size = len(content)
            archive.addfile(one, io.BytesIO(content))
    return stream.getvalue()


def members(content):
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return [[one.name.removeprefix("./"), one.offset_data, one.size] for one in archive if one.isreg()]


def case(name, content, refused=None, inside=None):
    """inside: the member that is a tar itself, to be read where it lies."""
    found = None if refused else members(content)
    entry = {"name": name, "gz": base64.b64encode(gzip.compress(content, mtime=0)).decode(), "members": found, "refused": refused}
    if inside:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            one = archive.getmember(inside)
        inner = content[one.offset_data : one.offset_data + one.size]
        entry["inside"] = [one.offset_data, one.size]
        entry["members"] = [[each, offset + one.offset_data, size] for each, offset, size in members(inner)]
    cases.append(entry)


small = [("x.jpg", b"\xff\xd8" + b"1" * 700), ("empty.jpg", b""), ("y.cls", b"7"), ("z.jpg", b"2" * 512)]
forms = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
for name, form in forms.items():
    case(name, tar(form, small))
    case(name + " with folders and links", tar(form, small, [("d", tarfile.DIRTYPE), ("l", tarfile.SYMTYPE), ("h", tarfile.LNKTYPE)]))
case("gnu, long names", tar(tarfile.GNU_FORMAT, [(LONG, b"3" * 1000), *small]))
case("pax, long names", tar(tarfile.PAX_FORMAT, [(LONG, b"3" * 1000), *small]))
case("below .", tar(tarfile.GNU_FORMAT, [("./" + name, content) for name, content in small]))
case("large", tar(tarfile.USTAR_FORMAT, [("big.jpg", bytes(300_000)), *small]))
case("a tar in a tar", tar(tarfile.USTAR_FORMAT, [("n01.tar", tar(tarfile.GNU_FORMAT, small)), ("n02.tar", tar(tarfile.GNU_FORMAT, small[:1]))]),
     inside="n01.tar")
whole = tar(tarfile.USTAR_FORMAT, small)
case("cut off in a file", whole[:900], refused="ends inside x.jpg")
case("cut off in a header", tar(tarfile.USTAR_FORMAT, small)[:1536 + 100], refused="not a sound archive")
case("gzipped", gzip.compress(whole, mtime=0), refused="not a sound archive")
case("no tar", b"<!DOCTYPE html>" * 100, refused="not a sound archive")

pathlib.Path(__file__).with_suffix(".json").write_text("[\n" + ",\n".join(json.dumps(each) for each in cases) + "\n]\n")
print(len(cases), "cases")
