#!/bin/sh
# SPDX-License-Identifier: MIT
# How fast films are rendered: user CPU time of `pinna render`, start included, on one core, and the most memory it took.
#
#     film.sh PINNA [SECONDS [HOURS]]     default: 60, 0
#
# A mix of a 7.1.4 bed and 32 objects, each on its own way round the listener, in a cinema (preset cinematic), beside the
# same without a room; and with HOURS a 7.1 file so long, for the memory.
set -eu

pinna=${1:?usage: film.sh PINNA [SECONDS [HOURS]]}
seconds=${2:-60}
hours=${3:-0}
rate=48000

for need in sox awk; do
    command -v "$need" >/dev/null || { echo "film.sh: skipped: $need is not installed"; exit 0; }
done
[ -x /usr/bin/time ] || { echo "film.sh: skipped: GNU time is not installed"; exit 0; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Noise: one file of 12 channels, and one per object.
sox -R -n -r "$rate" -b 16 -c 12 "$work/bed.wav" synth "$seconds" pinknoise gain -30
for i in $(seq 1 32); do
    sox -R -n -r "$rate" -b 16 -c 1 "$work/object$i.wav" synth "$seconds" pinknoise gain -30
done

# Circles of 20 to 115 degrees a second either way, from 1.5 m to 4 m away.
awk -v seconds="$seconds" 'BEGIN {
    printf "{\"version\": 1, \"beds\": [{\"file\": \"bed.wav\", \"layout\": \"7.1.4\"}], \"sources\": ["
    for (i = 1; i <= 32; i++) {
        turn = (i % 2 ? 1 : -1) * (20 + 3 * i) * seconds
        printf "%s\n{\"file\": \"object%d.wav\", \"keyframes\": [", (i > 1 ? "," : ""), i
        printf "{\"t_s\": 0, \"azimuth_deg\": %d, \"elevation_deg\": %d, \"distance_m\": 1.5}, ", 11 * i, i % 8 * 10 - 20
        printf "{\"t_s\": %s, \"azimuth_deg\": %d, \"elevation_deg\": %d, \"distance_m\": 4}]}", seconds, 11 * i + turn, i % 8 * 10 - 20
    }
    print "]}"
}' >"$work/film.json"

# Prints what it is, CPU time, how many times real time, memory.
measure() {
    what=$1
    length=$2
    shift 2
    /usr/bin/time -f '%U %M' -o "$work/cost" "$pinna" render "$@" -o "$work/out.wav" -q
    awk -v what="$what" -v s="$length" '{
        printf "%-52s %8.2f s of user CPU time, %6.1f times real time, %4.0f MB\n", what, $1, s / $1, $2 / 1024
    }' "$work/cost"
}

machine=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
echo "$machine, load $(cut -d' ' -f1-3 /proc/loadavg); $seconds s at $rate Hz"
measure "warming the cache" "$seconds" --scene "$work/film.json" --preset cinematic --set room=cinema --to 0.1 >/dev/null
measure "7.1.4 and 32 moving objects in a cinema" "$seconds" --scene "$work/film.json" --preset cinematic --set room=cinema
measure "the same without a room, flat" "$seconds" --scene "$work/film.json"

[ "$hours" = 0 ] && exit 0
# Hours at a low rate are cheap to make and to render, and as many frames as a sixth of them at 48 kHz.
long=$(awk -v h="$hours" 'BEGIN { print h * 3600 }')
sox -R -n -r 8000 -b 16 -c 8 "$work/long.wav" synth 60 pinknoise gain -30 repeat "$(awk -v s="$long" 'BEGIN { print int(s / 60) - 1 }')"
measure "$hours h of 7.1 at 8 kHz, loudness in two passes" "$long" "$work/long.wav" --layout 7.1 --sample-format pcm16 --rate 8000 \
    --loudness -24
