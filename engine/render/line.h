/* SPDX-License-Identifier: MIT */
/* A ring of past samples, read at delays that move: a source's propagation, a room's reflections. Floor 4. */
#ifndef PINNA_RENDER_LINE_H
#define PINNA_RENDER_LINE_H

#include <pinna/renderer.h>

#include "render/path.h"

/** Its beginning is repeated behind its end, so that any segment and its filter's past are read in one piece. */
typedef struct pinna_line {
    float* samples;  /**< [pinna_line_floats()] */
    uint32_t frames; /**< Of the ring: the longest delay, a period and PINNA_DELAY_TAPS at least. */
    float glide_frames; /**< So far one filter follows a delay; a period in which it moves further has several. Over
                             half a frame it is as good as at rest up to 10 kHz (-39 dB); over one it has -33 dB. */
} pinna_line;

static inline size_t pinna_line_floats(uint32_t frames, uint32_t ramp_frames)
{
    return (size_t)frames + ramp_frames + PINNA_DELAY_TAPS;
}

/**
 * Writes a segment; what is not finite counts as 0.
 *
 * @param at       Where in the ring its first frame goes; below line->frames.
 * @param samples  NULL: silence.
 */
PINNA_REALTIME void pinna_line_write(const pinna_path_config* path, const pinna_line* line, uint32_t at,
                                     const float* samples, uint32_t frame_count);

/** Reads a segment late. @param delay_frames  At least PINNA_DELAY_LEAD; less counts as that. */
PINNA_REALTIME void pinna_line_rest(const pinna_path_config* path, const pinna_line* line, uint32_t at,
                                    float delay_frames, uint32_t frame_count, float* out);

/** The same with a delay that goes linearly over the period. @param at  Where the segment's first frame is. */
PINNA_REALTIME void pinna_line_glide(const pinna_path_config* path, const pinna_line* line, uint32_t at,
                                     float from_frames, float to_frames, pinna_segment segment, float* out);

#endif
