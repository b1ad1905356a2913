#!/usr/bin/env python3
"""What the manifest says where this package is a dependency: the client's platforms, and no unsafe flags in what its libraries are made of.

From version 6.2 of the tools, SwiftPM refuses such flags no more.

swift package dump-package | check_manifest.py
"""

import json
import sys

PLATFORMS = {"macos": "14.0", "ios": "17.0"}


def main() -> int:
    manifest = json.load(sys.stdin)
    targets = {target["name"]: target for target in manifest["targets"]}
    waiting = [name for product in manifest["products"] if "library" in product["type"] for name in product["targets"]]
    part_of: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in targets and name not in part_of:
            part_of.add(name)
            waiting += [names[0] for dependency in targets[name]["dependencies"] for kind, names in dependency.items() if kind in ("byName", "target")]
    faults = [
        f"{name} has unsafe flags" for name in sorted(part_of) if any("unsafeFlags" in setting["kind"] for setting in targets[name]["settings"])
    ]
    platforms = {platform["platformName"]: platform["version"] for platform in manifest["platforms"]}
    if platforms != PLATFORMS:
        faults.append(f"the platforms are {platforms}, and should be {PLATFORMS}")
    if not {"SignalingClient", "SignalingClientNIO"} <= part_of:
        faults.append(f"the libraries are made of {sorted(part_of)} alone")
    for fault in faults:
        print(f"check_manifest: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
