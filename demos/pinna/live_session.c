/* SPDX-License-Identifier: MIT */
#include "live_session_parts.h"
#include "progress.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A scene that plays round and round is loaded anew this long before its end. */
#define AHEAD_S 4.0
#define MESSAGE_S 6.0
/* Another sound begins this much later: what loading it takes, doubled whenever it took longer. */
#define LEAST_LEAD_S 0.15
#define MOST_LEAD_S 4.0
typedef enum load_purpose { LOAD_SCENE, LOAD_AGAIN, LOAD_SOUND } load_purpose;

void pinna_live_tell(pinna_live_session* s, const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(s->message, sizeof s->message, format, arguments);
    va_end(arguments);
    s->message_s = pinna_progress_now_s();
}

/* ---- Loading ---- */

static pinna_live_player_config player_config(const pinna_live_session* s)
{
    return (pinna_live_player_config){.name = s->name,
                                      .text = s->text,
                                      .choices = &s->config.choices,
                                      .sound = s->sound,
                                      .sample_rate_hz = s->config.sample_rate_hz,
                                      .period_frames = s->config.period_frames,
                                      .ramp_frames = s->config.ramp_frames,
                                      .limiter = s->config.limiter};
}

/* The scene that is meant from now on. False without memory: then the one before still is. */
static bool name_scene(pinna_live_session* s, const char* name, const char* text)
{
    char* name_copy = strdup(name);
    char* text_copy = text ? strdup(text) : NULL;
    if (!name_copy || (text && !text_copy)) {
        free(name_copy);
        free(text_copy);
        pinna_live_tell(s, "not enough memory to load another scene");
        return false;
    }
    free(s->name);
    free(s->text);
    s->name = name_copy;
    s->text = text_copy;
    s->cannot_repeat = false;
    return true;
}

void pinna_live_session_play(pinna_live_session* s, const char* name, const char* text)
{
    if (!name_scene(s, name, text)) return;
    s->wanted = true;
    pinna_live_player_destroy(s->again);
    s->again = NULL;
}

/* What plays goes on; and so it does once more when it ends, unless it was that which could not be loaded. */
static void refuse_scene(pinna_live_session* s, const pinna_live_loaded* loaded)
{
    pinna_live_player* player = s->ready ? s->ready : pinna_live_engine_player(s->engine);
    pinna_live_tell(s, "%s", loaded->problem);
    s->cannot_repeat = loaded->load.tag == LOAD_AGAIN;
    if (!s->cannot_repeat && !s->wanted)
        (void)name_scene(s, pinna_live_player_name(player), pinna_live_player_text(player));
}

static void take_scene(pinna_live_session* s, const pinna_live_loaded* loaded)
{
    pinna_live_player** place = loaded->load.tag == LOAD_AGAIN ? &s->again : &s->ready;
    if (loaded->status) {
        refuse_scene(s, loaded);
    } else if (s->wanted) { /* another one by now */
        pinna_live_player_destroy(loaded->player);
    } else {
        pinna_live_player_destroy(*place);
        *place = loaded->player;
    }
}

/* The player of another sound is there. Where it comes too late, or something else is wanted by now, it is for nothing;
   the next update begins anew. */
static void take_sound(pinna_live_session* s, const pinna_live_loaded* loaded)
{
    const double slack_s = 0.03;
    const pinna_live_player* player = pinna_live_engine_player(s->engine);
    uint64_t slack = (uint64_t)(slack_s * s->config.sample_rate_hz) + 2 * s->config.period_frames;
    bool meant = !s->outdated && pinna_live_sound_equal(&loaded->load.player.sound, &s->sound);
    bool late = pinna_live_player_position(player) + slack > loaded->load.player.first_frame;
    if (meant && loaded->status) {
        pinna_live_tell(s, "%s", loaded->problem);
        s->sound = pinna_live_player_sound(player);
    } else if (meant && !late && !s->ready) {
        s->ready = loaded->player;
        return;
    }
    if (meant && late) s->lead_s = fmin(2 * s->lead_s, MOST_LEAD_S);
    pinna_live_player_destroy(loaded->player);
}

