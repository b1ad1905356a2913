#!/usr/bin/env bash
# A package of somebody else's depends on this checkout by URL and version, builds, and pairs with the server.
#
#   Tests/Packages/use_client.sh [BINARY]     the server; .build/debug/nt-backend-wrtc unless it is named
#
# It shows what a build of this package cannot: that the client's products need nothing that SwiftPM refuses of a dependency, such as unsafe
# flags, and that all they use is public.
set -euo pipefail
cd "$(dirname "$0")/../.."

binary=$(realpath "${1:-.build/debug/nt-backend-wrtc}")
[ -x "$binary" ] || { echo "use_client: there is no server at $binary: build it first" >&2; exit 2; }
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT

# What is committed, under a version that nobody has used. Its resolved versions spare the resolver a search.
git clone --quiet --no-local . "$folder/nt-backend-wrtc"
git -C "$folder/nt-backend-wrtc" tag 0.0.99999
mkdir -p "$folder/user/Sources/pairing"
[ ! -e Package.resolved ] || cp Package.resolved "$folder/user/"

cat >"$folder/user/Package.swift" <<END
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "pairing",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "file://$folder/nt-backend-wrtc", exact: "0.0.99999")],
    targets: [
        .executableTarget(
            name: "pairing",
            dependencies: [
                .product(name: "SignalingClient", package: "nt-backend-wrtc"),
                .product(name: "SignalingClientNIO", package: "nt-backend-wrtc"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
END

cat >"$folder/user/Sources/pairing/main.swift" <<'END'
import SignalingClient
import SignalingClientNIO

let service = try SignalingService(CommandLine.arguments[1])
let code = try await service.createCode()
let room = try await service.redeemCode(code.digits)
async let asked: Void = service.withSession(in: code.room) { session in
    try await session.send("hello")
    for try await reply in session.items(of: String.self) {
        print(reply)
        break
    }
}
try await service.withSession(in: room) { session in
    for try await text in session.items(of: String.self) {
        try await session.send("\(text) to you")
        break
    }
}
try await asked
END

swift build --package-path "$folder/user"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
HOST=127.0.0.1 PORT=$port STUN_PORT=0 "$binary" >"$folder/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do
    curl --silent --fail "http://127.0.0.1:$port/readyz" >/dev/null && break
    sleep 0.1
done
said=$(timeout 60 "$folder/user/.build/debug/pairing" "http://127.0.0.1:$port")
[ "$said" = "hello to you" ] || { echo "use_client: the program said: $said" >&2; cat "$folder/server.log" >&2; exit 1; }
echo "a package that depends on this one by URL and version pairs"
