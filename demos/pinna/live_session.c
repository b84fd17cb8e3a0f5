/* SPDX-License-Identifier: MIT */
#include "live_session.h"
#include "live_loader.h"
#include "progress.h"
#include "scenes_builtin.h"
#include "setup.h"

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
/* Filters of heads chosen later may be this long. */
enum { LONGEST_TAPS = 1024, SCENE_MAX = 16 };

typedef enum load_purpose { LOAD_SCENE, LOAD_AGAIN } load_purpose;
enum { CALIBRATION_POSES = 4 };

struct pinna_live_session {
    pinna_live_session_config config;
    pinna_live_engine* engine;
    pinna_live_output* output;
    pinna_live_trackers* trackers;
    pinna_live_loader* loader;
    pinna_live_player* ready; /* loaded, to be played as soon as the engine takes it */
    pinna_live_player* again; /* loaded, to be played when the present one ends */
    pinna_hrtf* heads[PINNA_LIVE_HEAD_MAX];
    char head_names[PINNA_LIVE_HEAD_MAX][48];
    size_t head;
    char* name; /* of the scene asked for last, and its text where it has no file */
    char* text;
    bool wanted; /* name is still to be loaded */
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

const pinna_live_key pinna_live_keys[] = {
    {"space", PINNA_LIVE_CONFIRM, "pause"},
    {"n", PINNA_LIVE_NEXT_SCENE, "next scene"},
    {"b", PINNA_LIVE_AGAIN, "from the beginning"},
    {"h", PINNA_LIVE_NEXT_HEAD, "next HRTF"},
    {"t", PINNA_LIVE_NEXT_TRACKER, "next tracker"},
    {"r", PINNA_LIVE_RECENTRE, "recentre"},
    {"c", PINNA_LIVE_CALIBRATE, "calibrate"},
    {"1", PINNA_LIVE_INVERT_YAW, "invert yaw"},
    {"2", PINNA_LIVE_INVERT_PITCH, "invert pitch"},
    {"3", PINNA_LIVE_INVERT_ROLL, "invert roll"},
    {"p", PINNA_LIVE_PREDICT, "prediction"},
    {"+", PINNA_LIVE_LOUDER, "louder"},
    {"-", PINNA_LIVE_SOFTER, "softer"},
    {"left", PINNA_LIVE_TURN_LEFT, "turn left"},
    {"right", PINNA_LIVE_TURN_RIGHT, "turn right"},
    {"up", PINNA_LIVE_LOOK_UP, "look up"},
    {"down", PINNA_LIVE_LOOK_DOWN, "look down"},
    {",", PINNA_LIVE_TILT_LEFT, "tilt left"},
    {".", PINNA_LIVE_TILT_RIGHT, "tilt right"},
    {"escape", PINNA_LIVE_CANCEL, "cancel"},
    {"q", PINNA_LIVE_QUIT, "end"},
    {NULL, PINNA_LIVE_ACTION_COUNT, NULL},
};

pinna_live_action pinna_live_action_of_key(const char* key)
{
    for (size_t i = 0; pinna_live_keys[i].key; i++)
        if (!strcmp(key, pinna_live_keys[i].key)) return pinna_live_keys[i].action;
    return PINNA_LIVE_ACTION_COUNT;
}

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
                                      .hrtf = s->heads[s->head],
                                      .max_tap_count = LONGEST_TAPS,
                                      .sample_rate_hz = s->config.sample_rate_hz,
                                      .period_frames = s->config.period_frames,
                                      .ramp_frames = s->config.ramp_frames,
                                      .limiter = s->config.limiter};
}

void pinna_live_session_play(pinna_live_session* s, const char* name, const char* text)
{
    char* name_copy = strdup(name);
    char* text_copy = text ? strdup(text) : NULL;
    if (!name_copy || (text && !text_copy)) {
        free(name_copy);
        free(text_copy);
        tell(s, "not enough memory to load another scene");
        return;
    }
    free(s->name);
    free(s->text);
    s->name = name_copy;
    s->text = text_copy;
    s->wanted = true;
    pinna_live_player_destroy(s->again);
    s->again = NULL;
}

static void take_scene(pinna_live_session* s, const pinna_live_loaded* loaded)
{
    bool still_meant = !s->wanted;
    pinna_live_player** place = loaded->load.tag == LOAD_AGAIN ? &s->again : &s->ready;
    if (loaded->status) {
        tell(s, "%s", loaded->problem);
    } else if (!still_meant) {
        pinna_live_player_destroy(loaded->player);
    } else {
        pinna_live_player_destroy(*place);
        *place = loaded->player;
    }
}

