/* SPDX-License-Identifier: MIT */
#include "feed.h"
#include "audio_input.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pinna_feed {
    const pinna_scene_source* source;
    pinna_audio_input* input;
    float gain;
    uint64_t position;
    uint64_t start, end; /* scene frames; end is PINNA_FEED_UNKNOWN until it is known */
    uint64_t fade_frames;
    double energy; /* since power was last asked for */
    uint64_t energy_frames;
    float samples[PINNA_FEED_MAX_FRAMES];
};

pinna_status pinna_feed_open(const pinna_scene_source* source, pinna_report* report, pinna_feed** out)
{
    *out = NULL;
    pinna_feed* feed = calloc(1, sizeof *feed);
    if (!feed) return PINNA_ERROR_MEMORY;
    feed->source = source;
    pinna_audio_input_config config = {.path = source->file, .channel = source->channel, .loop = source->loop};
    pinna_status status = pinna_audio_input_open(&config, report, &feed->input);
    if (status) {
        pinna_feed_close(feed);
        return status;
    }
    *out = feed;
    return PINNA_OK;
}

pinna_status pinna_feed_preload(pinna_feed* feed, pinna_report* report)
{
    return pinna_audio_input_preload(feed->input, report);
}

uint32_t pinna_feed_file_rate_hz(const pinna_feed* feed)
{
    return pinna_audio_input_file_rate_hz(feed->input);
}

static uint64_t frame_at(double seconds, uint32_t sample_rate_hz)
{
    return isinf(seconds) ? PINNA_FEED_UNKNOWN : (uint64_t)llround(seconds * sample_rate_hz);
}

static uint64_t find_end(const pinna_feed* feed, uint32_t sample_rate_hz, double limit_s)
{
    uint64_t end = frame_at(fmin(feed->source->end_s, limit_s), sample_rate_hz);
    uint64_t length = pinna_audio_input_frame_count(feed->input);
    if (feed->source->loop || length == PINNA_AUDIO_UNKNOWN_LENGTH) return end;
    return feed->start + length < end ? feed->start + length : end;
}

pinna_status pinna_feed_start(pinna_feed* feed, uint32_t sample_rate_hz, double gain_db, double limit_s,
                              pinna_report* report)
{
    pinna_status status = pinna_audio_input_start(feed->input, sample_rate_hz, report);
    if (status) return status;
    feed->gain = (float)pow(10.0, (gain_db + feed->source->gain_db) / 20.0);
    feed->start = frame_at(feed->source->start_s, sample_rate_hz);
    feed->end = find_end(feed, sample_rate_hz, limit_s);
    if (feed->end < feed->start) feed->end = feed->start; /* starts after the scene is over */
    feed->fade_frames = frame_at(feed->source->fade_s, sample_rate_hz);
    return PINNA_OK;
}

uint64_t pinna_feed_end_frame(const pinna_feed* feed)
{
    return feed->end;
}

static float fade_at(const pinna_feed* feed, uint64_t frame)
{
    uint64_t since = frame - feed->start, left = feed->end - frame;
    uint64_t nearest = since < left ? since : left;
    return nearest < feed->fade_frames ? (float)nearest / (float)feed->fade_frames : 1.0f;
}

/* Sounding frames first to last of this chunk, counted from its beginning. */
static void fill(pinna_feed* feed, size_t first, size_t last)
{
    float* out = feed->samples + first;
    size_t count = last - first, got = pinna_audio_input_read(feed->input, out, count);
    memset(out + got, 0, (count - got) * sizeof *out);
    for (size_t i = 0; i < got; i++)
        out[i] *= feed->gain;
    for (size_t i = 0; i < got && feed->fade_frames; i++)
        out[i] *= fade_at(feed, feed->position + first + i);
    if (got < count && feed->end == PINNA_FEED_UNKNOWN) feed->end = feed->position + first + got;
}

const float* pinna_feed_take(pinna_feed* feed, size_t frame_count)
{
    uint64_t from = feed->position, to = from + frame_count;
    bool sounds = to > feed->start && from < feed->end;
    if (sounds) {
        size_t first = feed->start > from ? (size_t)(feed->start - from) : 0;
        size_t last = feed->end < to ? (size_t)(feed->end - from) : frame_count;
        memset(feed->samples, 0, frame_count * sizeof *feed->samples);
        fill(feed, first, last);
    }
    feed->position = to;
    feed->energy_frames += frame_count;
    for (size_t i = 0; sounds && i < frame_count; i++)
        feed->energy += (double)(feed->samples[i] * feed->samples[i]);
    return sounds ? feed->samples : NULL;
}

double pinna_feed_take_power(pinna_feed* feed)
{
    double power = feed->energy_frames ? feed->energy / (double)feed->energy_frames : 0;
    feed->energy = 0;
    feed->energy_frames = 0;
    return power;
}

void pinna_feed_remarks(const pinna_feed* feed, pinna_report* report)
{
    pinna_audio_input_remarks(feed->input, report);
}

void pinna_feed_close(pinna_feed* feed)
{
    if (!feed) return;
    pinna_audio_input_close(feed->input);
    free(feed);
}
