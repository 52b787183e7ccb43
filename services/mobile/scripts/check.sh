#!/bin/sh
# Everything that can be said of the app without a server, from its files alone: in a fresh copy where packages are
# installed here already, else in this folder, which is as fresh then.
set -eu
mobile=$(cd "$(dirname "$0")/.." && pwd)
root=$(cd "$mobile/../.." && pwd)
export EXPO_NO_TELEMETRY=1 EXPO_OFFLINE=1 CI=1

step() { # step NAME COMMAND...: says how long it took
    name=$1; shift
    begin=$(date +%s)
    "$@" || { echo "--- $name: FAILED"; exit 1; }
    echo "--- $name: $(( $(date +%s) - begin )) s"
}

copy= bundles=
trap '[ -z "$bundles" ] || kill "$bundles" 2>/dev/null || true; [ -z "$copy" ] || rm -rf "$copy"' EXIT
if [ -d "$mobile/node_modules" ]; then
    copy=$(mktemp -d)
    (cd "$root" && git ls-files -z --cached --others --exclude-standard services/mobile openapi.json models/*/manifest.json |
        tar --null -T - -cf -) | tar -xf - -C "$copy"
    cd "$copy/services/mobile"
else
    cd "$mobile"
fi

# Which registry packages come from is the machine's to say; `integrity` says which they have to be.
if grep -n '"resolved": "http' package-lock.json; then
    echo 'package-lock.json names a registry: npm install writes none with services/mobile/.npmrc'; exit 1
fi
step 'packages' npm ci --no-audit --no-fund --loglevel=error
cksum package-lock.json > node_modules/.installed
step 'types of the routes' npx expo customize tsconfig.json
step 'types of the API' npm run --silent api:check
step 'licences' npm run --silent licences:check
step 'typescript' npm run --silent typecheck
# The bundles take longest and leave a core half idle: the rest of the checks goes on beside them.
npx expo export --platform all --output-dir dist-all > bundles.log 2>&1 &
bundles=$!
step 'eslint' npm run --silent lint
step 'unit tests' npm run --silent test
finish() { wait "$bundles" || { cat bundles.log; return 1; }; }
step 'bundles for Android, iOS and browsers, the rest' finish
for platform in android ios; do
    head -c 8 "$(find "dist-all/_expo/static/js/$platform" -name '*.hbc' | head -n 1)" | od -An -tx1 | grep -q 'c6 1f bc 03' ||
        { echo "the $platform bundle is not Hermes bytecode"; exit 1; }
done
node scripts/entry-size.mjs dist-all
