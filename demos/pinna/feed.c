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
    float** block;       /* [lane][PINNA_FEED_MAX_FRAMES] */
    const float** lanes; /* [lane], in block or where the input has them */
} reader;

struct pinna_feed {
    const pinna_scene_source* source;
    reader* reader;
    uint32_t lane;
    float gain, left_gain; /* applied here, and left to somebody else */
    uint64_t position;
    uint64_t start, end; /* scene frames; end is PINNA_FEED_UNKNOWN until it is known */
    uint64_t fade_frames;
    bool leaves_automation;
    bool metered;  /* power was asked for not long ago */
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
    free(r->lanes);
    free(r);
}

static pinna_status add_block(reader* r)
{
    const float** lanes = realloc(r->lanes, (r->lane_count + 1) * sizeof *lanes);
    if (lanes) r->lanes = lanes;
    float** block = realloc(r->block, (r->lane_count + 1) * sizeof *block);
    if (block) r->block = block;
    if (!block || !lanes) return PINNA_ERROR_MEMORY;
    block[r->lane_count] = malloc(PINNA_FEED_MAX_FRAMES * sizeof **block);
    return block[r->lane_count++] ? PINNA_OK : PINNA_ERROR_MEMORY;
}

/* like: NULL, or a reader that has the same sound in memory. */
static pinna_status reader_open(const pinna_scene_source* source, const reader* like, pinna_report* report,
                                reader** out)
{
    reader* r = *out = calloc(1, sizeof *r);
    if (!r) return PINNA_ERROR_MEMORY;
    r->user_count = 1;
    pinna_audio_input_config config = {.path = source->file, .channel = source->channel, .loop = source->loop};
    pinna_status status = like ? pinna_audio_input_share(like->input, source->loop, &r->input)
                               : pinna_audio_input_open(&config, report, &r->input);
    return status ? status : add_block(r);
}

