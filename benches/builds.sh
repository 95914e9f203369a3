#!/usr/bin/env bash
# Clean debug builds of a crate that depends on mantago, next to one that makes the same call by hand with the same features
# of reqwest: the ratio of the medians over some rounds, and how many crates each builds.
#
# Usage: benches/builds.sh [rounds]
set -euo pipefail

rounds=${1:-5}
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
# As cargo builds what a user has from a registry.
export CARGO_INCREMENTAL=0

# user <name> <package> <folder> <features>: a crate with that one dependency, in the versions of the lock file.
user() {
    mkdir -p "$work/$1/src"
    touch "$work/$1/src/lib.rs"
    cp "$root/Cargo.lock" "$work/$1/"
    printf '[package]\nname = "user"\nedition = "2024"\n\n[dependencies]\n%s = { path = "%s", default-features = false, features = [%s] }\n\n[workspace]\n' \
        "$2" "$3" "$4" > "$work/$1/Cargo.toml"
}

# build <name>: appends the seconds that a clean build takes.
build() {
    rm -rf "$work/$1/target"
    local start=$EPOCHREALTIME
    (cd "$work/$1" && CARGO_TARGET_DIR=target cargo build --quiet)
    echo "$EPOCHREALTIME $start" | awk '{ print $1 - $2 }' >> "$work/$1/seconds"
}

median() { sort -g "$work/$1/seconds" | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

crates() { (cd "$work/$1" && cargo tree --edges normal,build --prefix none --format '{p}') | sed 's/ (\*)$//' | sort -u | grep -vc '^user '; }

user by-hand by-hand "$root/benches/by_hand" ''
user without mantago "$root" ''
user with mantago "$root" '"codegen"'
for _ in $(seq "$rounds"); do
    for name in by-hand without with; do build "$name"; done
done
echo '| clean debug build, next to the same by hand | ratio | crates |'
echo '|---|---:|---:|'
for name in without with; do
    ratio=$(awk "BEGIN { printf \"%.2f\", $(median "$name") / $(median by-hand) }")
    echo "| mantago $name codegen | $ratio | $(crates "$name") to $(crates by-hand) |"
done
