/* SPDX-License-Identifier: MIT */
#include "automation.h"
#include "path.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pinna_automation {
    pinna_automation_config config;
    uint32_t slot_count;
    size_t block_count;
    pinna_automation_block* blocks;
};

static const double degree = 3.14159265358979323846 / 180;

uint64_t pinna_moment_frame(pinna_moment moment, uint32_t sample_rate_hz)
{
    uint64_t whole = (uint64_t)moment.seconds * sample_rate_hz, d = moment.denominator;
    return whole + ((uint64_t)moment.numerator * sample_rate_hz + d / 2) / d;
}

/* Both are fractions; brought to one denominator they add up without an error. */
pinna_moment pinna_moment_add(pinna_moment a, pinna_moment b)
{
    enum { NANO = 1000000000 };
    uint64_t denominator = a.denominator > b.denominator ? a.denominator : b.denominator;
    if (denominator % a.denominator || denominator % b.denominator) denominator = NANO;
    uint64_t numerator = (uint64_t)a.numerator * denominator / a.denominator;
    numerator += (uint64_t)b.numerator * denominator / b.denominator;
    uint32_t seconds = a.seconds + b.seconds + (uint32_t)(numerator / denominator);
    return (pinna_moment){seconds, (uint32_t)(numerator % denominator), (uint32_t)denominator};
}

pinna_automation_config pinna_automation_config_default(void)
{
    return (pinna_automation_config){.to = UINT64_MAX, .distance_m = 1};
}

pinna_status pinna_automation_create(pinna_automation_block* blocks, size_t block_count,
                                     const pinna_automation_config* config, pinna_automation** out)
{
    pinna_automation* automation = *out = calloc(1, sizeof *automation);
    if (!automation) {
        free(blocks);
        return PINNA_ERROR_MEMORY;
    }
    *automation = (pinna_automation){*config, 1, block_count, blocks};
    return PINNA_OK;
}

static uint64_t converted(uint64_t frame, uint32_t from_hz, uint32_t to_hz)
{
    if (frame == UINT64_MAX) return frame;
    return frame / from_hz * to_hz + (frame % from_hz * to_hz + from_hz / 2) / from_hz;
}

/* The last block that begins at or before a frame; the first one before all of them. Blocks of no length at the same
   start lie before the one that lasts. */
