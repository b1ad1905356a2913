#!/bin/sh
# Starts coturn with a secret that is in a file, and with the certificate that Caddy keeps for a name; when Caddy renews it, coturn reads it
# again. coturn by itself takes its secret from the command line, which others can see, or from its one file.
#
#   start.sh NAME SECRET_FILE CERTIFICATES [option of turnserver ...]      with CERTIFICATES, a folder, somewhere in which is NAME.crt
set -eu
umask 077
name=$1 secret=$2 certificates=$3
shift 3

trap 'exit 0' TERM INT
certificate() { find "$certificates" -name "$name.crt" 2>/dev/null | head -n 1; }
both() { cat "$file" "${file%.crt}.key"; }

until file=$(certificate) && [ -s "$file" ] && [ -s "${file%.crt}.key" ]; do
    echo "there is no certificate for $name yet: Caddy gets it once the name leads to this machine, and the ports 80 and 443 are open"
    sleep "${CHECK_EVERY:-5}"
done

configuration=$(mktemp)
{
    cat "${TURNSERVER_CONF:-/etc/coturn/turnserver.conf}"
    printf 'realm=%s\nstatic-auth-secret=%s\ncert=%s\npkey=%s\n' "$name" "$(cat "$secret")" "$file" "${file%.crt}.key"
} >"$configuration"

turnserver -c "$configuration" "$@" &
coturn=$!

(
    known=$(both | cksum)
    while sleep "${CHECK_EVERY:-3600}"; do
        now=$(both | cksum)
        [ "$now" = "$known" ] || kill -USR2 "$coturn"
        known=$now
    done
) &
watcher=$!

trap 'kill -TERM "$coturn"' TERM INT
status=0
wait "$coturn" || status=$?
# A signal ends the first of them, before coturn has ended.
if kill -0 "$coturn" 2>/dev/null; then
    status=0
    wait "$coturn" || status=$?
fi
kill "$watcher" 2>/dev/null || true
rm -f "$configuration"
exit "$status"
