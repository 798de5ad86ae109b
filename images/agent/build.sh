#!/bin/sh
# Compiles the agent: CC="…" images/agent/build.sh OUTPUT. CC must make static i386 programs (musl keeps them small).
set -eu
here=$(dirname "$0")
exec ${CC:-cc} -std=gnu11 -Os -Wall -Wextra -static -s -o "$1" "$here"/*.c
