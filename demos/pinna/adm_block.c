/* SPDX-License-Identifier: MIT */
#include "adm_parser.h"

#include <math.h>
#include <string.h>

/* audioBlockFormat: what a channel is from one time on. */

static const double degree = 3.14159265358979323846 / 180;

void pinna_adm_begin_block(pinna_adm_parser* p, const char** attributes)
{
    const char* start = pinna_adm_attribute(attributes, "rtime");
    const char* duration = pinna_adm_attribute(attributes, "duration");
    p->in_block = true;
    p->block_depth = p->depth;
    p->block = (pinna_adm_block_text){.polar_place = {0, 0, 1},
                                      .gain = 1,
                                      .importance = 10,
                                      .has_start = start != NULL,
                                      .has_duration = duration != NULL,
                                      .start = {0, 0, 1}};
    if (start) p->block.start = pinna_adm_time(p, "rtime", start);
    if (duration) p->block.duration = pinna_adm_time(p, "duration", duration);
}

static void count_ignored(pinna_adm_parser* p, pinna_adm_ignored what)
{
    p->model->ignored[what]++;
}

void pinna_adm_begin_in_block(pinna_adm_parser* p, const char* name, const char** attributes)
{
    const char* value;
    if (!strcmp(name, "jumpPosition") && (value = pinna_adm_attribute(attributes, "interpolationLength"))) {
        p->block.interpolation = pinna_adm_time(p, "interpolationLength", value);
        p->block.has_interpolation = true;
    }
    if (!strcmp(name, "position") && pinna_adm_attribute(attributes, "screenEdgeLock"))
        count_ignored(p, PINNA_ADM_SCREEN_EDGE_LOCK);
    if (!strcmp(name, "headphoneVirtualise")) {
        value = pinna_adm_attribute(attributes, "bypass");
        p->block.bypass = value && pinna_adm_is_true(value);
        if (pinna_adm_attribute(attributes, "DRR")) count_ignored(p, PINNA_ADM_DRR);
    }
}

/* --- inside ------------------------------------------------------------------------------------------------------- */

static void set_place(pinna_adm_parser* p)
{
    static const struct {
        const char* name;
        bool cube;
        int index;
        double low, high;
    } axes[] = {{"azimuth", false, 0, -360, 360}, {"elevation", false, 1, -90, 90}, {"distance", false, 2, 0, 1e4},
                {"X", true, 0, -1e3, 1e3},        {"Y", true, 1, -1e3, 1e3},        {"Z", true, 2, -1e3, 1e3}};
    if (p->bound) return;
    for (size_t i = 0; i < sizeof axes / sizeof axes[0]; i++) {
        if (strcmp(axes[i].name, p->coordinate)) continue;
        double value = pinna_adm_number(p, axes[i].name, axes[i].low, axes[i].high);
        (axes[i].cube ? p->block.cube_place : p->block.polar_place)[axes[i].index] = value;
        p->block.cube |= axes[i].cube;
        p->block.polar |= !axes[i].cube;
    }
}

static bool set_size(pinna_adm_parser* p, const char* name)
{
    static const char* const sizes[] = {"width", "height", "depth"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(name, sizes[i])) continue;
        p->block.size[i] = pinna_adm_number(p, name, 0, 360);
        return true;
    }
    return false;
}

static void add_label(pinna_adm_parser* p)
{
    pinna_adm_element* channel = pinna_adm_open_element(p);
    if (!channel->label[0]) pinna_adm_copy_text(channel->label, sizeof channel->label, p->text);
    channel->low |= pinna_adm_label_is_low(p->text);
}

static void set_normalization(pinna_adm_parser* p)
{
    pinna_adm_element* channel = pinna_adm_open_element(p);
    channel->normalization = pinna_adm_normalization_of(p->text);
    channel->has_normalization = true;
}

/* What is read only to say that it has no effect. */
static void note_ignored(pinna_adm_parser* p, const char* name)
{
    if (!strcmp(name, "channelLock") && pinna_adm_is_true(p->text)) count_ignored(p, PINNA_ADM_CHANNEL_LOCK);
    else if (!strcmp(name, "screenRef") && pinna_adm_is_true(p->text)) count_ignored(p, PINNA_ADM_SCREEN_REF);
    else if (!strcmp(name, "zone")) count_ignored(p, PINNA_ADM_ZONE_EXCLUSION);
    else if (!strcmp(name, "nfcRefDist") && pinna_adm_number(p, name, 0, 1e4) > 0) count_ignored(p, PINNA_ADM_NFC);
    else if (!strcmp(name, "objectDivergence") && pinna_adm_number(p, name, 0, 1) > 0)
        count_ignored(p, PINNA_ADM_DIVERGENCE);
}

