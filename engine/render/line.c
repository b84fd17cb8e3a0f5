/* SPDX-License-Identifier: MIT */
#include "render/line.h"

static uint32_t repeated(const pinna_path_config* path)
{
    return path->ramp_frames + PINNA_DELAY_TAPS;
}

static void put(const pinna_path_config* path, float* out, const float* samples, uint32_t frame_count)
{
    if (samples) path->kernels->ramp_copy(out, samples, 1.0f, 0.0f, frame_count);
    else memset(out, 0, frame_count * sizeof *out);
}

void pinna_line_write(const pinna_path_config* path, const pinna_line* line, uint32_t at, const float* samples,
                      uint32_t frame_count)
{
    while (frame_count > 0) {
        uint32_t room = line->frames - at, count = frame_count < room ? frame_count : room;
        put(path, line->samples + at, samples, count);
        uint32_t again = at < repeated(path) ? repeated(path) - at : 0;
        if (again > 0) put(path, line->samples + line->frames + at, samples, again < count ? again : count);
        samples = samples ? samples + count : NULL;
        frame_count -= count;
        at = 0;
    }
}

/* What a filter behind so many whole frames reads for the frame at `at`, with its past before it. */
static const float* input(const pinna_line* line, uint32_t at, uint32_t whole_frames)
{
    enum { PAST = PINNA_DELAY_TAPS - 1 };
    return line->samples + (at + 2 * line->frames - whole_frames - PAST) % line->frames + PAST;
}

void pinna_line_rest(const pinna_path_config* path, const pinna_line* line, uint32_t at, float delay_frames,
                     uint32_t frame_count, float* out)
{
    const pinna_delay_table* table = path->delays;
    double delay = fmax((double)delay_frames, PINNA_DELAY_LEAD);
    uint32_t whole = pinna_delay_whole(table, delay);
    path->kernels->delay_at(out, input(line, at, whole), table->taps, pinna_delay_place(table, delay - whole),
                            frame_count);
}

/* One filter's part of a period: delays before its first frame and at its last. */
typedef struct piece {
    uint32_t begin, end; /* frames of the period */
    double from, to;
} piece;

static void read_piece(const pinna_path_config* path, const pinna_line* line, uint32_t at, const piece* p,
                       pinna_segment segment, float* out)
{
    if (p->end - p->begin == 1) {
        pinna_line_rest(path, line, at, (float)p->to, 1, out);
        return;
    }
    uint32_t whole = pinna_delay_whole(path->delays, 0.5 * (p->from + p->to));
    float step = 1.0f / (float)(p->end - p->begin);
    pinna_delay_glide glide;
    pinna_delay_glide_filter(path->delays, p->from - whole, p->to - whole, glide.c[0]);
    path->kernels->delay_glide(out, input(line, at, whole), &glide,
                               (float)(segment.phase - p->begin + 1) * step - 0.5f, step, segment.frame_count);
}

/* By the period's frames and not by the segment's: how the host cuts its blocks must not matter. */
void pinna_line_glide(const pinna_path_config* path, const pinna_line* line, uint32_t at, float from_frames,
                      float to_frames, pinna_segment segment, float* out)
{
    uint32_t ramp = path->ramp_frames, end = segment.phase + segment.frame_count;
    double from = fmax((double)from_frames, PINNA_DELAY_LEAD), way = fmax((double)to_frames, PINNA_DELAY_LEAD) - from;
    if (way == 0.0) {
        pinna_line_rest(path, line, at, to_frames, segment.frame_count, out);
        return;
    }
    uint32_t pieces = 1 + (uint32_t)fmin(fabs(way) / (double)line->glide_frames, ramp - 1.0);
    for (uint32_t phase = segment.phase; phase < end;) {
        uint32_t i = phase * pieces / ramp;
        while ((i + 1) * ramp / pieces <= phase) i++;
        piece p = {.begin = i * ramp / pieces, .end = (i + 1) * ramp / pieces};
        p.from = from + way * p.begin / ramp;
        p.to = from + way * p.end / ramp;
        uint32_t count = (p.end < end ? p.end : end) - phase, ahead = phase - segment.phase;
        read_piece(path, line, at + ahead, &p, (pinna_segment){phase, count}, out + ahead);
        phase += count;
    }
}
