/* SPDX-License-Identifier: MIT */
#include "feed.h"
#include "audio_input.h"
#include "sounds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A file being read, for one or several feeds that take its channels in step. */
typedef struct reader {
    pinna_audio_input* input;
    uint32_t lane_count, user_count;
    bool started, skipped;
    uint64_t block_frame; /* the scene's frame at which the block begins */
    size_t block_count;   /* frames the file had for it */
    bool has_block;
    float** block; /* [lane][PINNA_FEED_MAX_FRAMES] */
} reader;

struct pinna_feed {
    const pinna_scene_source* source;
    reader* reader;
    uint32_t lane;
    float gain;
    uint64_t position;
    uint64_t start, end; /* scene frames; end is PINNA_FEED_UNKNOWN until it is known */
    uint64_t fade_frames;
    bool leaves_automation;
    bool metered;  /* power was asked for before */
    double energy; /* since then */
    uint64_t energy_frames;
    float samples[PINNA_FEED_MAX_FRAMES];
};

/* --- readers ------------------------------------------------------------------------------------------------------ */

static void reader_release(reader* r)
{
    if (!r || --r->user_count) return;
    pinna_audio_input_close(r->input);
    for (uint32_t i = 0; r->block && i < r->lane_count; i++)
        free(r->block[i]);
    free(r->block);
    free(r);
}

static pinna_status add_block(reader* r)
{
    float** block = realloc(r->block, (r->lane_count + 1) * sizeof *block);
    if (!block) return PINNA_ERROR_MEMORY;
    r->block = block;
    block[r->lane_count] = malloc(PINNA_FEED_MAX_FRAMES * sizeof **block);
    return block[r->lane_count++] ? PINNA_OK : PINNA_ERROR_MEMORY;
}

static pinna_status reader_open(const pinna_scene_source* source, pinna_report* report, reader** out)
{
    reader* r = *out = calloc(1, sizeof *r);
    if (!r) return PINNA_ERROR_MEMORY;
    r->user_count = 1;
    pinna_audio_input_config config = {.path = source->file, .channel = source->channel, .loop = source->loop};
    pinna_status status = pinna_audio_input_open(&config, report, &r->input);
    return status ? status : add_block(r);
}

