#!/bin/sh
# Builds the app for browsers into dist/, with a packed copy of each text beside it for the server to send.
set -eu
cd "$(dirname "$0")/.."
export EXPO_NO_TELEMETRY=1 EXPO_OFFLINE=1 CI=1
rm -rf dist
npx expo export --platform web --output-dir dist
find dist -type f \( -name '*.js' -o -name '*.css' -o -name '*.svg' \) -exec gzip -9 --keep --force {} +
node scripts/entry-size.mjs dist
