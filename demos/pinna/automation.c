/* SPDX-License-Identifier: MIT */
#include "automation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pinna_automation {
    pinna_automation_config config;
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
    return (pinna_moment){a.seconds + b.seconds + (uint32_t)(numerator / denominator), (uint32_t)(numerator % denominator),
                          (uint32_t)denominator};
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
    *automation = (pinna_automation){*config, block_count, blocks};
    return PINNA_OK;
}

static uint64_t converted(uint64_t frame, uint32_t from_hz, uint32_t to_hz)
{
    if (frame == UINT64_MAX) return frame;
    return frame / from_hz * to_hz + (frame % from_hz * to_hz + from_hz / 2) / from_hz;
}

void pinna_automation_convert(pinna_automation* a, uint32_t from_hz, uint32_t to_hz)
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

static double between(double from, double to, double fraction)
{
    return from + fraction * (to - from);
}

static pinna_vec3 place_of(const pinna_automation* a, const pinna_automation_block* b)
{
    if (b->cartesian) return pinna_cube_place(a->config.cube, (double)b->place[0], (double)b->place[1], (double)b->place[2]);
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

/* In the second half of a gap the object waits where it will go on, so that nothing is heard of its way there. */
static uint64_t past_gap(const pinna_automation* a, uint64_t frame)
{
    size_t index = block_at(a, frame);
    const pinna_automation_block* b = &a->blocks[index];
    bool in_gap = frame >= b->end && index + 1 < a->block_count;
    return in_gap && frame - b->end >= (b[1].start - b->end) / 2 ? b[1].start : frame;
}

pinna_pose pinna_automation_pose_at(const pinna_automation* a, uint64_t frame)
{
    frame = past_gap(a, frame);
    size_t index = block_at(a, frame);
    const pinna_automation_block *b = &a->blocks[index], *before = index ? b - 1 : b;
    double fraction = arrival(a, index, frame);
    pinna_vec3 place = glide(a, before, b, fraction);
    double distance = (double)pinna_vec3_length(place);
    double radius = radius_of(between((double)before->extent_deg, (double)b->extent_deg, fraction),
                              between((double)before->diffuse, (double)b->diffuse, fraction), distance);
    /* At the centre there is no direction left: whatever is nearest to it is wide already. */
    pinna_vec3 direction = distance > 1e-6 ? pinna_vec3_normalize(place) : (pinna_vec3){1, 0, 0};
    if (!b->cartesian && distance <= 1e-6) direction = pinna_direction_from_spherical(b->place[0], b->place[1]);
    double metres = heard_at_m(a, distance);
    return (pinna_pose){pinna_vec3_scale(direction, (float)metres), (float)(radius * metres), b->head_locked, b->bypass};
}

bool pinna_automation_rests(const pinna_automation* a, uint64_t first, uint64_t last)
{
    size_t index = block_at(a, past_gap(a, first));
    if (index != block_at(a, past_gap(a, last))) return false;
    return arrival(a, index, past_gap(a, first)) >= 1;
}

static double gain_at(const pinna_automation* a, size_t index, uint64_t frame)
{
    const pinna_automation_block* b = &a->blocks[index];
    if (frame < b->start || frame >= b->end || frame < a->config.from || frame >= a->config.to) return 0;
    double fraction = arrival(a, index, frame);
    return fraction >= 1 ? (double)b->gain : between((double)b[-1].gain, (double)b->gain, fraction);
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

bool pinna_automation_silent(const pinna_automation* a, uint64_t first, uint64_t last)
{
    for (uint64_t frame = first; frame < last;) {
        size_t index = block_at(a, frame);
        uint64_t edge = next_edge(a, index, frame);
        if (gain_at(a, index, frame) != 0 || gain_at(a, index, (edge < last ? edge : last) - 1) != 0) return false;
        frame = edge;
    }
    return true;
}

bool pinna_automation_apply(const pinna_automation* a, uint64_t frame, float* samples, size_t frame_count)
{
    uint64_t last = frame + frame_count;
    bool sounds = false;
    for (uint64_t at = frame; at < last;) {
        size_t index = block_at(a, at);
        uint64_t edge = next_edge(a, index, at);
        if (edge > last) edge = last;
        float* out = samples + (at - frame);
        size_t count = (size_t)(edge - at);
        double from = gain_at(a, index, at);
        bool glides = arrival(a, index, at) < 1;
        for (size_t i = 0; i < count; i++)
            out[i] *= (float)(glides ? gain_at(a, index, at + i) : from);
        sounds |= glides || from != 0;
        at = edge;
    }
    return sounds;
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
