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
    const pinna_live_choices* choices;
    pinna_live_sound sound;
    pinna_preset preset;
    pinna_scene scene;
    pinna_feed** feeds;
    pinna_offline* offline;
    char *name, *text;
    uint32_t sample_rate_hz;
    uint64_t end_frame;
    uint32_t grid;
    atomic_ullong position;
    _Atomic float* level_db; /* [source] */
    atomic_ullong looked_at; /* the position at which levels were last asked for */
    /* During a call of render: */
    const pinna_live_head* head;
    uint64_t period_begin;
    size_t period_frames;
    size_t unmeasured_frames;
};

static void place_head(void* user, uint64_t frame, pinna_listener_params* params)
{
    const pinna_live_player* player = user;
    if (!player->head) return; /* not playing yet */
    float fraction = (float)(frame - player->period_begin) / (float)player->period_frames;
    params->head_orientation = pinna_live_head_at(player->head, fminf(fraction, 1.0f));
    params->head_position = pinna_live_head_position(player->head);
}

static pinna_status open_feeds(pinna_live_player* player, const pinna_live_player* like, pinna_report* report)
{
    size_t count = player->scene.source_count;
    player->feeds = calloc(count, sizeof(pinna_feed*));
    player->level_db = calloc(count, sizeof *player->level_db);
    if (!player->feeds || !player->level_db) return PINNA_ERROR_MEMORY;
    pinna_status status = pinna_feed_load_all(&player->scene, like ? &like->scene : NULL, like ? like->feeds : NULL,
                                              report, player->feeds);
    for (size_t i = 0; i < count && !status; i++) {
        player->level_db[i] = SILENCE_DB;
        status = pinna_feed_start(player->feeds[i], player->sample_rate_hz, player->scene.gain_db,
                                  player->scene.duration_s, report);
    }
    return status;
}

/* Every sound is somewhere else in memory, and going there costs more than reading there: so they are read for several
   periods at once. Sound fields are turned as they are read, which is not to be before the head is known. */
static uint32_t read_frames(const pinna_live_player* player, uint32_t period_frames)
{
    enum { AT_ONCE = 1024 };
    if (player->scene.field_count) return period_frames;
    return period_frames < AT_ONCE ? AT_ONCE / period_frames * period_frames : period_frames;
}

bool pinna_live_player_is_equalized(const pinna_live_player* player)
{
    return player->sound.equalized && (player->choices->equalizer || player->scene.headphone_eq);
}

static pinna_status equalize(pinna_live_player* player, pinna_report* report)
{
    pinna_renderer* renderer = pinna_offline_renderer(player->offline);
    if (!player->sound.equalized) return PINNA_OK;
    if (player->choices->equalizer) return pinna_renderer_set_equalizer(renderer, player->choices->equalizer);
    return pinna_headphones_equalize(renderer, player->scene.headphone_eq, report);
}

/* A head that turns is not to wait for longer. Each usual ramp divides it, so that players of different ones can meet.
 */
enum { COARSEST_RAMP = 128 };

static uint32_t ramp_frames(const pinna_live_player* player, const pinna_live_player_config* config)
{
    uint32_t usual = pinna_offline_usual_ramp(&player->scene, &player->preset);
    if (config->ramp_frames) return config->ramp_frames;
    return usual < COARSEST_RAMP ? usual : COARSEST_RAMP;
}

static uint32_t common_multiple(uint32_t a, uint32_t b)
{
    uint32_t x = a, y = b;
    while (y) {
        uint32_t rest = x % y;
        x = y;
        y = rest;
    }
    return a / x * b;
}

static pinna_status check_scene(const pinna_live_player* player, pinna_report* report)
{
    if (!player->scene.brir) return PINNA_OK;
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "scene",
                     "%s: measured rooms (\"brir\") are not played live; use pinna render, or a \"room\"",
                     player->name);
    return PINNA_ERROR_UNSUPPORTED;
}

