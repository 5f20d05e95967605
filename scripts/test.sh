#!/usr/bin/env bash
# Builds everything in release mode and runs all tests; options are passed on, such as --filter CommandLineTests.
set -euo pipefail
cd "$(dirname "$0")/.."
exec swift test -c release --jobs 2 "$@"
