/* SPDX-License-Identifier: MIT */
#include "render/chain.h"

#include <string.h>

/* A wave cut out of a longer one goes on smoothly from its first sample, or from a zero crossing with its slope; an
   impulse does neither. A block of one frame does not tell, and is taken as it is. */
static bool is_cut_in(const float* first, size_t frame_count)
{
    if (frame_count < 2) return false;
    float slope = first[1] - first[0];
    if (fabsf(first[0]) > 1e-3f && fabsf(slope) < 0.5f * fabsf(first[0])) return true;
    return frame_count > 2 && fabsf(slope) > 1e-4f && fabsf(first[2] - first[1] - slope) < 0.5f * fabsf(slope);
}

static bool bands_are_flat(const pinna_chain* chain)
{
    for (int b = 0; b < PINNA_TONE_BANDS; b++)
        if (chain->bands_from[b] != 1.0f || chain->bands_to[b] != 1.0f) return false;
    return true;
}

void pinna_chain_start(pinna_chain* chain, const float* first, size_t frame_count, bool soft, uint32_t period)
{
    *chain = (pinna_chain){.delay_from = -1.0f, .delay_to = -1.0f, .delay_goal = -1.0f, .news_period = period,
                           .news_interval = 1.0f};
    for (int b = 0; b < PINNA_TONE_BANDS; b++) chain->bands_from[b] = chain->bands_to[b] = 1.0f;
    chain->flat = true;
    if (soft && is_cut_in(first, frame_count)) chain->rise_frames = PINNA_CHAIN_EDGE;
}

/* An interval that grows is taken at once, one that shrinks by and by: by what it is too long the delay lags, which
   nobody hears; having to catch up is heard. So uneven intervals, too, make one pitch. */
static void note_interval(pinna_chain* chain, const pinna_chain_config* config, uint32_t period)
{
    uint32_t interval = period - chain->news_period;
    chain->news_period = period;
    if (interval == 0 || interval > config->rest_periods) return;
    chain->news_interval = fmaxf((float)interval, chain->news_interval - 0.125f);
}

static void move_delay(pinna_chain* chain)
{
    chain->delay_from = chain->delay_to;
    if (chain->periods_left > 0)
        chain->delay_to += (chain->delay_goal - chain->delay_to) / (float)chain->periods_left--;
}

static void aim_delay(pinna_chain* chain, const pinna_chain_config* config, float goal, uint32_t period)
{
    if (goal != chain->delay_goal) {
        note_interval(chain, config, period);
        chain->delay_goal = goal;
        chain->periods_left = (uint32_t)ceilf(2.0f * chain->news_interval);
    }
    if (chain->jump) {
        chain->delay_to = goal;
        chain->periods_left = 0;
    } else {
        move_delay(chain);
    }
}

void pinna_chain_aim(pinna_chain* chain, const pinna_chain_config* config, const float bands[PINNA_TONE_BANDS],
                     float delay_frames, bool jump, uint32_t period)
{
    memcpy(chain->bands_from, chain->bands_to, sizeof chain->bands_from);
    memcpy(chain->bands_to, bands, sizeof chain->bands_to);
    chain->flat = bands_are_flat(chain);
    float goal = config->line_frames ? fminf(delay_frames, config->max_delay_frames) : -1.0f;
    chain->delay_from = chain->delay_to;
    /* What is written first into an empty line is cut out of a wave, too. */
    if (chain->sounding && chain->line_audible == 0 && chain->delay_from < 0.0f && goal >= 0.0f)
        chain->line_rise_frames = PINNA_CHAIN_EDGE;
    /* Switching propagation on or off is a jump, too. */
    chain->jump = jump || (chain->delay_from < 0.0f) != (goal < 0.0f);
    aim_delay(chain, config, goal, period);
}

bool pinna_chain_settle(pinna_chain* chain)
{
    memcpy(chain->bands_from, chain->bands_to, sizeof chain->bands_from);
    chain->flat = bands_are_flat(chain);
    move_delay(chain);
    chain->jump = false;
    return chain->delay_from == chain->delay_to && chain->periods_left == 0;
}