/* What the file holds for the scene's frames from `frame` on; asked for by each lane's feed in turn, read once. */
static size_t reader_block(reader* r, uint64_t frame, size_t frame_count)
{
    if (r->has_block && r->block_frame == frame) return r->block_count;
    r->block_count = frame_count;
    if (!pinna_audio_input_view(r->input, r->lanes, frame_count)) {
        r->block_count = pinna_audio_input_read_lanes(r->input, r->block, frame_count);
        for (uint32_t i = 0; i < r->lane_count; i++) r->lanes[i] = r->block[i];
    }
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

static pinna_status join(pinna_feed* feed, pinna_feed* partner, pinna_report* report)
{
    feed->reader = partner->reader;
    feed->reader->user_count++;
    pinna_status status = pinna_audio_input_add_lane(feed->reader->input, feed->source->channel, report, &feed->lane);
    return status ? status : add_block(feed->reader);
}

/* partner: NULL, or the feed with whom it reads. like: NULL, or one that has the same sound in memory. */
static pinna_status open_feed(const pinna_scene_source* source, pinna_feed* partner, const pinna_feed* like,
                              pinna_report* report, pinna_feed** out)
{
    pinna_feed* feed = calloc(1, sizeof *feed);
    *out = NULL;
    if (!feed) return PINNA_ERROR_MEMORY;
    feed->source = source;
    pinna_status status = partner ? join(feed, partner, report)
                                  : reader_open(source, like ? like->reader : NULL, report, &feed->reader);
    if (status) {
        pinna_feed_close(feed);
        return status;
    }
    *out = feed;
    return PINNA_OK;
}

pinna_status pinna_feed_open_all(const pinna_scene* scene, pinna_report* report, pinna_feed** feeds)
{
    pinna_status status = PINNA_OK;
    for (size_t i = 0; i < scene->source_count && !status; i++) {
        pinna_feed* partner = NULL;
        for (size_t j = i; j-- > 0 && !partner;)
            if (reads_together(&scene->sources[j], &scene->sources[i])) partner = feeds[j];
        status = open_feed(&scene->sources[i], partner, NULL, report, &feeds[i]);
    }
    return status;
}

/* Among the first count sources of a scene, the feed of one with the same sound. */
static const pinna_feed* find_like(const pinna_scene_source* source, const pinna_scene* scene, pinna_feed* const* feeds,
                                   size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (scene->sources[i].channel == source->channel && !strcmp(scene->sources[i].file, source->file))
            return feeds[i];
    return NULL;
}

pinna_status pinna_feed_load_all(const pinna_scene* scene, const pinna_scene* like, pinna_feed* const* like_feeds,
                                 pinna_report* report, pinna_feed** feeds)
{
    pinna_status status = PINNA_OK;
    for (size_t i = 0; i < scene->source_count && !status; i++) {
        const pinna_scene_source* source = &scene->sources[i];
        const pinna_feed* found = find_like(source, scene, feeds, i);
        if (!found && like) found = find_like(source, like, like_feeds, like->source_count);
        status = open_feed(source, NULL, found, report, &feeds[i]);
        if (!status) status = pinna_audio_input_preload(feeds[i]->reader->input, report);
    }
    return status;
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
    feed->left_gain = 1.0f;
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

float pinna_feed_leave_gain(pinna_feed* feed, float most)
{
    feed->left_gain = fminf(feed->gain, most);
    feed->gain = feed->gain > most ? feed->gain / most : 1.0f;
    return feed->left_gain;
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

static const pinna_automation* own_automation(const pinna_feed* feed)
{
    return feed->leaves_automation ? NULL : feed->source->automation;
}

/* Whether these frames sound just as they are read. */
static bool is_plain(const pinna_feed* feed, uint64_t from, uint64_t to)
{
    return feed->gain == 1.0f && from >= feed->start && to <= feed->end && !feed->fade_frames && !own_automation(feed);
}

/* Sounding frames first to last of this chunk, counted from its beginning; the reader reads the chunk to its end, since
   other feeds may end later. False where they turn out to be silent. */
static bool fill(pinna_feed* feed, size_t first, size_t last, size_t frame_count)
{
    float* out = feed->samples + first;
    size_t count = last - first, got = reader_block(feed->reader, feed->position, frame_count - first);
    if (got < count && feed->end == PINNA_FEED_UNKNOWN) feed->end = feed->position + first + got;
    if (got > count) got = count;
    const float* from = feed->reader->lanes[feed->lane];
    for (size_t i = 0; i < got; i++)
        out[i] = from[i] * feed->gain;
    memset(out + got, 0, (count - got) * sizeof *out);
    for (size_t i = 0; i < got && feed->fade_frames; i++)
        out[i] *= fade_at(feed, feed->position + first + i);
    const pinna_automation* automation = own_automation(feed);
    return !automation || pinna_automation_apply(automation, feed->position + first - feed->start, out, count);
}

/* Silence around what sounds. NULL where nothing does. */
static const float* take_part(pinna_feed* feed, uint64_t from, uint64_t to)
{
    size_t frame_count = (size_t)(to - from);
    size_t first = feed->start > from ? (size_t)(feed->start - from) : 0;
    size_t last = feed->end < to ? (size_t)(feed->end - from) : frame_count;
    memset(feed->samples, 0, first * sizeof *feed->samples);
    memset(feed->samples + last, 0, (frame_count - last) * sizeof *feed->samples);
    return fill(feed, first, last, frame_count) ? feed->samples : NULL;
}

/* Only where somebody looks. */
static void add_energy(pinna_feed* feed, const float* x, size_t frame_count)
{
    enum { LANES = 16, LONG_FRAMES = 65536 };
    float sum[LANES] = {0};
    size_t i = 0;
    feed->energy_frames += frame_count;
    if (feed->energy_frames > LONG_FRAMES) feed->metered = false;
    if (!feed->metered || !x) return;
    for (; i + LANES <= frame_count; i += LANES) /* each lane apart, so that the compiler may take them at once */
        for (size_t n = 0; n < LANES; n++)
            sum[n] += x[i + n] * x[i + n];
    for (; i < frame_count; i++)
        sum[0] += x[i] * x[i];
    for (size_t n = 0; n < LANES; n++)
        feed->energy += (double)(sum[n] * feed->left_gain * feed->left_gain);
}

const float* pinna_feed_take(pinna_feed* feed, size_t frame_count)
{
    uint64_t from = feed->position, to = from + frame_count;
    const float* samples = NULL;
    if (to > feed->start && from < feed->end) {
        bool as_it_is = is_plain(feed, from, to) && reader_block(feed->reader, from, frame_count) == frame_count;
        samples = as_it_is ? feed->reader->lanes[feed->lane] : take_part(feed, from, to);
    }
    add_energy(feed, samples, frame_count);
    feed->position = to;
    return samples;
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