/* A scene loaded with another head meanwhile is given this one when it begins. */
static void use_head(pinna_live_session* s, pinna_live_player* player)
{
    pinna_status status = player ? pinna_live_player_set_hrtf(player, s->heads[s->head]) : PINNA_OK;
    if (status) tell(s, "%s cannot be switched to while playing: %s", s->head_names[s->head], pinna_status_string(status));
}

static void take_head(pinna_live_session* s, const pinna_live_loaded* loaded)
{
    if (loaded->status) {
        tell(s, "%s", loaded->problem);
        return;
    }
    s->head = (size_t)loaded->load.tag;
    s->heads[s->head] = loaded->hrtf;
    use_head(s, pinna_live_engine_player(s->engine));
    tell(s, "HRTF: %s", s->head_names[s->head]);
}

static void take_loaded(pinna_live_session* s)
{
    pinna_live_loaded loaded;
    if (!pinna_live_loader_take(s->loader, &loaded)) return;
    if (loaded.load.is_head)
        take_head(s, &loaded);
    else
        take_scene(s, &loaded);
}

static void begin_scene(pinna_live_session* s, load_purpose purpose)
{
    pinna_live_load load = {.player = player_config(s), .tag = (int)purpose};
    if (pinna_live_loader_begin(s->loader, &load)) s->wanted = false;
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
    const pinna_live_player* player = pinna_live_engine_player(s->engine);
    double left_s = pinna_live_player_duration_s(player) - pinna_live_player_time_s(player);
    if (!s->config.once && !s->again && !s->ready && left_s < AHEAD_S) begin_scene(s, LOAD_AGAIN);
}

static bool play(pinna_live_session* s, pinna_live_player* player)
{
    use_head(s, player);
    return pinna_live_engine_play(s->engine, player);
}

static void change_scene(pinna_live_session* s)
{
    const pinna_live_engine_view view = pinna_live_engine_look(s->engine);
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
        load_ahead(s);
    pinna_live_engine_collect(s->engine);
    answer_by_script(s);
    watch_trackers(s);
    if (pinna_live_output_look(s->output).state == PINNA_LIVE_OUTPUT_ENDED) s->done = true;
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

static void next_head(pinna_live_session* s)
{
    if (s->config.sofa_count < 2) {
        tell(s, "There is one HRTF only; name more SOFA files on the command line");
        return;
    }
    size_t next = (s->head + 1) % s->config.sofa_count;
    if (s->heads[next]) {
        s->head = next;
        use_head(s, pinna_live_engine_player(s->engine));
        tell(s, "HRTF: %s", s->head_names[next]);
        return;
    }
    pinna_live_load load = {
        .is_head = true, .sofa = s->config.sofa_files[next], .player = player_config(s), .tag = (int)next};
    (void)pinna_live_loader_begin(s->loader, &load);
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
    case PINNA_LIVE_NEXT_HEAD: next_head(s); break;
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

static void name_heads(pinna_live_session* s)
{
    for (size_t i = 0; i < s->config.sofa_count; i++) {
        const char* file = s->config.sofa_files[i];
        const char* slash = file ? strrchr(file, '/') : NULL;
        snprintf(s->head_names[i], sizeof s->head_names[i], "%s", file ? (slash ? slash + 1 : file) : "MIT KEMAR");
        char* ending = strstr(s->head_names[i], ".sofa");
        if (ending) *ending = '\0';
    }
}

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
    status = pinna_setup_load_hrtf(c->sofa_files[0], c->sample_rate_hz, 0, report, &s->heads[0]);
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
    name_heads(s);
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
    for (size_t i = 0; i < PINNA_LIVE_HEAD_MAX; i++)
        pinna_hrtf_release(s->heads[i]);
    pinna_live_range_destroy(s->range);
    free(s->name);
    free(s->text);
    free(s);
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
                                    .preset = "flat",
                                    .head_name = s->head_names[s->head],
                                    .range = s->in_range ? pinna_live_range_test(s->range) : NULL,
                                    .range_done = s->in_range && pinna_live_range_is_done(s->range),
                                    .volume_db = s->volume_db,
                                    .paused = s->paused,
                                    .loading = pinna_live_loader_is_busy(s->loader),
                                    .done = s->done,
                                    .sample_rate_hz = s->config.sample_rate_hz,
                                    .period_frames = s->config.period_frames};
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