static size_t block_at(const pinna_automation* a, uint64_t frame)
{
    size_t low = 0, high = a->block_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (a->blocks[middle].start <= frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? low - 1 : 0;
}

/* How far a block has glided away from the one before: 1 when it has arrived. */
static double arrival(const pinna_automation* a, size_t index, uint64_t frame)
{
    const pinna_automation_block* b = &a->blocks[index];
    bool follows = index && a->blocks[index - 1].end == b->start;
    if (!follows || frame >= b->start + b->ramp_frames) return 1;
    return frame <= b->start ? 0 : (double)(frame - b->start) / (double)b->ramp_frames;
}

/* The same for its place: a leg begins where it begins. */
static double way(const pinna_automation* a, size_t index, uint64_t frame)
{
    return a->blocks[index].cut ? 1 : arrival(a, index, frame);
}

static double between(double from, double to, double fraction)
{
    return from + fraction * (to - from);
}

static pinna_vec3 place_of(const pinna_automation* a, const pinna_automation_block* b)
{
    if (b->cartesian)
        return pinna_cube_place(a->config.cube, (double)b->place[0], (double)b->place[1], (double)b->place[2]);
    pinna_vec3 direction = pinna_direction_from_spherical(b->place[0], b->place[1]);
    return pinna_vec3_scale(direction, b->place[2]);
}

/* Along the great circle, the distance evenly. Between opposite directions any circle will do: the one through the
   horizon, or through the front where they are the poles. */
static pinna_vec3 arc(pinna_vec3 from, pinna_vec3 to, double fraction)
{
    double from_m = (double)pinna_vec3_length(from), to_m = (double)pinna_vec3_length(to);
    pinna_vec3 a = pinna_vec3_normalize(from), b = pinna_vec3_normalize(to);
    double cosine = fmax(-1, fmin(1, (double)pinna_vec3_dot(a, b)));
    pinna_vec3 side = pinna_vec3_sub(b, pinna_vec3_scale(a, (float)cosine));
    if (pinna_vec3_length(side) < 1e-4f) {
        if (cosine > 0) return pinna_vec3_scale(b, (float)between(from_m, to_m, fraction));
        bool polar = fabsf(a.z) > 0.99f;
        side = polar ? (pinna_vec3){1, 0, 0} : pinna_vec3_cross((pinna_vec3){0, 0, 1}, a);
        side = pinna_vec3_sub(side, pinna_vec3_scale(a, pinna_vec3_dot(side, a)));
    }
    double angle = acos(cosine) * fraction;
    pinna_vec3 way = pinna_vec3_add(pinna_vec3_scale(a, (float)cos(angle)),
                                    pinna_vec3_scale(pinna_vec3_normalize(side), (float)sin(angle)));
    return pinna_vec3_scale(way, (float)between(from_m, to_m, fraction));
}

static pinna_vec3 glide(const pinna_automation* a, const pinna_automation_block* from, const pinna_automation_block* to,
                        double fraction)
{
    if (fraction >= 1) return place_of(a, to);
    if (from->cartesian && to->cartesian)
        return pinna_cube_place(a->config.cube, between((double)from->place[0], (double)to->place[0], fraction),
                                between((double)from->place[1], (double)to->place[1], fraction),
                                between((double)from->place[2], (double)to->place[2], fraction));
    return arc(place_of(a, from), place_of(a, to), fraction);
}

/* BS.2127's rule for what is nearer than the sphere of loudspeakers: it grows wider, all round at the centre. On the
   sphere, but for rounding, nothing grows: a point stays one. */
static double extent_at_distance(double extent_deg, double distance)
{
    const double least = 0.2, full = 360, on_sphere = 0.999;
    if (distance > on_sphere && distance < 1) distance = 1;
    double size = least + (1 - least) * extent_deg / full;
    double at_one = 4 * atan2(size, 1) / degree, here = 4 * atan2(size, fmax(distance, 0)) / degree;
    if (here <= at_one) return extent_deg * here / at_one;
    return extent_deg + (full - extent_deg) * (here - at_one) / (full - at_one);
}

/* A renderer's source has a radius and a distance. What is diffuse comes from all round, as far as it is diffuse. */
static double radius_of(double extent_deg, double diffuse, double distance)
{
    double wide = extent_at_distance(extent_deg, distance);
    double half = fmin(fmax(wide, 360 * diffuse) / 2, 89.9);
    return tan(half * degree);
}

/* Nearer than a hand's breadth nothing is heard: that would be within the head. */
static double heard_at_m(const pinna_automation* a, double distance)
{
    const double nearest_m = 0.1;
    return fmax(nearest_m, (double)a->config.distance_m * (a->config.scaled ? distance : 1));
}

static pinna_pose pose_in_block(const pinna_automation* a, size_t index, uint64_t frame)
{
    const pinna_automation_block *b = &a->blocks[index], *before = index ? b - 1 : b;
    double fraction = way(a, index, frame);
    pinna_vec3 place = glide(a, before, b, fraction);
    double distance = (double)pinna_vec3_length(place);
    double radius = radius_of(between((double)before->extent_deg, (double)b->extent_deg, fraction),
                              between((double)before->diffuse, (double)b->diffuse, fraction), distance);
    /* At the centre there is no direction left: whatever is nearest to it is wide already. */
    pinna_vec3 direction = distance > 1e-6 ? pinna_vec3_normalize(place) : (pinna_vec3){1, 0, 0};
    if (!b->cartesian && distance <= 1e-6) direction = pinna_direction_from_spherical(b->place[0], b->place[1]);
    double metres = heard_at_m(a, distance);
    return (pinna_pose){pinna_vec3_scale(direction, (float)metres),
                        (float)(radius * metres), b->head_locked, b->bypass};
}

pinna_pose pinna_automation_pose_at(const pinna_automation* a, uint64_t frame)
{
    return pose_in_block(a, block_at(a, frame), frame);
}

#define ALL_SLOTS UINT32_MAX

/* How much of the object sounds in a slot. */
static double gain_at(const pinna_automation* a, uint32_t slot, size_t index, uint64_t frame)
{
    const pinna_automation_block* b = &a->blocks[index];
    if (frame < b->start || frame >= b->end || frame < a->config.from || frame >= a->config.to) return 0;
    double fraction = arrival(a, index, frame), gain = 0;
    if (slot == ALL_SLOTS || b->slot == slot) gain += fraction * (double)b->gain;
    if (fraction < 1 && (slot == ALL_SLOTS || b[-1].slot == slot)) gain += (1 - fraction) * (double)b[-1].gain;
    return gain;
}

/* The first frame after this one at which the gain's formula changes. */
static uint64_t next_edge(const pinna_automation* a, size_t index, uint64_t frame)
{
    const pinna_automation_block* b = &a->blocks[index];
    uint64_t edge = UINT64_MAX;
    if (frame < a->config.from) return a->config.from;
    if (frame < a->config.to) edge = a->config.to;
    if (frame < b->start) return b->start < edge ? b->start : edge;
    if (index + 1 < a->block_count && b[1].start < edge) edge = b[1].start;
    if (frame < b->end && b->end < edge) edge = b->end;
    if (arrival(a, index, frame) < 1 && b->start + b->ramp_frames < edge) edge = b->start + b->ramp_frames;
    return edge;
}

/* Within an edge and the next the gain lies on a straight line. */
static bool apply_line(const pinna_automation* a, uint32_t slot, uint64_t frame, const float* in, float* out,
                       size_t count)
{
    size_t index = block_at(a, frame);
    double from = gain_at(a, slot, index, frame), slope = 0;
    if (arrival(a, index, frame) < 1 && count > 1)
        slope = (gain_at(a, slot, index, frame + count - 1) - from) / (double)(count - 1);
    if (from == 0 && slope == 0) {
        memset(out, 0, count * sizeof *out);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        out[i] = in[i] * (float)(from + slope * (double)i);
    return true;
}

bool pinna_automation_apply_slot(const pinna_automation* a, uint32_t slot, uint64_t frame, const float* samples,
                                 float* out, size_t frame_count)
{
    bool sounds = false;
    for (size_t done = 0; done < frame_count;) {
        uint64_t at = frame + done, edge = next_edge(a, block_at(a, at), at);
        size_t count = edge - at < frame_count - done ? (size_t)(edge - at) : frame_count - done;
        sounds |= apply_line(a, slot, at, samples + done, out + done, count);
        done += count;
    }
    return sounds;
}

bool pinna_automation_apply(const pinna_automation* a, uint64_t frame, float* samples, size_t frame_count)
{
    return pinna_automation_apply_slot(a, ALL_SLOTS, frame, samples, samples, frame_count);
}

/* --- legs --------------------------------------------------------------------------------------------------------- */

static double angle_deg(pinna_vec3 a, pinna_vec3 b)
{
    double cosine = (double)pinna_vec3_dot(pinna_vec3_normalize(a), pinna_vec3_normalize(b));
    return acos(fmax(-1, fmin(1, cosine))) / degree;
}

/* Small steps are none: the renderer's own glide from one to the next is as good. */
static bool is_cut(const pinna_automation* a, size_t index, uint32_t sample_rate_hz)
{
    const double small_deg = 2;
    const pinna_automation_block *b = &a->blocks[index], *before = b - 1;
    if (b->head_locked != before->head_locked || b->bypass != before->bypass) return true;
    double moved_deg = angle_deg(place_of(a, before), place_of(a, b));
    if (moved_deg <= small_deg) return false;
    bool glides = before->end == b->start && b->ramp_frames;
    return !glides || moved_deg * sample_rate_hz > PINNA_PATH_MAX_DEG_PER_S * b->ramp_frames;
}

static void convert(pinna_automation* a, uint32_t from_hz, uint32_t to_hz)
{
    if (from_hz == to_hz) return;
    a->config.from = converted(a->config.from, from_hz, to_hz);
    a->config.to = converted(a->config.to, from_hz, to_hz);
    for (size_t i = 0; i < a->block_count; i++) {
        pinna_automation_block* b = &a->blocks[i];
        uint64_t arrived = converted(b->start + b->ramp_frames, from_hz, to_hz);
        b->ramp_frames = (uint32_t)(arrived - converted(b->start, from_hz, to_hz));
        b->start = converted(b->start, from_hz, to_hz);
        b->end = converted(b->end, from_hz, to_hz);
    }
}

void pinna_automation_start(pinna_automation* a, uint32_t from_hz, uint32_t to_hz)
{
    convert(a, from_hz, to_hz);
    a->slot_count = 1;
    for (size_t i = 1; i < a->block_count; i++) {
        pinna_automation_block* b = &a->blocks[i];
        b->cut = is_cut(a, i, to_hz);
        b->slot = (uint8_t)((b[-1].slot + b->cut) % PINNA_AUTOMATION_SLOTS);
        if (b->slot >= a->slot_count) a->slot_count = b->slot + 1u;
    }
}

uint32_t pinna_automation_slot_count(const pinna_automation* a)
{
    return a->slot_count;
}

pinna_automation_cursor pinna_automation_cursor_at(const pinna_automation* a, uint64_t frame)
{
    pinna_automation_cursor cursor = {0, 0};
    cursor.block = cursor.leg = block_at(a, frame);
    while (cursor.leg && !a->blocks[cursor.leg].cut) cursor.leg--;
    return cursor;
}

bool pinna_automation_next_leg(const pinna_automation* a, pinna_automation_cursor* cursor, uint64_t before)
{
    while (cursor->block + 1 < a->block_count && a->blocks[cursor->block + 1].start < before) {
        if (!a->blocks[++cursor->block].cut) continue;
        cursor->leg = cursor->block;
        return true;
    }
    return false;
}

uint32_t pinna_automation_slot_of(const pinna_automation* a, const pinna_automation_cursor* cursor)
{
    return a->blocks[cursor->leg].slot;
}

/* The leg's block at a frame: several may begin at one time, in different legs. */
static size_t block_on_leg(const pinna_automation* a, const pinna_automation_cursor* cursor, uint64_t frame)
{
    size_t index = block_at(a, frame);
    return index < cursor->leg ? cursor->leg : index > cursor->block ? cursor->block : index;
}

pinna_pose pinna_automation_pose_on_leg(const pinna_automation* a, const pinna_automation_cursor* cursor,
                                        uint64_t frame)
{
    return pose_in_block(a, block_on_leg(a, cursor, frame), frame);
}

bool pinna_automation_rests(const pinna_automation* a, const pinna_automation_cursor* cursor, uint64_t first,
                            uint64_t last)
{
    size_t index = block_on_leg(a, cursor, first);
    return index == block_on_leg(a, cursor, last) && way(a, index, first) >= 1;
}

size_t pinna_automation_block_count(const pinna_automation* a)
{
    return a->block_count;
}

const pinna_automation_block* pinna_automation_blocks(const pinna_automation* a)
{
    return a->blocks;
}

bool pinna_automation_is_wide(const pinna_automation* a)
{
    for (size_t i = 0; i < a->block_count; i++) {
        const pinna_automation_block* b = &a->blocks[i];
        double extent_deg = extent_at_distance((double)b->extent_deg, (double)pinna_vec3_length(place_of(a, b)));
        if (extent_deg > 0 || b->diffuse > 0) return true;
    }
    return false;
}

void pinna_automation_destroy(pinna_automation* automation)
{
    if (!automation) return;
    free(automation->blocks);
    free(automation);
}
