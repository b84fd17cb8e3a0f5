/* SPDX-License-Identifier: MIT */
#include "render/renderer.h"

#define LINE_GLIDE_FRAMES 0.5f

/* Equal power: (1 + pan) / 2 of the way from the right ear to the left. */
static float pan_gain(float pan, int ear)
{
    float way = 0.7853982f * (1.0f + (ear == PINNA_LEFT ? pan : -pan));
    return sinf(way);
}

/* Where a segment lies in its period: shares of the way before its first and at its last frame. */
typedef struct way {
    float before, last;
} way;

static float along(float from, float to, float part)
{
    return from + (to - from) * part;
}

static void mix_plain(pinna_renderer* r, pinna_feed feed, float pan_from, float pan_to, uint32_t n, way w,
                      float* const out[PINNA_EAR_COUNT])
{
    float *clean = r->exact.work[0], from = feed.gain_from, to = feed.gain_to;
    feed.gain_from = feed.gain_to = 1.0f; /* gains and pan go together from point to point of the period */
    pinna_feed_copy(r->kernels, &feed, clean, n);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        float start = from * pan_gain(pan_from, ear), end = to * pan_gain(pan_to, ear);
        float g0 = along(start, end, w.before), step = (along(start, end, w.last) - g0) / (float)n;
        r->kernels->ramp_add(out[ear], clean, g0 + step, step, n);
    }
}

static void feed_voice(pinna_renderer* r, const pinna_voiced_source* source, int voice, const float* samples,
                       pinna_segment segment, way w, float* const out[PINNA_EAR_COUNT])
{
    const pinna_voice_ref* ref = &source->voices[voice];
    const pinna_fade* fade = &source->fades[voice / 2];
    if (ref->path == PINNA_PATH_NONE) return;
    float from = ref->left_behind ? ref->gain : source->gain_from, to = ref->left_behind ? ref->gain : source->gain_to;
    pinna_feed feed = {.samples = samples, .gain_from = along(from, to, w.before), .gain_to = along(from, to, w.last)};
    if (ref->fade) {
        feed.fade = ref->fade;
        feed.way_before = ((float)fade->done + w.before) / (float)fade->total;
        feed.way_last = ((float)fade->done + w.last) / (float)fade->total;
    }
    if (ref->path == PINNA_PATH_EXACT) pinna_exact_feed(&r->exact, ref->voice, &feed);
    if (ref->path == PINNA_PATH_BATCH) pinna_batch_feed(pinna_batch_of(r, ref), ref->voice, &feed);
    if (ref->path != PINNA_PATH_PLAIN) return;
    feed.gain_from = from;
    feed.gain_to = to;
    float pan_from = ref->left_behind ? ref->pan : source->pan_from,
          pan_to = ref->left_behind ? ref->pan : source->pan_to;
    mix_plain(r, feed, pan_from, pan_to, segment.frame_count, w, out);
}

static pinna_chain_memory chain_memory(const pinna_renderer* r, uint32_t index)
{
    return (pinna_chain_memory){
        .edges = &r->edges[index],
        .line = {r->lines ? r->lines + index * r->line_floats : NULL, r->chain.line_frames, LINE_GLIDE_FRAMES},
        .row = r->rows + (size_t)index * r->config.ramp_frames,
    };
}

/* Where a segment begins and ends in its period. */
static way way_of(const pinna_renderer* r, pinna_segment segment)
{
    float step = 1.0f / (float)r->config.ramp_frames;
    return (way){(float)segment.phase * step, (float)(segment.phase + segment.frame_count) * step};
}

/* Of the last frames fed to a steady source, the samples as they were: its voice keeps them times a gain that went
   from gain_before to gain_from to gain_to. Where that was 0 nothing was heard, and nothing is kept. */
