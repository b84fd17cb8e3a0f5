/* SPDX-License-Identifier: MIT */
#include "render/renderer.h"

#include <string.h>

bool pinna_wide_update(pinna_renderer* r, pinna_voiced_source* source)
{
    bool wanted = source->active && source->target.extent_rad > 0.0f && !source->params.bypass;
    bool idle = source->voices[PINNA_VOICE_SIDE].path == PINNA_PATH_NONE &&
                source->voices[PINNA_VOICE_SIDE_OLD].path == PINNA_PATH_NONE;
    if (wanted && !source->wide1 && r->free_wide_count > 0) {
        uint32_t index = r->free_wides[--r->free_wide_count];
        memset(r->wides[index].line, 0, r->decorrelator.past_frames * sizeof(float));
        r->wides[index].rise_frames = source->chain.sounding ? PINNA_CHAIN_EDGE : 0;
        source->wide1 = index + 1;
    } else if (!wanted && source->wide1 && idle) {
        r->free_wides[r->free_wide_count++] = source->wide1 - 1;
        source->wide1 = 0;
    }
    return wanted && source->wide1;
}

const float* pinna_wide_run(pinna_renderer* r, const pinna_voiced_source* source, const float* samples,
                            uint32_t frame_count)
{
    pinna_wide* wide = &r->wides[source->wide1 - 1];
    uint32_t past = r->decorrelator.past_frames;
    pinna_feed_copy(r->kernels, &(pinna_feed){.samples = samples, .gain_from = 1.0f, .gain_to = 1.0f},
                    wide->line + past, frame_count);
    pinna_soft_rise(wide->line + past, frame_count, &wide->rise_frames, PINNA_CHAIN_EDGE);
    pinna_decorrelator_run(&r->decorrelator, r->kernels, wide->line + past, wide->row, frame_count);
    memmove(wide->line, wide->line + frame_count, past * sizeof *wide->line);
    return wide->row;
}