static void take_loaded(pinna_live_session* s)
{
    pinna_live_loaded loaded;
    if (!pinna_live_loader_take(s->loader, &loaded)) return;
    s->lending = false;
    if (loaded.load.tag == LOAD_SOUND)
        take_sound(s, &loaded);
    else
        take_scene(s, &loaded);
}

static bool begin_load(pinna_live_session* s, const pinna_live_load* load)
{
    if (!pinna_live_loader_begin(s->loader, load)) return false;
    s->lending = load->player.like != NULL;
    s->outdated = false;
    return true;
}

static double left_s(const pinna_live_session* s)
{
    const pinna_live_player* player = pinna_live_engine_player(s->engine);
    return pinna_live_player_duration_s(player) - pinna_live_player_time_s(player);
}

/* Whether another sound can begin before the scene ends; if not, it begins with the scene's next time round. */
static bool has_time_left(const pinna_live_session* s)
{
    return left_s(s) > s->lead_s + 1;
}

/* Another sound of the same scene is another player of it, that begins where this one will be. */
static void match_sound(pinna_live_session* s)
{
    const pinna_live_player* player = pinna_live_engine_player(s->engine);
    const pinna_live_sound sound = pinna_live_player_sound(player);
    if (pinna_live_sound_equal(&sound, &s->sound) || s->ready || !has_time_left(s)) return;
    pinna_live_load load = {.player = player_config(s), .tag = LOAD_SOUND};
    uint64_t from = pinna_live_player_position(player) + (uint64_t)(s->lead_s * s->config.sample_rate_hz);
    load.player.like = player;
    load.player.first_frame = (from / pinna_live_player_grid(player) + 1) * pinna_live_player_grid(player);
    (void)begin_load(s, &load); /* if not now, then at the next update */
}

static void begin_scene(pinna_live_session* s, load_purpose purpose)
{
    pinna_live_load load = {.player = player_config(s), .tag = purpose};
    if (purpose == LOAD_AGAIN) load.player.like = pinna_live_engine_player(s->engine);
    if (begin_load(s, &load)) s->wanted = false;
}

/* ---- The shooting range ---- */

static void show_target(pinna_live_session* s)
{
    char text[512];
    if (pinna_live_range_scene(s->range, text, sizeof text)) pinna_live_session_play(s, PINNA_LIVE_RANGE, text);
}

void pinna_live_begin_range(pinna_live_session* s)
{
    pinna_live_range_begin(s->range, pinna_progress_now_s());
    s->in_range = true;
    show_target(s);
}

void pinna_live_session_answer(pinna_live_session* s, float azimuth_deg, float elevation_deg)
{
    if (!s->in_range) return;
    const pinna_listening_direction answer = {azimuth_deg, elevation_deg};
    if (!pinna_live_range_answer(s->range, answer, pinna_progress_now_s(), &s->range_report)) return;
    const char* problem = pinna_report_error(&s->range_report);
    if (problem) pinna_live_tell(s, "%s", problem);
    show_target(s);
    if (pinna_live_range_is_done(s->range) && s->config.end_with_range) s->done = true;
}

/* Where the nose points. */
void pinna_live_answer_by_head(pinna_live_session* s)
{
    pinna_quat head = pinna_live_engine_look(s->engine).head.pose.orientation;
    pinna_spherical faced = pinna_spherical_from_vec3(pinna_quat_rotate(head, (pinna_vec3){1, 0, 0}));
    pinna_live_session_answer(s, faced.azimuth_deg, faced.elevation_deg);
}

static void answer_by_script(pinna_live_session* s)
{
    pinna_listening_direction answer;
    bool settled = !s->wanted && !pinna_live_loader_is_busy(s->loader) && !s->ready;
    if (s->in_range && settled && pinna_live_range_scripted(s->range, pinna_progress_now_s(), &answer))
        pinna_live_session_answer(s, answer.azimuth_deg, answer.elevation_deg);
}

static void load_ahead(pinna_live_session* s)
{
    if (!s->config.once && !s->cannot_repeat && !s->again && !s->ready && left_s(s) < AHEAD_S)
        begin_scene(s, LOAD_AGAIN);
}

static bool play(pinna_live_session* s, pinna_live_player* player)
{
    if (!pinna_live_engine_play(s->engine, player)) return false;
    s->outdated = true;
    return true;
}

