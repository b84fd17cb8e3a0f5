/* SPDX-License-Identifier: MIT */
#include "live_session.h"
#include "live_loader.h"
#include "progress.h"
#include "scenes_builtin.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A scene that plays round and round is loaded anew this long before its end. */
#define AHEAD_S 4.0
#define MESSAGE_S 6.0
#define NUDGE_DEG 6.0f
#define RANGE "range"
/* Another sound begins this much later: what loading it takes, doubled whenever it took longer. */
#define LEAST_LEAD_S 0.15
#define MOST_LEAD_S 4.0
enum { SCENE_MAX = 16 };

typedef enum load_purpose { LOAD_SCENE, LOAD_AGAIN, LOAD_SOUND } load_purpose;
enum { CALIBRATION_POSES = 4 };

struct pinna_live_session {
    pinna_live_session_config config;
    pinna_live_engine* engine;
    pinna_live_output* output;
    pinna_live_trackers* trackers;
    pinna_live_loader* loader;
    pinna_live_player* ready; /* loaded, to be played as soon as the engine takes it */
    pinna_live_player* again; /* loaded, to be played when the present one ends */
    pinna_live_sound sound; /* wanted */
    double lead_s;
    bool lending; /* what plays shares its sounds with what is being loaded, and must stay until that is there */
    bool outdated; /* what is being loaded belongs to a scene that is over */
    char* name; /* of the scene asked for last, and its text where it has no file */
    char* text;
    bool wanted; /* name is still to be loaded */
    bool cannot_repeat; /* it could not be loaded once more */
    double volume_db;
    bool paused, done;
    char message[200];
    double message_s;
    uint32_t said_count, calibration_count;
    pinna_live_range* range;
    bool in_range;
    pinna_report range_report;
    int calibrating; /* 0: not; else the pose asked for */
    pinna_quat poses[CALIBRATION_POSES];
};

static void PINNA_PRINTF(2, 3) tell(pinna_live_session* s, const char* format, ...)
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
        tell(s, "not enough memory to load another scene");
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
    const pinna_live_player* player = s->ready ? s->ready : pinna_live_engine_player(s->engine);
    tell(s, "%s", loaded->problem);
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
        tell(s, "%s", loaded->problem);
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

/* Another sound of the same scene is another player of it, that begins where this one will be. */
static void match_sound(pinna_live_session* s)
{
    const pinna_live_player* player = pinna_live_engine_player(s->engine);
    const pinna_live_sound sound = pinna_live_player_sound(player);
    if (pinna_live_sound_equal(&sound, &s->sound) || s->ready || left_s(s) < s->lead_s + 1) return;
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
    if (pinna_live_range_scene(s->range, text, sizeof text)) pinna_live_session_play(s, RANGE, text);
}

static void begin_range(pinna_live_session* s)
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
    if (problem) tell(s, "%s", problem);
    show_target(s);
    if (pinna_live_range_is_done(s->range) && s->config.end_with_range) s->done = true;
}

/* Where the nose points. */
static void answer_by_head(pinna_live_session* s)
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
    if (!s->config.once && !s->cannot_repeat && !s->again && !s->ready && left_s(s) < AHEAD_S) begin_scene(s, LOAD_AGAIN);
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
    if (trackers.said_count != s->said_count) tell(s, "%s", trackers.said);
    s->said_count = trackers.said_count;
    if (head.calibration_count != s->calibration_count)
        tell(s, head.calibration ? "That did not work: turn further, 30 degrees or so, about one axis at a time"
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
    bool matches = s->ready || pinna_live_sound_equal(&sound, &s->sound);
    return s->wanted || pinna_live_loader_is_busy(s->loader) || !matches;
}

/* ---- Actions ---- */

static void next_scene(pinna_live_session* s)
{
    size_t count = 0, at = 0;
    const char* names[SCENE_MAX + 1];
    for (; pinna_scenes_builtin_names[count]; count++)
        names[count] = pinna_scenes_builtin_names[count];
    if (s->config.scene && !pinna_scenes_builtin_text(s->config.scene)) names[count++] = s->config.scene;
    for (size_t i = 0; i < count; i++)
        if (!strcmp(names[i], s->name)) at = i + 1;
    at %= count;
    s->in_range = false;
    if (!strcmp(names[at], RANGE)) {
        begin_range(s);
        return;
    }
    bool has_text = s->config.text && s->config.scene == names[at];
    pinna_live_session_play(s, names[at], has_text ? s->config.text : NULL);
}

