/* SPDX-License-Identifier: MIT */
#include "resample.h"

#include <samplerate.h>
#include <stdlib.h>
#include <string.h>

struct pinna_resampler {
    SRC_STATE* state; /* NULL where both rates are one: samples pass through */
    double ratio;
    uint32_t from_hz, to_hz;
    pinna_resampler_pull pull;
    void* user;
    float* samples; /* what the last pull gave */
    size_t sample_count, position;
    uint64_t in_count, out_count;
    bool ended;
};

static size_t pull_counted(pinna_resampler* resampler, float** samples)
{
    size_t count = resampler->ended ? 0 : resampler->pull(resampler->user, samples);
    resampler->in_count += count;
    if (!count) resampler->ended = true;
    return count;
}

static long pull_for_library(void* user, float** samples)
{
    return (long)pull_counted(user, samples);
}

pinna_status pinna_resampler_create(uint32_t from_hz, uint32_t to_hz, pinna_resampler_pull pull, void* user,
                                    pinna_resampler** out)
{
    *out = NULL;
    double ratio = (double)to_hz / (double)from_hz;
    if (!src_is_valid_ratio(ratio)) return PINNA_ERROR_UNSUPPORTED;
    pinna_resampler* resampler = calloc(1, sizeof *resampler);
    if (!resampler) return PINNA_ERROR_MEMORY;
    *resampler = (pinna_resampler){.ratio = ratio, .from_hz = from_hz, .to_hz = to_hz, .pull = pull, .user = user};
    int error = 0;
    if (from_hz != to_hz)
        resampler->state = src_callback_new(pull_for_library, SRC_SINC_BEST_QUALITY, 1, &error, resampler);
    if (error) {
        free(resampler);
        return PINNA_ERROR_MEMORY;
    }
    *out = resampler;
    return PINNA_OK;
}

static size_t pass_through(pinna_resampler* resampler, float* out, size_t frame_count)
{
    size_t done = 0;
    while (done < frame_count) {
        if (resampler->position == resampler->sample_count) {
            resampler->position = 0;
            resampler->sample_count = pull_counted(resampler, &resampler->samples);
            if (!resampler->sample_count) break;
        }
        size_t count = resampler->sample_count - resampler->position;
        if (count > frame_count - done) count = frame_count - done;
        memcpy(out + done, resampler->samples + resampler->position, count * sizeof *out);
        resampler->position += count;
        done += count;
    }
    return done;
}

uint64_t pinna_resampler_scale(uint64_t frame_count, uint32_t from_hz, uint32_t to_hz)
{
    uint64_t whole = frame_count / from_hz, rest = frame_count % from_hz;
    return whole * to_hz + (rest * to_hz + from_hz - 1) / from_hz;
}

/* The library rounds the length its own way; here it is exact, so that every file has one length at one rate. */
static size_t fit_length(pinna_resampler* resampler, float* out, size_t got, size_t frame_count)
{
    if (!resampler->ended) return got;
    uint64_t total = pinna_resampler_scale(resampler->in_count, resampler->from_hz, resampler->to_hz);
    uint64_t left = total > resampler->out_count ? total - resampler->out_count : 0;
    if (left < got) return (size_t)left;
    size_t wanted = left < frame_count ? (size_t)left : frame_count;
    memset(out + got, 0, (wanted - got) * sizeof *out);
    return wanted;
}

size_t pinna_resampler_read(pinna_resampler* resampler, float* out, size_t frame_count)
{
    if (!resampler->state) return pass_through(resampler, out, frame_count);
    size_t got = 0;
    while (got < frame_count) {
        long count = src_callback_read(resampler->state, resampler->ratio, (long)(frame_count - got), out + got);
        if (count <= 0) break;
        got += (size_t)count;
    }
    got = fit_length(resampler, out, got, frame_count);
    resampler->out_count += got;
    return got;
}

void pinna_resampler_destroy(pinna_resampler* resampler)
{
    if (!resampler) return;
    if (resampler->state) src_delete(resampler->state);
    free(resampler);
}
