/* SPDX-License-Identifier: MIT */
#include "live_session_parts.h"
#include "scenes_builtin.h"

#include <math.h>
#include <string.h>

#define NUDGE_DEG 6.0f
enum { SCENE_MAX = 16 };

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
    if (!strcmp(names[at], PINNA_LIVE_RANGE)) {
        pinna_live_begin_range(s);
        return;
    }
    bool has_text = s->config.text && s->config.scene == names[at];
    pinna_live_session_play(s, names[at], has_text ? s->config.text : NULL);
}

static void play_again(pinna_live_session* s)
{
    s->wanted = true;
    if (s->in_range && pinna_live_range_is_done(s->range)) pinna_live_begin_range(s);
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
    pinna_live_tell(s, "Preset: %s", pinna_preset_name((uint32_t)sound.preset));
}

static void next_room(pinna_live_session* s)
{
    pinna_live_sound sound = s->sound;
    sound.room = pinna_live_sound_next_room(&sound);
    change_sound(s, sound);
    pinna_live_tell(s, "Room: %s", sound.room == PINNA_LIVE_ROOM_AS_PRESET ? "as the preset has it"
                        : sound.room == PINNA_LIVE_ROOM_OFF     ? "none"
                                                                : pinna_room_name((uint32_t)sound.room));
}

static void next_head(pinna_live_session* s)
{
    char name[64];
    pinna_live_sound sound = s->sound;
    sound.head = (sound.head + 1) % (uint32_t)s->config.choices.sofa_count;
    if (sound.head == s->sound.head) {
        pinna_live_tell(s, "There is one HRTF only; name more SOFA files on the command line");
        return;
    }
    change_sound(s, sound);
    const pinna_scene* scene = pinna_live_player_scene(pinna_live_engine_player(s->engine));
    pinna_live_sound_head_name(&s->config.choices, &sound, scene, name, sizeof name);
    pinna_live_tell(s, "HRTF: %s", name);
}

static void equalize(pinna_live_session* s)
{
    pinna_live_sound sound = s->sound;
    if (!s->config.choices.equalizer && !pinna_live_player_scene(pinna_live_engine_player(s->engine))->headphone_eq) {
        pinna_live_tell(s, "No headphones are known; name a file of AutoEq with --headphone-eq");
        return;
    }
    sound.equalized = !sound.equalized;
    change_sound(s, sound);
    pinna_live_tell(s, "Equalised for the headphones: %s", sound.equalized ? "yes" : "no");
}

static void next_tracker(pinna_live_session* s)
{
    pinna_live_tracker next = (pinna_live_tracker)((pinna_live_trackers_look(s->trackers).choice + 1) %
                                                   PINNA_LIVE_TRACKER_CHOICES);
    pinna_live_trackers_choose(s->trackers, next);
    pinna_live_tell(s, "Tracker: %s", pinna_live_tracker_names[next]);
}

void pinna_live_send(pinna_live_session* s, const pinna_live_head_command* command)
{
    (void)pinna_live_head_send(pinna_live_engine_head(s->engine), command);
}

static void recentre(pinna_live_session* s)
{
    if (pinna_live_trackers_look(s->trackers).active == PINNA_LIVE_TRACKER_HAND)
        pinna_live_trackers_nudge_home(s->trackers);
    else
        pinna_live_send(s, &(pinna_live_head_command){.order = PINNA_LIVE_HEAD_CENTRE});
    pinna_live_tell(s, "Where you face now is the front");
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
    pinna_live_send(s, &command);
    pinna_live_tell(s, "%s: %s", name, *flag ? "on" : "off");
}

static void change_volume(pinna_live_session* s, double step_db)
{
    enum { LOWEST_DB = -60, HIGHEST_DB = 6 };
    s->volume_db = fmin(fmax(s->volume_db + step_db, LOWEST_DB), HIGHEST_DB);
    pinna_live_engine_set_volume(s->engine, (float)pow(10, s->volume_db / 20));
    pinna_live_tell(s, "Volume %+.0f dB", s->volume_db);
}

static void finish_calibration(pinna_live_session* s, bool has_tilted)
{
    pinna_live_head_command command = {.order = PINNA_LIVE_HEAD_CALIBRATE, .has_tilted = has_tilted};
    memcpy(command.poses, s->poses, sizeof command.poses);
    pinna_live_send(s, &command);
    pinna_live_trackers_calibrated(s->trackers, &command);
    s->calibrating = 0;
}

static void confirm(pinna_live_session* s)
{
    if (s->calibrating) {
        s->poses[s->calibrating - 1] = pinna_live_engine_look(s->engine).head.raw;
        if (s->calibrating++ == PINNA_LIVE_CALIBRATION_POSES) finish_calibration(s, true);
        return;
    }
    if (s->in_range && !pinna_live_range_is_done(s->range)) {
        pinna_live_answer_by_head(s);
        return;
    }
    s->paused = !s->paused;
    pinna_live_engine_set_paused(s->engine, s->paused);
}

static void cancel(pinna_live_session* s)
{
    if (s->calibrating == PINNA_LIVE_CALIBRATION_POSES)
        finish_calibration(s, false);
    else if (s->calibrating)
        s->calibrating = 0;
    else
        s->done = true;
}

static void calibrate(pinna_live_session* s)
{
    s->calibrating = pinna_live_engine_look(s->engine).head.pose.valid;
    if (!s->calibrating) pinna_live_tell(s, "There is nothing to calibrate: no tracker has sent yet");
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
