#!/usr/bin/env bash
# Installs what building and running vidrd needs and this machine lacks. Says nothing where all of it is there.
set -euo pipefail

if ! command -v swift >/dev/null; then
    echo "setup: there is no Swift toolchain on the search path; install Swift 6 from https://www.swift.org/install" >&2
    exit 1
fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    missing=()
    for library in openblas sentencepiece libpng; do
        pkg-config --exists "$library" 2>/dev/null || missing+=("$library (library and headers)")
    done
    command -v ffmpeg >/dev/null || missing+=(ffmpeg)
    if ((${#missing[@]})); then
        printf 'setup: this is no Debian system; install with its own package manager: %s\n' \
            "$(printf '%s, ' "${missing[@]}" | sed 's/, $//')" >&2
        exit 1
    fi
    exit 0
fi

missing=()
for package in libopenblas-dev libsentencepiece-dev libpng-dev; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
done
# These may come from elsewhere; only the program counts.
command -v ffmpeg >/dev/null || missing+=(ffmpeg)
command -v pkg-config >/dev/null || missing+=(pkg-config)
((${#missing[@]})) || exit 0

run=()
if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
        echo "setup: run this as root, or have an administrator run: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    run=(sudo)
fi
echo "setup: installing ${missing[*]}" >&2
install() {
    "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >&2
}
# Package lists may be absent, or older than the archive.
install 2>/dev/null || { "${run[@]}" apt-get update >&2 && install; }
