# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# The Debian packages that demos/run and tests/run need, and how they come onto the machine. Sourced by both.

pinna_build_packages=(gcc libc6-dev cmake ninja-build pkg-config libkissfft-dev libmysofa-dev libsndfile1-dev
    libjansson-dev libebur128-dev libcairo2-dev libexpat1-dev libnetcdf-dev libopenal-dev libsdl2-dev)
# The demo's sounds are CC0 by the package's copyright file and README. The font is for the picture's labels.
pinna_demo_packages=(sonic-pi-samples fonts-dejavu-core)
# Xvfb is for the window of pinna live.
pinna_test_packages=(libcriterion-dev g++ xvfb xauth)

say() {
    printf '\n== %s\n' "$*"
}

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Installs what is missing where we may, and otherwise says what is missing. Needs no network where nothing is.
need_packages() {
    local package missing=()
    if ! command -v dpkg-query >/dev/null; then
        echo "This is no Debian: the packages (or what they are called here) must be present: $*"
        return
    fi
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        echo "Missing: ${missing[*]}" >&2
        echo "Install with: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    say "Installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# configure_build SOURCE [cmake option...]: Release into SOURCE/build, whatever generator that already has.
configure_build() {
    local source=$1 generator=()
    shift
    [ -f "$source/build/CMakeCache.txt" ] || generator=(-G Ninja)
    mkdir -p "$source/build"
    local log=$source/build/configure.log
    cmake -S "$source" -B "$source/build" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release "$@" >"$log" 2>&1 || {
        cat "$log" >&2
        exit 1
    }
}
