#!/bin/sh
# What the phone app last passed on as a whole: services/mobile/PASSED holds the digest of all that its checks look at,
# and is committed with it. `digest` prints that of what is here now, `same` fails where the two differ or nobody can
# tell, `write DIGEST` notes one, taken before the checks that it passed.
set -eu
cd "$(dirname "$0")/../../.."
record=services/mobile/PASSED
inputs='services/mobile services/gateway/app tests/mobile openapi.json models/lesionlens-dermoscopy/manifest.json'

# Files as they lie here, committed or not, in one order everywhere; without git nobody can tell which belong to it.
digest() {
    names=$(git ls-files --cached --others --exclude-standard -- $inputs | grep -v "^$record\$" | LC_ALL=C sort -u)
    [ -n "$names" ] || return 1
    printf '%s\n' "$names" | while IFS= read -r name; do
        [ ! -f "$name" ] || sha256sum "$name"
    done | sha256sum | cut -d ' ' -f 1
}

case $1 in
digest) digest ;;
same) now=$(digest) && [ "$now" = "$(cat "$record" 2>/dev/null)" ] ;;
write) [ -z "${2:-}" ] || echo "$2" > "$record" ;;
esac