static void change_scene(pinna_live_session* s)
{
    const pinna_live_engine_view view = pinna_live_engine_look(s->engine);
    if (s->lending) return;
    if (s->ready && play(s, s->ready)) s->ready = NULL;
    if (!view.ended || view.player != pinna_live_engine_player(s->engine)) return;
    if (s->config.once)
        s->done = true;
    else if (s->again && play(s, s->again))
        s->again = NULL;
}

static void watch_trackers(pinna_live_session* s)
{
    pinna_live_trackers_view trackers = pinna_live_trackers_look(s->trackers);
    pinna_live_head_view head = pinna_live_engine_look(s->engine).head;
    if (trackers.said_count != s->said_count) pinna_live_tell(s, "%s", trackers.said);
    s->said_count = trackers.said_count;
    if (head.calibration_count != s->calibration_count)
        pinna_live_tell(s, head.calibration
                               ? "That did not work: turn further, 30 degrees or so, about one axis at a time"
                               : "Calibrated: the tracker's axes are known now");
    s->calibration_count = head.calibration_count;
}

void pinna_live_session_update(pinna_live_session* s)
{
    take_loaded(s);
    change_scene(s);
    if (s->wanted)
        begin_scene(s, LOAD_SCENE);
    else if (!pinna_live_loader_is_busy(s->loader))
        match_sound(s), load_ahead(s);
    pinna_live_engine_collect(s->engine);
    answer_by_script(s);
    watch_trackers(s);
    if (pinna_live_output_look(s->output).state == PINNA_LIVE_OUTPUT_ENDED) s->done = true;
}

void pinna_live_session_render(pinna_live_session* s, float* stereo)
{
    pinna_live_output_render(s->output, stereo);
}

bool pinna_live_session_is_busy(const pinna_live_session* s)
{
    const pinna_live_sound sound = pinna_live_player_sound(pinna_live_engine_player(s->engine));
    bool matches = s->ready || pinna_live_sound_equal(&sound, &s->sound) || !has_time_left(s);
    return s->wanted || pinna_live_loader_is_busy(s->loader) || !matches;
}

/* ---- Beginning and end ---- */

static pinna_status first_player(pinna_live_session* s, pinna_report* report)
{
    pinna_live_player_config config = player_config(s);
    pinna_live_player* player;
    pinna_status status = pinna_live_player_create(&config, report, &player);
    if (!status) (void)pinna_live_engine_play(s->engine, player); /* the engine is empty: it has room */
    return status;
}

static pinna_status start_output(pinna_live_session* s, pinna_report* report)
{
    const pinna_live_session_config* c = &s->config;
    pinna_live_output_config output = {
        .engine = s->engine,
        .sample_rate_hz = c->sample_rate_hz,
        .period_frames = c->period_frames,
        .queue_periods = c->queue_periods,
        .silent = c->silent,
        .by_hand = c->by_hand,
        .exit_on_loss = c->exit_on_loss,
        .frame_limit = isinf(c->seconds) ? 0 : (uint64_t)llround(c->seconds * c->sample_rate_hz)};
    return pinna_live_output_start(&output, report, &s->output);
}

static pinna_status build(pinna_live_session* s, pinna_report* report)
{
    const pinna_live_session_config* c = &s->config;
    pinna_live_session_play(s, c->scene, c->text);
    pinna_status status = pinna_live_range_create(&c->range, report, &s->range);
    if (status) return status;
    if (!strcmp(c->scene, PINNA_LIVE_RANGE)) pinna_live_begin_range(s);
    if (!s->name) return PINNA_ERROR_MEMORY;
    s->wanted = false; /* it is loaded here and now */
    status = pinna_live_heads_create(c->sample_rate_hz, &s->config.choices.heads);
    if (!status) status = pinna_live_loader_create(&s->loader);
    if (!status) status = pinna_live_engine_create(c->sample_rate_hz, &s->engine);
    if (!status) status = first_player(s, report);
    if (status) return status;
    pinna_live_engine_set_volume(s->engine, (float)pow(10, c->volume_db / 20));
    pinna_live_send(s, &(pinna_live_head_command){.order = PINNA_LIVE_HEAD_CONFIGURE, .config = c->filter});
    s->config.trackers.head = pinna_live_engine_head(s->engine);
    status = pinna_live_trackers_create(&s->config.trackers, report, &s->trackers);
    return status ? status : start_output(s, report);
}

