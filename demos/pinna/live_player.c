/* SPDX-License-Identifier: MIT */
#include "live_player.h"
#include "headphones.h"
#include "offline.h"
#include "setup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SILENCE_DB (-120.0f)

struct pinna_live_player {
    pinna_preset preset;
    pinna_scene scene;
    pinna_feed** feeds;
    pinna_offline* offline;
    char* name;
    uint32_t sample_rate_hz;
    uint64_t end_frame;
    atomic_ullong position;
    _Atomic float* level_db; /* [source] */
    /* During a call of render: */
    const pinna_live_head* head;
    uint64_t period_begin;
    size_t period_frames;
};

uint32_t pinna_live_player_usual_ramp(size_t source_count)
{
    enum { FEW = 24, FINE_FRAMES = 8, COARSE_FRAMES = 64 };
    return source_count <= FEW ? FINE_FRAMES : COARSE_FRAMES;
}

static void place_head(void* user, uint64_t frame, pinna_listener_params* params)
{
    const pinna_live_player* player = user;
    if (!player->head) return; /* not playing yet */
    float fraction = (float)(frame - player->period_begin) / (float)player->period_frames;
    params->head_orientation = pinna_live_head_at(player->head, fminf(fraction, 1.0f));
    params->head_position = pinna_live_head_position(player->head);
}

static pinna_status open_feeds(pinna_live_player* player, pinna_report* report)
{
    size_t count = player->scene.source_count;
    player->feeds = calloc(count, sizeof(pinna_feed*));
    player->level_db = calloc(count, sizeof *player->level_db);
    if (!player->feeds || !player->level_db) return PINNA_ERROR_MEMORY;
    pinna_status status = PINNA_OK;
    for (size_t i = 0; i < count && !status; i++) {
        player->level_db[i] = SILENCE_DB;
        status = pinna_feed_open(&player->scene.sources[i], report, &player->feeds[i]);
        if (!status) status = pinna_feed_preload(player->feeds[i], report);
        if (!status)
            status = pinna_feed_start(player->feeds[i], player->sample_rate_hz, player->scene.gain_db,
                                      player->scene.duration_s, report);
    }
    return status;
}

static pinna_status create_offline(pinna_live_player* player, const pinna_live_player_config* config,
                                   pinna_report* report)
{
    uint32_t usual = pinna_live_player_usual_ramp(player->scene.source_count);
    pinna_offline_config offline = {
        .scene = &player->scene,
        .feeds = player->feeds,
        .hrtf = config->hrtf,
        .sample_rate_hz = config->sample_rate_hz,
        .block_frames = config->period_frames,
        .ramp_frames = config->ramp_frames ? config->ramp_frames : usual,
        .tail_frames = pinna_setup_tail_frames_for(config->hrtf, &player->preset),
        .preset = &player->preset,
        .limiter = config->limiter,
        .max_tap_count = config->max_tap_count,
        .head = place_head,
        .head_user = player,
    };
    pinna_status status = pinna_offline_create(&offline, &player->offline);
    if (status) return status;
    return pinna_headphones_equalize(pinna_offline_renderer(player->offline), player->scene.headphone_eq, report);
}

pinna_status pinna_live_player_create(const pinna_live_player_config* config, pinna_report* report,
                                      pinna_live_player** out)
{
    *out = NULL;
    pinna_live_player* player = calloc(1, sizeof *player);
    if (!player) return PINNA_ERROR_MEMORY;
    player->sample_rate_hz = config->sample_rate_hz;
    player->name = strdup(config->name);
    pinna_status status = player->name ? PINNA_OK : PINNA_ERROR_MEMORY;
    if (!status)
        status = config->text ? pinna_scene_parse(config->name, config->text, report, &player->scene)
                              : pinna_scene_load(config->name, report, &player->scene);
    if (!status) status = pinna_setup_choose_preset(NULL, &player->scene, NULL, report, &player->preset);
    if (!status) status = open_feeds(player, report);
    if (!status) status = create_offline(player, config, report);
    if (status) {
        pinna_live_player_destroy(player);
        return status;
    }
    player->end_frame = pinna_offline_frame_count(player->offline);
    *out = player;
    return PINNA_OK;
}

void pinna_live_player_destroy(pinna_live_player* player)
{
    if (!player) return;
    pinna_offline_destroy(player->offline);
    for (size_t i = 0; player->feeds && i < player->scene.source_count; i++)
        pinna_feed_close(player->feeds[i]);
    free(player->feeds);
    free(player->level_db);
    free(player->name);
    pinna_scene_release(&player->scene);
    free(player);
}

/* Falls slowly enough for the eye to see a knock. */
static void measure_levels(pinna_live_player* player, size_t frame_count)
{
    float fall_db = 30.0f * (float)frame_count / (float)player->sample_rate_hz;
    for (size_t i = 0; i < player->scene.source_count; i++) {
        double power = pinna_feed_take_power(player->feeds[i]);
        float level = power > 1e-12 ? (float)(10 * log10(power)) : SILENCE_DB;
        level = fmaxf(level, atomic_load_explicit(&player->level_db[i], memory_order_relaxed) - fall_db);
        atomic_store_explicit(&player->level_db[i], level, memory_order_relaxed);
    }
}

size_t pinna_live_player_render(pinna_live_player* player, const pinna_live_head* head, float* left, float* right,
                                size_t frame_count)
{
    player->head = head;
    player->period_begin = pinna_offline_position(player->offline);
    player->period_frames = frame_count;
    size_t done = 0;
    const float *l, *r;
    for (size_t got; done < frame_count; done += got) {
        got = pinna_offline_next_within(player->offline, frame_count - done, &l, &r);
        if (!got) break;
        memcpy(left + done, l, got * sizeof *l);
        memcpy(right + done, r, got * sizeof *r);
    }
    memset(left + done, 0, (frame_count - done) * sizeof *left);
    memset(right + done, 0, (frame_count - done) * sizeof *right);
    measure_levels(player, frame_count);
    atomic_store_explicit(&player->position, pinna_offline_position(player->offline), memory_order_relaxed);
    return done;
}

double pinna_live_player_time_s(const pinna_live_player* player)
{
    return (double)atomic_load_explicit(&player->position, memory_order_relaxed) / player->sample_rate_hz;
}

double pinna_live_player_duration_s(const pinna_live_player* player)
{
    return player->end_frame == PINNA_FEED_UNKNOWN ? INFINITY : (double)player->end_frame / player->sample_rate_hz;
}

bool pinna_live_player_place_at(const pinna_live_player* player, size_t source, double t_s, pinna_vec3* out)
{
    uint64_t frame = (uint64_t)llround(fmax(t_s, 0) * player->sample_rate_hz);
    return pinna_scene_place_at(&player->scene, source, frame, player->sample_rate_hz, out);
}

const pinna_scene* pinna_live_player_scene(const pinna_live_player* player)
{
    return &player->scene;
}

const char* pinna_live_player_name(const pinna_live_player* player)
{
    return player->name;
}

float pinna_live_player_level_db(const pinna_live_player* player, size_t source)
{
    return atomic_load_explicit(&player->level_db[source], memory_order_relaxed);
}

pinna_status pinna_live_player_set_hrtf(pinna_live_player* player, pinna_hrtf* hrtf)
{
    return pinna_renderer_set_hrtf(pinna_offline_renderer(player->offline), hrtf);
}

void pinna_live_player_collect(pinna_live_player* player)
{
    pinna_renderer_collect(pinna_offline_renderer(player->offline));
}
