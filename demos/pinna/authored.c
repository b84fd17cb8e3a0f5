/* SPDX-License-Identifier: MIT */
#include "authored.h"

#include <stdlib.h>
#include <string.h>

typedef struct slot {
    pinna_source id;
    bool idle;            /* left out of the renderer's inputs */
    uint64_t silent_from; /* frame since which the window is silent; UINT64_MAX while it sounds */
    float* window;
} slot;

struct pinna_authored {
    pinna_authored_config config;
    pinna_automation_cursor cursor;
    uint32_t slot_count;
    slot slots[PINNA_AUTOMATION_SLOTS];
};

static uint64_t own_frame(const pinna_authored* a, uint64_t frame)
{
    return frame > a->config.start_frame ? frame - a->config.start_frame : 0;
}

/* What leaves for the ears at a frame was heard there. */
static uint64_t heard_frame(const pinna_authored* a, uint64_t frame)
{
    uint64_t own = own_frame(a, frame), travel = a->config.travel_frames;
    return own > travel ? own - travel : 0;
}

/* A pose is finite and in range by its making, so set_params cannot refuse it. */
static void place(pinna_authored* a, slot* s, uint64_t frame, bool snap)
{
    pinna_pose pose = pinna_automation_pose_on_leg(a->config.automation, &a->cursor, heard_frame(a, frame));
    pinna_source_params params = a->config.place(a->config.user, a->config.source, pose, frame);
    params.snap = snap;
    (void)pinna_source_set_params(a->config.renderer, s->id, &params);
}

pinna_status pinna_authored_create(const pinna_authored_config* config, uint64_t frame, pinna_authored** out)
{
    pinna_authored* a = *out = calloc(1, sizeof *a);
    pinna_status status = a ? PINNA_OK : PINNA_ERROR_MEMORY;
    if (status) return status;
    a->config = *config;
    a->cursor = pinna_automation_cursor_at(config->automation, own_frame(a, frame));
    a->slot_count = pinna_automation_slot_count(config->automation);
    for (uint32_t i = 0; i < a->slot_count && !status; i++) {
        a->slots[i].window = calloc(config->window_frames, sizeof(float));
        status = a->slots[i].window ? pinna_source_create(config->renderer, &a->slots[i].id) : PINNA_ERROR_MEMORY;
        if (!status) place(a, &a->slots[i], frame, true);
    }
    if (!status) return PINNA_OK;
    pinna_authored_destroy(a);
    *out = NULL;
    return status;
}

/* Frames before the automation's time begins are silent. */
static bool fill(const pinna_authored* a, uint32_t index, const float* samples, uint64_t frame, float* out,
                 size_t count)
{
    uint64_t start = a->config.start_frame, ahead = frame < start ? start - frame : 0;
    size_t skipped = ahead < count ? (size_t)ahead : count;
    memset(out, 0, skipped * sizeof *out);
    return pinna_automation_apply_slot(a->config.automation, index, own_frame(a, frame), samples + skipped,
                                       out + skipped, count - skipped);
}

void pinna_authored_read(pinna_authored* a, const float* samples, uint64_t frame, size_t frame_count)
{
    for (uint32_t i = 0; i < a->slot_count; i++) {
        slot* s = &a->slots[i];
        float* out = s->window + a->config.window_frames - frame_count;
        if (!samples) memset(out, 0, frame_count * sizeof *out);
        bool sounds = samples && fill(a, i, samples, frame, out, frame_count);
        if (sounds) s->silent_from = UINT64_MAX;
        else if (s->silent_from == UINT64_MAX) s->silent_from = frame;
    }
}

void pinna_authored_shift(pinna_authored* a, size_t frame_count)
{
    size_t rest = a->config.window_frames - frame_count;
    for (uint32_t i = 0; i < a->slot_count; i++)
        memmove(a->slots[i].window, a->slots[i].window + frame_count, rest * sizeof(float));
}

void pinna_authored_set_next(pinna_authored* a, uint64_t now, uint64_t next)
{
    const pinna_automation* automation = a->config.automation;
    /* The renderer needs a period to bring a source to another place; a leg's slot is there before it is heard. */
    while (pinna_automation_next_leg(automation, &a->cursor, own_frame(a, next + (next - now))))
        place(a, &a->slots[pinna_automation_slot_of(automation, &a->cursor)], now, true);
    slot* s = &a->slots[pinna_automation_slot_of(automation, &a->cursor)];
    bool rests = pinna_automation_rests(automation, &a->cursor, heard_frame(a, now), heard_frame(a, next));
    if (!s->idle && (a->config.unrest || !rests)) place(a, s, next, false);
}

/* What ended a while ago is left out; it is put in its place when it wakes up. */
static bool is_idle(const slot* s, uint64_t frame)
{
    enum { SILENT_AFTER_FRAMES = 16384 };
    return s->silent_from != UINT64_MAX && frame > s->silent_from + SILENT_AFTER_FRAMES;
}

size_t pinna_authored_collect(pinna_authored* a, uint64_t frame, size_t at, pinna_input* inputs)
{
    size_t count = 0;
    uint32_t current = pinna_automation_slot_of(a->config.automation, &a->cursor);
    for (uint32_t i = 0; i < a->slot_count; i++) {
        slot* s = &a->slots[i];
        bool was_idle = s->idle;
        s->idle = is_idle(s, frame);
        if (s->idle) continue;
        if (was_idle && i == current) place(a, s, frame, true);
        inputs[count++] = (pinna_input){s->id, s->window + at};
    }
    return count;
}

void pinna_authored_destroy(pinna_authored* a)
{
    if (!a) return;
    for (uint32_t i = 0; i < a->slot_count; i++)
        free(a->slots[i].window);
    free(a);
}