static pinna_status create_offline(pinna_live_player* player, const pinna_live_player_config* config, pinna_hrtf* hrtf)
{
    pinna_offline_config offline = {
        .scene = &player->scene,
        .feeds = player->feeds,
        .hrtf = hrtf,
        .sample_rate_hz = config->sample_rate_hz,
        .block_frames = config->period_frames,
        .read_frames = read_frames(player, config->period_frames),
        .ramp_frames = ramp_frames(player, config),
        .first_frame = config->first_frame,
        .tail_frames = pinna_setup_tail_frames_for(hrtf, &player->preset),
        .preset = &player->preset,
        .limiter = config->limiter,
        .head = place_head,
        .head_user = player,
    };
    pinna_status status = pinna_offline_create(&offline, &player->offline);
    if (status) return status;
    player->end_frame = pinna_offline_frame_count(player->offline);
    player->grid = common_multiple(common_multiple(offline.ramp_frames, COARSEST_RAMP), config->period_frames);
    atomic_init(&player->position, pinna_offline_position(player->offline));
    atomic_init(&player->looked_at, pinna_offline_position(player->offline));
    return PINNA_OK;
}

/* The scene is read: what it is to sound like, and through which head. */
static pinna_status prepare(pinna_live_player* player, const pinna_live_player_config* config, pinna_report* report)
{
    pinna_hrtf* hrtf = NULL;
    const char* sofa = pinna_live_sound_sofa(config->choices, &config->sound, &player->scene);
    pinna_status status =
        pinna_live_sound_preset(config->choices, &config->sound, &player->scene, report, &player->preset);
    if (!status) status = pinna_live_heads_get(config->choices->heads, sofa, &player->preset, report, &hrtf);
    if (!status) status = open_feeds(player, config->like, report);
    if (!status) status = create_offline(player, config, hrtf);
    if (!status) status = equalize(player, report);
    pinna_hrtf_release(hrtf);
    return status;
}

pinna_status pinna_live_player_create(const pinna_live_player_config* config, pinna_report* report,
                                      pinna_live_player** out)
{
    *out = NULL;
    pinna_live_player* player = calloc(1, sizeof *player);
    if (!player) return PINNA_ERROR_MEMORY;
    player->choices = config->choices;
    player->sound = config->sound;
    player->sample_rate_hz = config->sample_rate_hz;
    player->name = strdup(config->name);
    player->text = config->text ? strdup(config->text) : NULL;
    pinna_status status = player->name && (player->text || !config->text) ? PINNA_OK : PINNA_ERROR_MEMORY;
    if (!status)
        status = config->text ? pinna_scene_parse(config->name, config->text, report, &player->scene)
                              : pinna_scene_load(config->name, report, &player->scene);
    if (!status) status = check_scene(player, report);
    if (!status) status = prepare(player, config, report);
    if (status) {
        pinna_live_player_destroy(player);
        return status;
    }
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
    free(player->text);
    pinna_scene_release(&player->scene);
    free(player);
}

static bool is_looked_at(const pinna_live_player* player)
{
    return player->period_begin - atomic_load_explicit(&player->looked_at, memory_order_relaxed) <
           player->sample_rate_hz;
}

/* Falls slowly enough for the eye to see a knock, and is measured as often as the eye sees, while it looks. */
static void measure_levels(pinna_live_player* player, size_t frame_count)
{
    enum { A_SECOND = 50 };
    player->unmeasured_frames += frame_count;
    if (player->unmeasured_frames < player->sample_rate_hz / A_SECOND || !is_looked_at(player)) return;
    float fall_db = 30.0f * (float)player->unmeasured_frames / (float)player->sample_rate_hz;
    player->unmeasured_frames = 0;
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

uint64_t pinna_live_player_position(const pinna_live_player* player)
{
    return atomic_load_explicit(&player->position, memory_order_relaxed);
}

uint32_t pinna_live_player_grid(const pinna_live_player* player)
{
    return player->grid;
}

double pinna_live_player_time_s(const pinna_live_player* player)
{
    return (double)atomic_load_explicit(&player->position, memory_order_relaxed) / player->sample_rate_hz;
}

double pinna_live_player_duration_s(const pinna_live_player* player)
{
    return (double)player->end_frame / player->sample_rate_hz;
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

const char* pinna_live_player_text(const pinna_live_player* player)
{
    return player->text;
}

float pinna_live_player_level_db(pinna_live_player* player, size_t source)
{
    atomic_store_explicit(&player->looked_at, pinna_live_player_position(player), memory_order_relaxed);
    return atomic_load_explicit(&player->level_db[source], memory_order_relaxed);
}

pinna_live_sound pinna_live_player_sound(const pinna_live_player* player)
{
    return player->sound;
}

const pinna_preset* pinna_live_player_preset(const pinna_live_player* player)
{
    return &player->preset;
}
