#!/bin/sh
# SPDX-License-Identifier: MIT
# ffmpeg's sofalizer against `pinna render` on a 7.1 file: user CPU time of both, and the ratio. Both start a process,
# load the HRTF set, read a WAV and write one.
#
#     sofalizer.sh PINNA [FILE.sofa [SECONDS [REPETITIONS [KINDS]]]]     default: MIT KEMAR, 60 s, 3, "freq time"
set -eu

pinna=${1:?usage: sofalizer.sh PINNA [FILE.sofa [SECONDS [REPETITIONS [KINDS]]]]}
sofa=${2:-/usr/share/libmysofa/MIT_KEMAR_normal_pinna.sofa}
seconds=${3:-60}
repetitions=${4:-3}
kinds=${5:-freq time}

for need in ffmpeg awk; do
    command -v "$need" >/dev/null || { echo "sofalizer.sh: skipped: $need is not installed"; exit 0; }
done
ffmpeg -hide_banner -filters 2>/dev/null | grep -q sofalizer || {
    echo "sofalizer.sh: skipped: this ffmpeg has no sofalizer"
    exit 0
}
[ -r "$sofa" ] || { echo "sofalizer.sh: skipped: $sofa is not there"; exit 0; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

run_ffmpeg() { ffmpeg -hide_banner -loglevel error -nostdin -y "$@"; }

# Eight independent pink noises.
noises=$(seq 1 8 | awk -v s="$seconds" '{ printf "anoisesrc=d=%s:c=pink:a=0.1:r=48000:seed=%d[n%d];", s, $1, $1 }')
run_ffmpeg -filter_complex "${noises}[n1][n2][n3][n4][n5][n6][n7][n8]join=inputs=8:channel_layout=7.1[out]" \
    -map '[out]' -c:a pcm_s16le "$work/bed.wav"

# Where the filter puts the loudspeakers, in the order of the channels; the eighth is the low one, at the front.
angles="30 -30 0 0 150 -150 90 -90"
make_scene() {
    run_ffmpeg -i "$work/bed.wav" -filter_complex \
        "channelsplit=channel_layout=7.1[c1][c2][c3][c4][c5][c6][c7][c8]" \
        $(seq 1 8 | awk -v w="$work" '{ printf "-map [c%d] -c:a pcm_s16le %s/c%d.wav ", $1, w, $1 }')
    echo "$angles" | awk '{
        printf "{\"version\": 1, \"sources\": ["
        for (i = 1; i <= NF; i++) printf "%s{\"file\": \"c%d.wav\", \"keyframes\": [{\"t_s\": 0, \"azimuth_deg\": %s, \"elevation_deg\": 0}]}", (i > 1 ? "," : ""), i, $i
        print "]}"
    }' >"$work/scene.json"
}

if "$pinna" render "$work/bed.wav" -o "$work/try.wav" --sofa "$sofa" --layout 7.1 -q >/dev/null 2>&1; then
    how="--layout 7.1"
    render() { "$pinna" render "$work/bed.wav" -o "$work/ours.wav" --sofa "$sofa" --layout 7.1 --sample-format pcm16 -q; }
else
    how="a scene of eight mono files"
    make_scene
    render() { "$pinna" render --scene "$work/scene.json" -o "$work/ours.wav" --sofa "$sofa" --sample-format pcm16 -q; }
fi
sofalize() {
    run_ffmpeg -i "$work/bed.wav" -af "sofalizer=sofa=$sofa:type=$1" -c:a pcm_s16le "$work/theirs.wav"
}

# User CPU time of a command and what it starts, in seconds.
user_time() {
    (
        "$@" >&2
        times
    ) | awk 'NR == 2 { split($1, t, /[ms]/); print t[1] * 60 + t[2] }'
}

median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# Once untimed: what fails, fails here.
sofalize freq
render

i=0
while [ "$i" -lt "$repetitions" ]; do
    for kind in $kinds; do user_time sofalize "$kind" >>"$work/$kind"; done
    user_time render >>"$work/pinna"
    i=$((i + 1))
done

machine=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
echo "$machine, load $(cut -d' ' -f1-3 /proc/loadavg); $seconds s of 7.1 at 48 kHz, $(basename "$sofa"); $how"
for kind in $kinds; do
    awk -v theirs="$(median <"$work/$kind")" -v ours="$(median <"$work/pinna")" -v s="$seconds" -v kind="$kind" 'BEGIN {
        printf "sofalizer type=%s %7.3f s, pinna render %7.3f s of user CPU time: ratio %.2f (%.0f times real time)\n",
               kind, theirs, ours, theirs / ours, s / ours
    }'
done