/* What the file holds for the scene's frames from `frame` on; asked for by each lane's feed in turn, read once. */
static size_t reader_block(reader* r, uint64_t frame, size_t frame_count)
{
    if (r->has_block && r->block_frame == frame) return r->block_count;
    r->block_count = pinna_audio_input_read_lanes(r->input, r->block, frame_count);
    r->block_frame = frame;
    r->has_block = true;
    return r->block_count;
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

static bool reads_together(const pinna_scene_source* a, const pinna_scene_source* b)
{
    return a->loop == b->loop && a->start_s == b->start_s && !strcmp(a->file, b->file) &&
           !pinna_sounds_builtin_name(a->file);
}

static pinna_status open_feed(const pinna_scene_source* source, pinna_feed* partner, pinna_report* report,
                              pinna_feed** out)
{
    *out = NULL;
    pinna_status status;
    pinna_feed* feed = calloc(1, sizeof *feed);
    if (!feed) return PINNA_ERROR_MEMORY;
    feed->source = source;
    if (partner) {
        feed->reader = partner->reader;
        feed->reader->user_count++;
        status = pinna_audio_input_add_lane(feed->reader->input, source->channel, report, &feed->lane);
        if (!status) status = add_block(feed->reader);
    } else {
        status = reader_open(source, report, &feed->reader);
    }
    if (status) {
        pinna_feed_close(feed);
        return status;
    }
    *out = feed;
    return PINNA_OK;
}

pinna_status pinna_feed_open(const pinna_scene_source* source, pinna_report* report, pinna_feed** out)
{
    return open_feed(source, NULL, report, out);
}

pinna_status pinna_feed_open_all(const pinna_scene* scene, pinna_report* report, pinna_feed** feeds)
{
    pinna_status status = PINNA_OK;
    for (size_t i = 0; i < scene->source_count && !status; i++) {
        pinna_feed* partner = NULL;
        for (size_t j = i; j-- > 0 && !partner;)
            if (reads_together(&scene->sources[j], &scene->sources[i])) partner = feeds[j];
        status = open_feed(&scene->sources[i], partner, report, &feeds[i]);
    }
    return status;
}

pinna_status pinna_feed_preload(pinna_feed* feed, pinna_report* report)
{
    return pinna_audio_input_preload(feed->reader->input, report);
}

uint32_t pinna_feed_file_rate_hz(const pinna_feed* feed)
{
    return pinna_audio_input_file_rate_hz(feed->reader->input);
}

static uint64_t frame_at(double seconds, uint32_t sample_rate_hz)
{
    return isinf(seconds) ? PINNA_FEED_UNKNOWN : (uint64_t)llround(seconds * sample_rate_hz);
}

static uint64_t find_end(const pinna_feed* feed, uint32_t sample_rate_hz, double limit_s)
{
    uint64_t end = frame_at(fmin(feed->source->end_s, limit_s), sample_rate_hz);
    uint64_t length = pinna_audio_input_frame_count(feed->reader->input);
    if (feed->source->loop || length == PINNA_AUDIO_UNKNOWN_LENGTH) return end;
    return feed->start + length < end ? feed->start + length : end;
}

pinna_status pinna_feed_start(pinna_feed* feed, uint32_t sample_rate_hz, double gain_db, double limit_s,
                              pinna_report* report)
{
    reader* r = feed->reader;
    pinna_status status = r->started ? PINNA_OK : pinna_audio_input_start(r->input, sample_rate_hz, report);
    if (status) return status;
    r->started = true;
    if (feed->source->automation)
        pinna_automation_start(feed->source->automation, pinna_feed_file_rate_hz(feed), sample_rate_hz);
    feed->gain = (float)pow(10.0, (gain_db + feed->source->gain_db) / 20.0);
    feed->start = frame_at(feed->source->start_s, sample_rate_hz);
    feed->end = find_end(feed, sample_rate_hz, limit_s);
    if (feed->end < feed->start) feed->end = feed->start; /* starts after the scene is over */
    feed->fade_frames = frame_at(feed->source->fade_s, sample_rate_hz);
    return PINNA_OK;
}

pinna_status pinna_feed_skip(pinna_feed* feed, uint64_t frame)
{
    reader* r = feed->reader;
    feed->position = frame;
    if (r->skipped || frame <= feed->start) return PINNA_OK;
    r->skipped = true;
    return pinna_audio_input_skip(r->input, frame - feed->start);
}

void pinna_feed_leave_automation(pinna_feed* feed)
{
    feed->leaves_automation = true;
}

uint64_t pinna_feed_end_frame(const pinna_feed* feed)
{
    return feed->end;
}

/* --- taking ------------------------------------------------------------------------------------------------------- */

static float fade_at(const pinna_feed* feed, uint64_t frame)
{
    uint64_t since = frame - feed->start, left = feed->end - frame;
    uint64_t nearest = since < left ? since : left;
    return nearest < feed->fade_frames ? (float)nearest / (float)feed->fade_frames : 1.0f;
}

/* Sounding frames first to last of this chunk, counted from its beginning; the reader reads the chunk to its end, since
   other feeds may end later. False where they turn out to be silent. */
static bool fill(pinna_feed* feed, size_t first, size_t last, size_t frame_count)
{
    float* out = feed->samples + first;
    size_t count = last - first, got = reader_block(feed->reader, feed->position, frame_count - first);
    if (got < count && feed->end == PINNA_FEED_UNKNOWN) feed->end = feed->position + first + got;
    if (got > count) got = count;
    const float* from = feed->reader->block[feed->lane];
    for (size_t i = 0; i < got; i++)
        out[i] = from[i] * feed->gain;
    memset(out + got, 0, (count - got) * sizeof *out);
    for (size_t i = 0; i < got && feed->fade_frames; i++)
        out[i] *= fade_at(feed, feed->position + first + i);
    const pinna_automation* automation = feed->leaves_automation ? NULL : feed->source->automation;
    return !automation || pinna_automation_apply(automation, feed->position + first - feed->start, out, count);
}

static void add_energy(pinna_feed* feed, bool sounds, size_t frame_count)
{
    float sum = 0;
    for (size_t i = 0; feed->metered && sounds && i < frame_count; i++)
        sum += feed->samples[i] * feed->samples[i];
    feed->energy += (double)sum;
    feed->energy_frames += frame_count;
}

const float* pinna_feed_take(pinna_feed* feed, size_t frame_count)
{
    uint64_t from = feed->position, to = from + frame_count;
    bool sounds = to > feed->start && from < feed->end;
    if (sounds) {
        size_t first = feed->start > from ? (size_t)(feed->start - from) : 0;
        size_t last = feed->end < to ? (size_t)(feed->end - from) : frame_count;
        memset(feed->samples, 0, first * sizeof *feed->samples);
        memset(feed->samples + last, 0, (frame_count - last) * sizeof *feed->samples);
        sounds = fill(feed, first, last, frame_count);
    }
    add_energy(feed, sounds, frame_count);
    feed->position = to;
    return sounds ? feed->samples : NULL;
}

double pinna_feed_take_power(pinna_feed* feed)
{
    double power = feed->energy_frames ? feed->energy / (double)feed->energy_frames : 0;
    feed->metered = true;
    feed->energy = 0;
    feed->energy_frames = 0;
    return power;
}

void pinna_feed_remarks(const pinna_feed* feed, pinna_report* report)
{
    if (feed->lane == 0) pinna_audio_input_remarks(feed->reader->input, report);
}

void pinna_feed_close(pinna_feed* feed)
{
    if (!feed) return;
    reader_release(feed->reader);
    free(feed);
}
