/* SPDX-License-Identifier: MIT */
#include "scene_levels.h"
#include "feed.h"

#include <math.h>
#include <stdlib.h>

enum { FIRST_CELL_FRAMES = 2048, USUAL_RATE_HZ = 48000 };

typedef struct reading {
    const pinna_scene* scene;
    pinna_feed** feeds;
    pinna_scene_levels* levels;
    uint64_t cell_frames, position;
} reading;

static float* power_of(const pinna_scene_levels* levels, size_t source)
{
    return levels->power + source * PINNA_LEVEL_CELLS;
}

static void merge_cells(reading* r)
{
    pinna_scene_levels* l = r->levels;
    for (size_t s = 0; s < l->source_count; s++) {
        float* power = power_of(l, s);
        for (size_t i = 0; i < PINNA_LEVEL_CELLS / 2; i++)
            power[i] = 0.5f * (power[2 * i] + power[2 * i + 1]);
    }
    l->cell_count = PINNA_LEVEL_CELLS / 2;
    r->cell_frames *= 2;
}

static uint64_t end_frame(const reading* r)
{
    uint64_t end = 0;
    if (isfinite(r->scene->duration_s)) return (uint64_t)llround(r->scene->duration_s * r->levels->sample_rate_hz);
    for (size_t i = 0; i < r->scene->source_count; i++) {
        uint64_t own = pinna_feed_end_frame(r->feeds[i]);
        if (own == PINNA_FEED_UNKNOWN || own > end) end = own;
    }
    return end;
}

static void read_cell(reading* r)
{
    pinna_scene_levels* l = r->levels;
    for (uint64_t done = 0; done < r->cell_frames; done += FIRST_CELL_FRAMES)
        for (size_t i = 0; i < l->source_count; i++)
            (void)pinna_feed_take(r->feeds[i], FIRST_CELL_FRAMES);
    for (size_t i = 0; i < l->source_count; i++)
        power_of(l, i)[l->cell_count] = (float)pinna_feed_take_power(r->feeds[i]);
    l->cell_count++;
    r->position += r->cell_frames;
}

static void read_all(reading* r)
{
    pinna_scene_levels* l = r->levels;
    for (size_t i = 0; i < l->source_count; i++)
        (void)pinna_feed_take_power(r->feeds[i]); /* begins to measure */
    while (r->position < end_frame(r)) {
        if (l->cell_count == PINNA_LEVEL_CELLS) merge_cells(r);
        read_cell(r);
    }
    l->duration_s = (double)end_frame(r) / l->sample_rate_hz;
    l->cell_s = (double)r->cell_frames / l->sample_rate_hz;
}

static pinna_status start(reading* r, pinna_report* report)
{
    const pinna_scene* scene = r->scene;
    pinna_status status = pinna_feed_open_all(scene, report, r->feeds);
    if (status) return status;
    uint32_t own = pinna_feed_file_rate_hz(r->feeds[0]);
    r->levels->sample_rate_hz = scene->sample_rate_hz ? scene->sample_rate_hz : own ? own : USUAL_RATE_HZ;
    for (size_t i = 0; i < scene->source_count && !status; i++)
        status = pinna_feed_start(r->feeds[i], r->levels->sample_rate_hz, scene->gain_db, scene->duration_s, report);
    return status;
}

pinna_status pinna_scene_levels_measure(const pinna_scene* scene, pinna_report* report, pinna_scene_levels* out)
{
    size_t count = scene->source_count;
    *out = (pinna_scene_levels){.source_count = count};
    reading r = {.scene = scene, .levels = out, .cell_frames = FIRST_CELL_FRAMES};
    r.feeds = calloc(count, sizeof(pinna_feed*));
    out->power = calloc(count * PINNA_LEVEL_CELLS, sizeof *out->power);
    pinna_status status = r.feeds && out->power ? start(&r, report) : PINNA_ERROR_MEMORY;
    if (!status) read_all(&r);
    for (size_t i = 0; r.feeds && i < count; i++) {
        if (!status) pinna_feed_remarks(r.feeds[i], report);
        pinna_feed_close(r.feeds[i]);
    }
    free(r.feeds);
    if (status) pinna_scene_levels_release(out);
    return status;
}

double pinna_scene_levels_power_at(const pinna_scene_levels* l, size_t source, double t_s)
{
    if (!l->power || !(t_s >= 0) || t_s >= l->duration_s) return 0;
    size_t cell = (size_t)(t_s / l->cell_s);
    return cell < l->cell_count ? (double)power_of(l, source)[cell] : 0;
}

void pinna_scene_levels_release(pinna_scene_levels* levels)
{
    free(levels->power);
    *levels = (pinna_scene_levels){0};
}