static void play_again(pinna_live_session* s)
{
    s->wanted = true;
    if (s->in_range && pinna_live_range_is_done(s->range)) begin_range(s);
}

/* What was loaded ahead sounds as before: it is thrown away. */
static void change_sound(pinna_live_session* s, pinna_live_sound sound)
{
    s->sound = sound;
    pinna_live_player_destroy(s->again);
    s->again = NULL;
}

static void next_preset(pinna_live_session* s)
{
    pinna_live_sound sound = s->sound;
    sound.preset = pinna_live_sound_next_preset(&sound, pinna_live_player_scene(pinna_live_engine_player(s->engine)));
    change_sound(s, sound);
    tell(s, "Preset: %s", pinna_preset_name((uint32_t)sound.preset));
}

static void next_room(pinna_live_session* s)
{
    pinna_live_sound sound = s->sound;
    sound.room = pinna_live_sound_next_room(&sound);
    change_sound(s, sound);
    tell(s, "Room: %s", sound.room == PINNA_LIVE_ROOM_AS_PRESET ? "as the preset has it"
                        : sound.room == PINNA_LIVE_ROOM_OFF     ? "none"
                                                                : pinna_room_name((uint32_t)sound.room));
}

static void next_head(pinna_live_session* s)
{
    char name[64];
    pinna_live_sound sound = s->sound;
    sound.head = (sound.head + 1) % (uint32_t)s->config.choices.sofa_count;
    if (sound.head == s->sound.head) {
        tell(s, "There is one HRTF only; name more SOFA files on the command line");
        return;
    }
    change_sound(s, sound);
    const pinna_scene* scene = pinna_live_player_scene(pinna_live_engine_player(s->engine));
    pinna_live_sound_head_name(&s->config.choices, &sound, scene, name, sizeof name);
    tell(s, "HRTF: %s", name);
}

static void equalize(pinna_live_session* s)
{
    pinna_live_sound sound = s->sound;
    if (!s->config.choices.equalizer && !pinna_live_player_scene(pinna_live_engine_player(s->engine))->headphone_eq) {
        tell(s, "No headphones are known; name a file of AutoEq with --headphone-eq");
        return;
    }
    sound.equalized = !sound.equalized;
    change_sound(s, sound);
    tell(s, "Equalised for the headphones: %s", sound.equalized ? "yes" : "no");
}

static void next_tracker(pinna_live_session* s)
{
    pinna_live_tracker next = (pinna_live_tracker)((pinna_live_trackers_look(s->trackers).choice + 1) %
                                                   PINNA_LIVE_TRACKER_CHOICES);
    pinna_live_trackers_choose(s->trackers, next);
    tell(s, "Tracker: %s", pinna_live_tracker_names[next]);
}

static void send(pinna_live_session* s, const pinna_live_head_command* command)
{
    (void)pinna_live_head_send(pinna_live_engine_head(s->engine), command);
}

static void recentre(pinna_live_session* s)
{
    if (pinna_live_trackers_look(s->trackers).active == PINNA_LIVE_TRACKER_HAND)
        pinna_live_trackers_nudge_home(s->trackers);
    else
        send(s, &(pinna_live_head_command){.order = PINNA_LIVE_HEAD_CENTRE});
    tell(s, "Where you face now is the front");
}

static void toggle(pinna_live_session* s, pinna_live_action action)
{
    pinna_live_head_command command = {.order = PINNA_LIVE_HEAD_CONFIGURE,
                                       .config = pinna_live_engine_look(s->engine).head.config};
    bool* flag = &command.config.predict;
    const char* name = "Prediction";
    if (action == PINNA_LIVE_INVERT_YAW) flag = &command.config.invert_yaw, name = "Yaw, inverted";
    if (action == PINNA_LIVE_INVERT_PITCH) flag = &command.config.invert_pitch, name = "Pitch, inverted";
    if (action == PINNA_LIVE_INVERT_ROLL) flag = &command.config.invert_roll, name = "Roll, inverted";
    *flag = !*flag;
    send(s, &command);
    tell(s, "%s: %s", name, *flag ? "on" : "off");
}

static void change_volume(pinna_live_session* s, double step_db)
{
    enum { LOWEST_DB = -60, HIGHEST_DB = 6 };
    s->volume_db = fmin(fmax(s->volume_db + step_db, LOWEST_DB), HIGHEST_DB);
    pinna_live_engine_set_volume(s->engine, (float)pow(10, s->volume_db / 20));
    tell(s, "Volume %+.0f dB", s->volume_db);
}

