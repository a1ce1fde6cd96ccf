# wheel.py FOLDER VERSION PLATFORM OUT: packs the package that lies in FOLDER as a wheel for the Python
# that runs this. Its bytes depend on the files alone: sorted, with the time of SOURCE_DATE_EPOCH.
# https://packaging.python.org/en/latest/specifications/binary-distribution-format/

import base64
import hashlib
import os
import sys
import time
import zipfile
from pathlib import Path


def main(folder, version, platform, out):
    python = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    tag = f"{python}-{python}-{platform}"
    info = f"tpuscope-{version}.dist-info"
    readme = Path(__file__).parents[2] / "python" / "README.md"
    files = {str(path.relative_to(folder)): path.read_bytes()
             for path in sorted(Path(folder).rglob("*")) if path.is_file()}
    files[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: tpuscope\nVersion: {version}\n"
        "Summary: Simulator and profiler for Sophgo's TPUs\nRequires-Python: >=3.8\n"
        "Description-Content-Type: text/markdown\n\n" + readme.read_text()).encode()
    files[f"{info}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: scripts/release\nRoot-Is-Purelib: false\nTag: {tag}\n"
    ).encode()
    record = [f"{name},sha256={digest(data)},{len(data)}" for name, data in files.items()]
    files[f"{info}/RECORD"] = "\n".join(record + [f"{info}/RECORD,,", ""]).encode()

    when = time.gmtime(max(int(os.environ["SOURCE_DATE_EPOCH"]), 315532800))[:6]
    with zipfile.ZipFile(Path(out, f"tpuscope-{version}-{tag}.whl"), "w") as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, when)
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)


def digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


main(*sys.argv[1:])