void pinna_adm_end_in_block(pinna_adm_parser* p, const char* name)
{
    pinna_adm_block_text* b = &p->block;
    if (set_size(p, name)) return;
    if (!strcmp(name, "position")) set_place(p);
    else if (!strcmp(name, "gain")) b->gain = pinna_adm_gain(p);
    else if (!strcmp(name, "importance")) b->importance = (uint32_t)pinna_adm_number(p, name, 0, 10);
    else if (!strcmp(name, "cartesian")) b->cartesian_flag = pinna_adm_is_true(p->text);
    else if (!strcmp(name, "diffuse")) b->diffuse = pinna_adm_number(p, name, 0, 1);
    else if (!strcmp(name, "jumpPosition")) b->jumps = pinna_adm_is_true(p->text);
    else if (!strcmp(name, "headLocked")) b->head_locked = pinna_adm_is_true(p->text);
    else if (!strcmp(name, "speakerLabel")) add_label(p);
    else if (!strcmp(name, "order")) pinna_adm_open_element(p)->order = (int)pinna_adm_number(p, name, 0, 100);
    else if (!strcmp(name, "degree")) pinna_adm_open_element(p)->degree = (int)pinna_adm_number(p, name, -100, 100);
    else if (!strcmp(name, "normalization")) set_normalization(p);
    else note_ignored(p, name);
}

/* --- its end ------------------------------------------------------------------------------------------------------ */

/* The whole angle. Sizes in the cube are shares of the room: seen from its middle, 1 reaches from wall to wall. */
static double extent_of(pinna_adm_parser* p, bool cartesian)
{
    const double* size = p->block.size;
    double largest = fmax(size[0], fmax(size[1], cartesian ? size[2] : 0));
    if (largest <= 0) return 0;
    if (size[0] != size[1] || (cartesian && size[0] != size[2]) || (!cartesian && size[2] > 0))
        count_ignored(p, PINNA_ADM_ONE_RADIUS);
    return cartesian ? 2 * asin(fmin(largest, 1)) / degree : largest;
}

/* The coordinates that are there tell whether they are cartesian; the flag only where both or none are. */
static bool is_cartesian(const pinna_adm_block_text* b)
{
    return b->cube != b->polar ? b->cube : b->cartesian_flag;
}

static void set_times(pinna_adm_parser* p, pinna_automation_block* block)
{
    const pinna_adm_block_text* t = &p->block;
    block->start = pinna_adm_frame(p, t->start);
    block->end = t->has_duration ? pinna_adm_frame(p, pinna_moment_add(t->start, t->duration)) : UINT64_MAX;
    uint64_t ramp = t->has_start && t->has_duration ? block->end - block->start : 0;
    if (t->jumps) ramp = t->has_interpolation ? pinna_adm_frame(p, t->interpolation) : 0;
    block->ramp_frames = ramp < UINT32_MAX ? (uint32_t)ramp : UINT32_MAX;
}

void pinna_adm_end_block(pinna_adm_parser* p)
{
    const pinna_adm_block_text* t = &p->block;
    pinna_adm_element* channel = pinna_adm_open_element(p);
    bool cartesian = is_cartesian(t);
    pinna_automation_block block = {.gain = (float)t->gain,
                                    .extent_deg = (float)extent_of(p, cartesian),
                                    .diffuse = (float)t->diffuse,
                                    .cartesian = cartesian,
                                    .head_locked = t->head_locked,
                                    .bypass = t->bypass};
    for (int i = 0; i < 3; i++)
        block.place[i] = (float)(cartesian ? t->cube_place : t->polar_place)[i];
    if (t->importance < p->config.importance) {
        block.gain = 0;
        count_ignored(p, PINNA_ADM_BLOCK_IMPORTANCE);
    }
    set_times(p, &block);
    if (channel->type != PINNA_ADM_OBJECTS) block.ramp_frames = 0; /* only objects move */
    channel->has_position |= t->polar || t->cube;
    if (!pinna_adm_model_add_block(p->model, channel, &block))
        pinna_adm_stop(p, PINNA_ERROR_LIMIT, "there are more than %d blocks", PINNA_ADM_BLOCK_MAX);
}