static void remember(pinna_chain* chain, const pinna_chain_config* config, pinna_chain_edges* edges,
                     const float* samples, uint32_t frame_count)
{
    chain->sounding = true;
    uint32_t kept = frame_count < PINNA_CHAIN_EDGE ? PINNA_CHAIN_EDGE - frame_count : 0;
    uint32_t taken = PINNA_CHAIN_EDGE - kept;
    if (kept) memmove(edges->edge, edges->edge + taken, kept * sizeof *edges->edge);
    config->path->kernels->copy(edges->edge + kept, samples + frame_count - taken, taken);
}

enum { PREDICTION_ORDER = 12 };

/* Burg's method: the filter that best predicts the newest samples from those before each, forwards and backwards. It is
   never unstable. */
static void learn(const float* x, double filter[PREDICTION_ORDER])
{
    double ahead[PINNA_CHAIN_EDGE], back[PINNA_CHAIN_EDGE], before[PREDICTION_ORDER];
    for (int n = 0; n < PINNA_CHAIN_EDGE; n++) ahead[n] = back[n] = (double)x[n];
    for (int m = 0; m < PREDICTION_ORDER; m++) {
        double product = 0.0, energy = 1e-30;
        for (int n = m + 1; n < PINNA_CHAIN_EDGE; n++) {
            product += ahead[n] * back[n - 1];
            energy += ahead[n] * ahead[n] + back[n - 1] * back[n - 1];
        }
        double reflection = 2.0 * product / energy;
        memcpy(before, filter, sizeof before);
        for (int i = 0; i < m; i++) filter[i] = before[i] - reflection * before[m - 1 - i];
        filter[m] = reflection;
        for (int n = PINNA_CHAIN_EDGE - 1; n > m; n--) {
            double error = ahead[n];
            ahead[n] = error - reflection * back[n - 1];
            back[n] = back[n - 1] - reflection * error;
        }
    }
}

/* The wave goes on as its past makes likely; it is faded while it does. */
static void make_tail(pinna_chain* chain, pinna_chain_edges* edges)
{
    double filter[PREDICTION_ORDER] = {0}, past[PREDICTION_ORDER];
    learn(edges->edge, filter);
    for (int i = 0; i < PREDICTION_ORDER; i++) past[i] = (double)edges->edge[PINNA_CHAIN_EDGE - 1 - i];
    for (int n = 0; n < PINNA_CHAIN_EDGE; n++) {
        double next = 0.0;
        for (int i = 0; i < PREDICTION_ORDER; i++) next += filter[i] * past[i];
        memmove(past + 1, past, (PREDICTION_ORDER - 1) * sizeof *past);
        past[0] = next;
        edges->tail[n] = (float)next * pinna_soft_step(1.0f - (float)(n + 1) / (PINNA_CHAIN_EDGE + 1));
    }
    chain->sounding = false;
    chain->tail_frames = PINNA_CHAIN_EDGE;
}

static const float* run_tail(pinna_chain* chain, pinna_chain_edges* edges, uint32_t frame_count, float* row)
{
    if (chain->sounding) make_tail(chain, edges);
    if (chain->tail_frames == 0) return NULL;
    uint32_t count = chain->tail_frames < frame_count ? chain->tail_frames : frame_count;
    memcpy(row, edges->tail + PINNA_CHAIN_EDGE - chain->tail_frames, count * sizeof *row);
    memset(row + count, 0, (frame_count - count) * sizeof *row);
    chain->tail_frames -= count;
    return row;
}

static const float* rise(pinna_chain* chain, const float* in, uint32_t frame_count, float* row)
{
    for (uint32_t n = 0; n < frame_count; n++) {
        row[n] = in[n];
        if (chain->rise_frames == 0) continue;
        chain->rise_frames--;
        row[n] *= pinna_soft_step(1.0f - (float)chain->rise_frames / PINNA_CHAIN_EDGE);
    }
    return row;
}

