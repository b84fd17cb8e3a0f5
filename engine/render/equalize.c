/* SPDX-License-Identifier: MIT */
#include "render/equalize.h"

#include "render/path.h"

#define FADE_S 0.04

void pinna_equalize_place(pinna_equalize* e, pinna_arena* arena, double sample_rate_hz, uint32_t row_frames)
{
    e->sample_rate_hz = sample_rate_hz;
    e->row_frames = row_frames;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) e->rows[ear] = pinna_arena_take(arena, row_frames, sizeof(float));
    if (!arena->base) return;
    e->fade_frames = (uint32_t)(FADE_S * sample_rate_hz);
    pinna_mailbox_init(&e->mailbox);
    for (int i = 0; i < 2; i++) pinna_equalizer_make(NULL, sample_rate_hz, &e->runs[i].design);
}

void pinna_equalize_set(pinna_equalize* e, const pinna_equalizer* equalizer)
{
    pinna_equalizer_make(equalizer, e->sample_rate_hz, &e->snapshots[e->mailbox.writing]);
    pinna_mailbox_publish(&e->mailbox);
}

/* The newest design. A new one starts with empty filters: their beginning lies where the fade has hardly begun. */
static void take_news(pinna_equalize* e)
{
    if (e->fade_left > 0 || !pinna_mailbox_take(&e->mailbox)) return;
    pinna_equalize_run* next = &e->runs[e->now ^ 1];
    next->design = e->snapshots[e->mailbox.reading];
    memset(&next->state, 0, sizeof next->state);
    if (e->heard)
        e->fade_left = e->fade_frames;
    else
        e->now ^= 1;
}

static void run(pinna_equalize_run* r, float* left, float* right, size_t frame_count)
{
    if (!pinna_equalizer_is_plain(&r->design))
        pinna_equalizer_process(&r->design, &r->state, left, right, frame_count);
}

static void fade(pinna_equalize* e, float* const out[PINNA_EAR_COUNT], size_t frame_count)
{
    float step = 1.0f / (float)e->fade_frames;
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) memcpy(e->rows[ear], out[ear], frame_count * sizeof(float));
    run(&e->runs[e->now], out[PINNA_LEFT], out[PINNA_RIGHT], frame_count);
    run(&e->runs[e->now ^ 1], e->rows[PINNA_LEFT], e->rows[PINNA_RIGHT], frame_count);
    for (size_t n = 0; n < frame_count; n++) {
        float share = pinna_soft_step((float)(e->fade_frames - e->fade_left + n + 1) * step);
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) out[ear][n] += share * (e->rows[ear][n] - out[ear][n]);
    }
    e->fade_left -= (uint32_t)frame_count;
    if (e->fade_left == 0) e->now ^= 1;
}

void pinna_equalize_process(pinna_equalize* e, float* left, float* right, size_t frame_count)
{
    take_news(e);
    e->heard = true;
    for (size_t done = 0; done < frame_count;) {
        size_t count = frame_count - done, limit = e->fade_left < e->row_frames ? e->fade_left : e->row_frames;
        float* out[PINNA_EAR_COUNT] = {left + done, right + done};
        if (e->fade_left > 0) {
            if (count > limit) count = limit;
            fade(e, out, count);
        } else {
            run(&e->runs[e->now], out[PINNA_LEFT], out[PINNA_RIGHT], count);
        }
        done += count;
    }
}