pinna_status pinna_live_session_create(const pinna_live_session_config* config, pinna_report* report,
                                       pinna_live_session** out)
{
    *out = NULL;
    pinna_live_session* s = calloc(1, sizeof *s);
    if (!s) return PINNA_ERROR_MEMORY;
    s->config = *config;
    s->volume_db = config->volume_db;
    s->sound = config->sound;
    s->lead_s = LEAST_LEAD_S;
    pinna_status status = build(s, report);
    if (status) {
        pinna_live_session_destroy(s);
        return status;
    }
    *out = s;
    return PINNA_OK;
}

void pinna_live_session_destroy(pinna_live_session* s)
{
    if (!s) return;
    pinna_live_output_stop(s->output);
    pinna_live_trackers_destroy(s->trackers);
    pinna_live_loader_destroy(s->loader);
    pinna_live_engine_destroy(s->engine);
    pinna_live_player_destroy(s->ready);
    pinna_live_player_destroy(s->again);
    pinna_live_heads_destroy(s->config.choices.heads);
    pinna_live_range_destroy(s->range);
    free(s->name);
    free(s->text);
    free(s);
}

static const char* headphones_name(const pinna_live_session* s, const pinna_scene* scene)
{
    if (s->config.headphones || !scene->headphone_eq) return s->config.headphones;
    const char* slash = strrchr(scene->headphone_eq, '/');
    return slash ? slash + 1 : scene->headphone_eq;
}

/* As it is heard now, which a head still being prepared may lag behind what is wanted. */
static void name_sound(const pinna_live_session* s, pinna_live_session_view* view)
{
    const pinna_live_sound sound = pinna_live_player_sound(view->player);
    const pinna_scene* scene = pinna_live_player_scene(view->player);
    view->preset = pinna_preset_name((uint32_t)pinna_live_sound_preset_index(&sound, scene));
    view->headphones = pinna_live_player_is_equalized(view->player) ? headphones_name(s, scene) : NULL;
    view->room = pinna_live_sound_room_name(&sound, pinna_live_player_preset(view->player));
    pinna_live_sound_head_name(&s->config.choices, &sound, scene, view->head_name, sizeof view->head_name);
}

pinna_live_session_view pinna_live_session_look(pinna_live_session* s)
{
    static const char* const questions[] = {
        "", "Calibration 1/4: look straight ahead, then press Space", "2/4: turn left, a third of the way, then Space",
        "3/4: ahead again, then look up, then Space", "4/4: tilt your right ear down, then Space (Escape: without)"};
    pinna_live_session_view view = {.engine = pinna_live_engine_look(s->engine),
                                    .output = pinna_live_output_look(s->output),
                                    .trackers = pinna_live_trackers_look(s->trackers),
                                    .player = pinna_live_engine_player(s->engine),
                                    .range = s->in_range ? pinna_live_range_test(s->range) : NULL,
                                    .range_done = s->in_range && pinna_live_range_is_done(s->range),
                                    .volume_db = s->volume_db,
                                    .paused = s->paused,
                                    .loading = pinna_live_loader_is_busy(s->loader) && !s->in_range,
                                    .done = s->done,
                                    .sample_rate_hz = s->config.sample_rate_hz,
                                    .period_frames = s->config.period_frames};
    name_sound(s, &view);
    if (pinna_progress_now_s() - s->message_s < MESSAGE_S)
        snprintf(view.message, sizeof view.message, "%s", s->message);
    snprintf(view.question, sizeof view.question, "%s", questions[s->calibrating]);
    if (s->in_range && !s->calibrating) pinna_live_range_words(s->range, view.question, sizeof view.question);
    return view;
}

double pinna_live_session_level_db(const pinna_live_session_view* view, size_t source)
{
    const pinna_scene* scene = pinna_live_player_scene(view->player);
    pinna_vec3 at;
    double level_db = (double)pinna_live_player_level_db(view->player, source);
    bool placed = pinna_live_player_place_at(view->player, source, pinna_live_player_time_s(view->player), &at);
    if (!placed || pinna_scene_source_is_authored(&scene->sources[source])) return level_db;
    return level_db - 20 * log10(fmax(1, (double)pinna_vec3_length(at)));
}