/* Sound that comes back while its last end still dies away. */
static const float* add_tail(pinna_chain* chain, const pinna_chain_edges* edges, const float* in, uint32_t frame_count,
                             float* row)
{
    if (in != row) memcpy(row, in, frame_count * sizeof *row);
    for (uint32_t n = 0; n < frame_count && chain->tail_frames > 0; n++)
        row[n] += edges->tail[PINNA_CHAIN_EDGE - chain->tail_frames--];
    return row;
}

static const float* shade(pinna_chain* chain, const pinna_chain_config* config, const float* in, pinna_segment segment,
                          float* row)
{
    if (chain->flat) return in;
    const pinna_path_config* path = config->path;
    pinna_tone_process(path->kernels, &chain->tone, &path->split, in, row, chain->bands_from, chain->bands_to,
                       (pinna_tone_way){segment.phase, path->ramp_frames}, segment.frame_count);
    return row;
}

static void write_line(pinna_chain* chain, const pinna_chain_config* config, const float* in, uint32_t frame_count,
                       const pinna_line* line)
{
    float risen[PINNA_RENDERER_RAMP_MAX];
    if (in && chain->line_rise_frames > 0) {
        memcpy(risen, in, frame_count * sizeof *risen);
        pinna_soft_rise(risen, frame_count, &chain->line_rise_frames, PINNA_CHAIN_EDGE);
        in = risen;
    }
    pinna_line_write(config->path, line, chain->line_position, in, frame_count);
    chain->line_position = (chain->line_position + frame_count) % line->frames;
    if (in)
        chain->line_audible = line->frames;
    else
        chain->line_audible = chain->line_audible > frame_count ? chain->line_audible - frame_count : 0;
}

/* Where there is no delay, not from the line: its beginning is faded in. */
static void read_at(const pinna_chain_config* config, const pinna_line* line, uint32_t at, float delay_frames,
                    const float* direct, uint32_t frame_count, float* out)
{
    if (delay_frames >= 0.0f) pinna_line_rest(config->path, line, at, delay_frames, frame_count, out);
    else if (direct) config->path->kernels->copy(out, direct, frame_count);
    else memset(out, 0, frame_count * sizeof *out);
}

static const float* propagate(pinna_chain* chain, const pinna_chain_config* config, const float* in,
                              pinna_segment segment, const pinna_line* line, float* row)
{
    bool off = chain->delay_from < 0.0f && chain->delay_to < 0.0f;
    if (chain->line_audible == 0 && (off || !in)) return in;
    uint32_t at = chain->line_position, n = segment.frame_count;
    write_line(chain, config, in, n, line);
    if (off) return in;
    if (!chain->jump) {
        pinna_line_glide(config->path, line, at, chain->delay_from, chain->delay_to, segment, row);
        return row;
    }
    float from[PINNA_RENDERER_RAMP_MAX], to[PINNA_RENDERER_RAMP_MAX]; /* row may be in */
    read_at(config, line, at, chain->delay_from, in, n, from);
    read_at(config, line, at, chain->delay_to, in, n, to);
    pinna_soft_cross(from, to, segment, 1.0f / (float)config->path->ramp_frames);
    config->path->kernels->copy(row, from, n);
    return row;
}

const float* pinna_chain_run(pinna_chain* chain, const pinna_chain_config* config, const pinna_chain_memory* memory,
                             const float* samples, pinna_segment segment)
{
    const float* in = samples;
    float* row = memory->row;
    if (samples) {
        if (chain->heard && !chain->sounding && is_cut_in(samples, segment.frame_count))
            chain->rise_frames = PINNA_CHAIN_EDGE;
        chain->heard = true;
        remember(chain, config, memory->edges, samples, segment.frame_count);
        if (chain->rise_frames > 0) in = rise(chain, samples, segment.frame_count, row);
        if (chain->tail_frames > 0) in = add_tail(chain, memory->edges, in, segment.frame_count, row);
    } else {
        in = run_tail(chain, memory->edges, segment.frame_count, row);
    }
    if (in) in = shade(chain, config, in, segment, row);
    return memory->line.samples ? propagate(chain, config, in, segment, &memory->line, row) : in;
}