static void recall(const pinna_renderer* r, const pinna_voiced_source* source, uint32_t frames, float* edge)
{
    const pinna_voice_ref* voice = &source->voices[PINNA_VOICE_MAIN];
    const float* past = pinna_batch_newest(&r->banks[voice->bank].batch, voice->voice, PINNA_CHAIN_EDGE);
    float step = 1.0f / (float)r->config.ramp_frames;
    for (int n = 0; n < PINNA_CHAIN_EDGE; n++) {
        float part = (float)((int)frames - PINNA_CHAIN_EDGE + n + 1) * step;
        float gain = part > 0.0f ? along(source->gain_from, source->gain_to, part)
                                 : along(source->gain_before, source->gain_from, part + 1.0f);
        edge[n] = gain > 0.0f ? past[n] / gain : 0.0f;
    }
}

/* Whether that can be done: all of it in this period and the one before, and fed alike. */
static bool can_recall(const pinna_renderer* r, const pinna_voiced_source* source)
{
    return source->steady_frames >= PINNA_CHAIN_EDGE && r->config.ramp_frames >= PINNA_CHAIN_EDGE;
}

void pinna_source_end_steady(pinna_renderer* r, uint32_t index, uint32_t frames)
{
    pinna_voiced_source* source = &r->sources[index];
    if (can_recall(r, source)) recall(r, source, frames, r->edges[index].edge);
    source->steady_frames = 0;
}

/* A steady source's samples go to its voice, and those of the next segment at once where nothing can be new in it: what
   was set has been taken, and there are too many sources for a change of paths, whatever the others do. */
static void feed_steady(pinna_renderer* r, uint32_t index, const pinna_stretch* stretch, uint32_t part,
                        size_t first_frame)
{
    pinna_voiced_source* source = &r->sources[index];
    const pinna_voice_ref* voice = &source->voices[PINNA_VOICE_MAIN];
    pinna_segment segment = stretch->segments[part];
    bool ahead = part + 1 < stretch->count && segment.phase == 0 && r->fed_count > PINNA_EXACT_UNTIL &&
                 !pinna_source_has_news(r, index);
    way w = way_of(r, segment);
    float from = source->gain_from, to = source->gain_to;
    const pinna_feed feed = {.samples = source->samples + first_frame, .gain_from = along(from, to, w.before),
                             .gain_to = along(from, to, w.last), .ahead = ahead};
    if (ahead) segment.frame_count += stretch->segments[part + 1].frame_count;
    if (!can_recall(r, source)) {
        const pinna_chain_memory memory = chain_memory(r, index);
        pinna_chain_run(&source->chain, &r->chain, &memory, feed.samples, segment);
        source->steady_frames += segment.frame_count;
    }
    pinna_batch_feed(pinna_batch_of(r, voice), voice->voice, &feed);
    r->ahead[index] = ahead;
    if (ahead) pinna_source_settle(r, source);
}

void pinna_feed_source(pinna_renderer* r, uint32_t index, const pinna_stretch* stretch, uint32_t part,
                       size_t first_frame, float* const out[PINNA_EAR_COUNT])
{
    pinna_voiced_source* source = &r->sources[index];
    pinna_segment segment = stretch->segments[part];
    const float* samples = source->block == r->block ? source->samples + first_frame : NULL;
    if (samples && pinna_source_is_steady(r, source) && pinna_chain_is_open(&source->chain)) {
        feed_steady(r, index, stretch, part, first_frame);
        return;
    }
    pinna_source_end_steady(r, index, segment.phase);
    const pinna_chain_memory memory = chain_memory(r, index);
    samples = pinna_chain_run(&source->chain, &r->chain, &memory, samples, segment);
    if (r->mixes) samples = pinna_mix_feed(r, index, samples, segment);
    way w = way_of(r, segment);
    for (int v = 0; v < PINNA_VOICE_SIDE; v++)
        feed_voice(r, source, v, samples, segment, w, out);
    if (!source->wide1) return;
    const float* side = pinna_wide_run(r, source, samples, segment.frame_count);
    for (int v = PINNA_VOICE_SIDE; v < PINNA_VOICE_COUNT; v++)
        feed_voice(r, source, v, side, segment, w, out);
}