static void finish_calibration(pinna_live_session* s, bool has_tilted)
{
    pinna_live_head_command command = {.order = PINNA_LIVE_HEAD_CALIBRATE, .has_tilted = has_tilted};
    memcpy(command.poses, s->poses, sizeof command.poses);
    send(s, &command);
    s->calibrating = 0;
}

static void confirm(pinna_live_session* s)
{
    if (s->calibrating) {
        s->poses[s->calibrating - 1] = pinna_live_engine_look(s->engine).head.raw;
        if (s->calibrating++ == CALIBRATION_POSES) finish_calibration(s, true);
        return;
    }
    if (s->in_range && !pinna_live_range_is_done(s->range)) {
        answer_by_head(s);
        return;
    }
    s->paused = !s->paused;
    pinna_live_engine_set_paused(s->engine, s->paused);
}

static void cancel(pinna_live_session* s)
{
    if (s->calibrating == CALIBRATION_POSES)
        finish_calibration(s, false);
    else if (s->calibrating)
        s->calibrating = 0;
    else
        s->done = true;
}

static void calibrate(pinna_live_session* s)
{
    s->calibrating = pinna_live_engine_look(s->engine).head.pose.valid;
    if (!s->calibrating) tell(s, "There is nothing to calibrate: no tracker has sent yet");
}

void pinna_live_session_nudge(pinna_live_session* s, float yaw_deg, float pitch_deg, float roll_deg)
{
    pinna_live_trackers_nudge(s->trackers, yaw_deg, pitch_deg, roll_deg);
}

void pinna_live_session_act(pinna_live_session* s, pinna_live_action action)
{
    switch (action) {
    case PINNA_LIVE_PAUSE:
    case PINNA_LIVE_CONFIRM: confirm(s); break;
    case PINNA_LIVE_NEXT_SCENE: next_scene(s); break;
    case PINNA_LIVE_AGAIN: play_again(s); break;
    case PINNA_LIVE_NEXT_PRESET: next_preset(s); break;
    case PINNA_LIVE_NEXT_ROOM: next_room(s); break;
    case PINNA_LIVE_NEXT_HEAD: next_head(s); break;
    case PINNA_LIVE_EQUALIZE: equalize(s); break;
    case PINNA_LIVE_NEXT_TRACKER: next_tracker(s); break;
    case PINNA_LIVE_RECENTRE: recentre(s); break;
    case PINNA_LIVE_CALIBRATE: calibrate(s); break;
    case PINNA_LIVE_INVERT_YAW:
    case PINNA_LIVE_INVERT_PITCH:
    case PINNA_LIVE_INVERT_ROLL:
    case PINNA_LIVE_PREDICT: toggle(s, action); break;
    case PINNA_LIVE_LOUDER: change_volume(s, 1); break;
    case PINNA_LIVE_SOFTER: change_volume(s, -1); break;
    case PINNA_LIVE_TURN_LEFT: pinna_live_session_nudge(s, NUDGE_DEG, 0, 0); break;
    case PINNA_LIVE_TURN_RIGHT: pinna_live_session_nudge(s, -NUDGE_DEG, 0, 0); break;
    case PINNA_LIVE_LOOK_UP: pinna_live_session_nudge(s, 0, NUDGE_DEG, 0); break;
    case PINNA_LIVE_LOOK_DOWN: pinna_live_session_nudge(s, 0, -NUDGE_DEG, 0); break;
    case PINNA_LIVE_TILT_LEFT: pinna_live_session_nudge(s, 0, 0, -NUDGE_DEG); break;
    case PINNA_LIVE_TILT_RIGHT: pinna_live_session_nudge(s, 0, 0, NUDGE_DEG); break;
    case PINNA_LIVE_CANCEL: cancel(s); break;
    case PINNA_LIVE_QUIT: s->done = true; break;
    case PINNA_LIVE_ACTION_COUNT: break;
    }
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
    if (!strcmp(c->scene, RANGE)) begin_range(s);
    if (!s->name) return PINNA_ERROR_MEMORY;
    s->wanted = false; /* it is loaded here and now */
    status = pinna_live_heads_create(c->sample_rate_hz, &s->config.choices.heads);
    if (!status) status = pinna_live_loader_create(&s->loader);
    if (!status) status = pinna_live_engine_create(c->sample_rate_hz, &s->engine);
    if (!status) status = first_player(s, report);
    if (status) return status;
    pinna_live_engine_set_volume(s->engine, (float)pow(10, c->volume_db / 20));
    send(s, &(pinna_live_head_command){.order = PINNA_LIVE_HEAD_CONFIGURE, .config = c->filter});
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
