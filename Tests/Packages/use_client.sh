#!/usr/bin/env bash
# A package of somebody else's depends on this one by URL and version, builds, and pairs with the server.
#
#   Tests/Packages/use_client.sh            looks at the manifest, builds, and pairs with .build/debug/nt-backend-wrtc
#   Tests/Packages/use_client.sh manifest   only looks at the manifest
#
# It shows what a build of this package cannot: that all that a program needs of the client is public, and what the manifest asks for where it
# is that of a dependency. Everything is in .build-package, which spares the next run most of the compiling.
set -euo pipefail
cd "$(dirname "$0")/../.."

what=${1:-pair}
case "$what" in pair | manifest) ;; *) sed -n '2,/^[^#]/ s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;; esac
folder=$PWD/.build-package
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true' EXIT

# A repository with the files as they are now, under a version that follows from them: other files are another version.
publish() {
    local package=$folder/nt-backend-wrtc
    mkdir -p "$package"
    find "$package" -mindepth 1 -maxdepth 1 ! -name .git -exec rm -rf {} +
    git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
        [ ! -e "$file" ] || printf '%s\0' "$file"
    done | tar --null --files-from - -cf - | tar -xf - -C "$package"
    git -C "$package" init --quiet
    git -C "$package" add --all --force
    version=0.0.$((16#$(git -C "$package" write-tree | cut -c 1-8)))
    git -C "$package" rev-parse --quiet --verify "refs/tags/$version" >/dev/null || {
        git -C "$package" -c user.name=test -c user.email=test@localhost -c commit.gpgsign=false commit --quiet --allow-empty --message "$version"
        git -C "$package" -c tag.gpgsign=false tag "$version"
    }
}

# The package that the tutorial prints, with this one's address and version in place of what stands there, and with the programs beside it.
user=$folder/user
copy_user() {
    local printed=Sources/SignalingClient/SignalingClient.docc/Resources/package.swift client added
    client='.product(name: "SignalingClient", package: "nt-backend-wrtc")'
    added=".executableTarget(name: \"client\", dependencies: [$client]),"
    added+=".executableTarget(name: \"pairing\", dependencies: [$client, ${client/Client/ClientNIO}]),"
    mkdir -p "$user"
    rm -rf "$user/Sources"
    cp -R Tests/Packages/programs "$user/Sources"
    cp -R Examples/hello-swift "$user/Sources/hello"
    sed -e "s|https://git.example.org/|file://$folder/|" -e "s|from: \"[0-9.]*\"|exact: \"$version\"|" \
        -e "s|targets: \[\$|&$added|" "$printed" >"$user/Package.swift"
    # The versions of this package spare the resolver a search.
    [ ! -e Package.resolved ] || [ -e "$user/Package.resolved" ] || cp Package.resolved "$user/"
}

build() { swift build --package-path "$user" --disable-index-store; }

failed=0
tell() { # exit code, what holds
    if [ "$1" -eq 0 ]; then echo "ok: $2"; else echo "failed: $2" && failed=$((failed + 1)); fi
}

# As it is read in the folder of a dependency.
manifest_holds() {
    local dependency=$folder/checkouts/nt-backend-wrtc
    mkdir -p "$dependency"
    cp Package.swift "$dependency/"
    swift package --package-path "$dependency" dump-package | Tests/Packages/check_manifest.py
}

pairs() {
    local binary=.build/debug/nt-backend-wrtc port said
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    HOST=127.0.0.1 PORT=$port STUN_PORT=0 "$binary" >"$folder/server.log" 2>&1 &
    server=$!
    for _ in $(seq 100); do
        ! curl --silent --fail "http://127.0.0.1:$port/readyz" >/dev/null || break
        sleep 0.1
    done
    said=$(timeout 60 "$user/.build/debug/pairing" "http://127.0.0.1:$port") || true
    [ "$said" = "hello to you" ] || { echo "use_client: the program said: $said" >&2 && cat "$folder/server.log" >&2 && return 1; }
}

code=0 && manifest_holds || code=$?
tell "$code" "as a dependency, the package asks for the client's platforms, and its libraries have no unsafe flags"
[ "$what" != manifest ] || exit "$failed"

[ -x .build/debug/nt-backend-wrtc ] || { echo "use_client: there is no .build/debug/nt-backend-wrtc: build it first" >&2; exit 2; }
publish
copy_user
build
code=0 && pairs || code=$?
tell "$code" "a package that depends on this one by URL and version pairs"
echo "package: $((2 - failed)) passed, $failed failed"
exit "$failed"
