/* SPDX-License-Identifier: MIT */
#include "offline.h"
#include "authored.h"
#include "brir_player.h"
#include "field.h"
#include "fold.h"
#include "wide_level.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sources that are folded are read ahead by the fold's delay, and with them all others: their samples wait in a window
   until the renderer comes to them. */
typedef struct track {
    pinna_source id; /* {0} where the renderer has no part in it */
    bool moves, folded;
    pinna_authored* authored; /* of objects that move by their own; id and window are not used then */
    bool idle;            /* left out of the renderer's inputs */
    float gain;           /* of its feed, where the renderer applies it */
    uint64_t end;         /* of its feed; kept here so that each period need not go there */
    uint64_t silent_from; /* scene frame since which the window is silent; UINT64_MAX while it sounds */
    float* window;        /* [ahead_frames + read_frames] */
    const float* samples; /* from window_from on: in window, or the feed's own where nothing is read ahead */
} track;

/* Sources with early reflections of their own, besides folded ones, which all have them. */
enum { REFLECTED_COUNT = 8 };

struct pinna_offline {
    pinna_offline_config config;
    pinna_renderer* renderer;
    pinna_fold* fold;     /* NULL: nothing is folded */
    pinna_fields* fields; /* NULL: there are none */
    pinna_brir_player* room; /* NULL: there is none */
    size_t source_count;
    track* tracks;       /* [source] */
    pinna_input* inputs; /* [source] */
    const float** fold_inputs;
    bool anything_moves, anything_direct;
    float wide_gain; /* of the widest authored objects */
    uint32_t read_frames, ahead_frames;
    uint64_t frame;       /* the renderer's next */
    uint64_t window_from; /* scene frame of the windows' beginning */
    bool has_read;
    float *direct[PINNA_EAR_COUNT], *folded[PINNA_EAR_COUNT]; /* [read_frames] from window_from on */
    float left[PINNA_RENDERER_MAX_BLOCK_FRAMES], right[PINNA_RENDERER_MAX_BLOCK_FRAMES];
};

static double seconds(const pinna_offline* o, uint64_t frame)
{
    return (double)frame / o->config.sample_rate_hz;
}

/* --- where things are --------------------------------------------------------------------------------------------- */

/* Little of it where little is wide. */
static float width_gain(const pinna_offline* o, pinna_pose pose)
{
    const float quarter_rad = 1.5707963f;
    float share = atan2f(pose.extent_m, pinna_vec3_length(pose.position)) / quarter_rad;
    return share > 0 ? powf(o->wide_gain, share * share) : 1.0f;
}

static pinna_source_params params_for(const pinna_offline* o, size_t index, pinna_pose pose)
{
    const pinna_scene_source* source = &o->config.scene->sources[index];
    pinna_source_params params = pinna_source_params_default();
    params.position = pose.position;
    params.extent_m = fminf(pose.extent_m, 1000.0f);
    params.head_relative = pose.head_locked;
    params.bypass = pose.bypass;
    bool authored = pinna_scene_source_is_authored(source);
    if (authored) params.distance_model = PINNA_DISTANCE_NONE;
    params.gain = o->tracks[index].gain;
    if (source->automation) params.gain *= width_gain(o, pose);
    params.near_field = (o->config.near_field || source->near_field) && !authored;
    params.priority = source->priority;
    params.category = source->category;
    return params;
}

static pinna_source_params params_of(const pinna_offline* o, size_t index, uint64_t frame)
{
    pinna_pose pose = {0};
    (void)pinna_scene_pose_at(o->config.scene, index, frame, o->config.sample_rate_hz, &pose);
    return params_for(o, index, pose);
}

/* Objects go along with a listener who walks. */
static pinna_source_params place_authored(void* user, size_t index, pinna_pose pose, uint64_t frame)
{
    const pinna_offline* o = user;
    const pinna_path* walk = o->config.scene->listener_position;
    if (walk && !pose.head_locked)
        pose.position = pinna_vec3_add(pose.position, pinna_path_position_at(walk, seconds(o, frame)));
    return params_for(o, index, pose);
}

static pinna_status set_source(pinna_offline* o, size_t source, uint64_t frame, bool snap)
{
    pinna_source_params params = params_of(o, source, frame);
    params.snap = snap;
    return pinna_source_set_params(o->renderer, o->tracks[source].id, &params);
}

static bool has_head(const pinna_offline* o)
{
    const pinna_scene* scene = o->config.scene;
    return scene->head || scene->listener_position || scene->listener_orientation || o->config.head;
}

static pinna_listener_params listener_at(const pinna_offline* o, uint64_t frame)
{
    pinna_listener_params params = pinna_scene_listener_at(o->config.scene, seconds(o, frame));
    if (!o->config.head) return params;
    /* A live tracker turns on from where the scene's own head is. */
    pinna_quat turned = params.head_orientation;
    o->config.head(o->config.head_user, frame, &params);
    if (o->config.scene->head) params.head_orientation = pinna_quat_multiply(turned, params.head_orientation);
    return params;
}

static pinna_status set_head(pinna_offline* o, uint64_t frame)
{
    if (!has_head(o)) return PINNA_OK;
    pinna_listener_params params = listener_at(o, frame);
    return pinna_renderer_set_listener(o->renderer, &params);
}

/* What does not go through the renderer has to be turned as it turns its sources. */
static pinna_quat head_at(void* user, uint64_t frame)
{
    const pinna_offline* o = user;
    pinna_listener_params params = listener_at(o, frame);
    bool with_head = o->config.preset && o->config.preset->mix.anchor == PINNA_ANCHOR_HEAD;
    return with_head ? params.orientation : pinna_quat_multiply(params.orientation, params.head_orientation);
}

/* --- creating ----------------------------------------------------------------------------------------------------- */

static bool moves_by_itself(const pinna_scene_source* source)
{
    return source->automation && pinna_automation_block_count(source->automation) > 1;
}

static pinna_status find_wide_gain(pinna_offline* o)
{
    o->wide_gain = 1;
    for (size_t i = 0; i < o->source_count; i++) {
        const pinna_scene_source* source = &o->config.scene->sources[i];
        if (source->automation && source->route == PINNA_ROUTE_PLACED && pinna_automation_is_wide(source->automation))
            return pinna_wide_level_find(o->config.hrtf, o->config.sample_rate_hz, &o->wide_gain);
    }
    return PINNA_OK;
}

/* The renderer's sources that one of the scene takes. */
static uint32_t slots_of(const pinna_offline* o, size_t index)
{
    const pinna_scene_source* source = &o->config.scene->sources[index];
    if (source->route != PINNA_ROUTE_PLACED || o->tracks[index].folded) return 0;
    return moves_by_itself(source) ? pinna_automation_slot_count(source->automation) : 1;
}

static uint32_t count_placed(const pinna_offline* o)
{
    uint32_t count = 0;
    for (size_t i = 0; i < o->source_count; i++)
        count += slots_of(o, i);
    return count;
}

static uint32_t count_wide(const pinna_offline* o)
{
    enum { MOST = 64 };
    uint32_t count = 0;
    for (size_t i = 0; i < o->source_count; i++) {
        const pinna_scene_source* source = &o->config.scene->sources[i];
        if (source->extent_m > 0 || (source->automation && pinna_automation_is_wide(source->automation)))
            count += slots_of(o, i);
    }
    return count < MOST ? count : MOST;
}

static pinna_status create_renderer(pinna_offline* o)
{
    pinna_renderer_config config = pinna_renderer_config_default();
    uint32_t count = count_placed(o);
    config.sample_rate_hz = o->config.sample_rate_hz;
    config.max_block_frames = o->config.block_frames;
    config.max_source_count = count ? count : 1;
    config.max_wide_count = count_wide(o);
    config.ramp_frames = o->config.ramp_frames;
    config.method = o->config.method;
    config.limiter = o->config.limiter;
    config.max_tap_count = o->config.max_tap_count;
    config.hrtf = o->config.hrtf;
    config.max_reflected_count = REFLECTED_COUNT;
    pinna_status status = pinna_renderer_create(&config, &o->renderer);
    if (status || !o->config.preset) return status;
    return pinna_renderer_set_preset(o->renderer, o->config.preset, NULL);
}

/* Beds and objects that stay where they are, before a head that does. */
static void choose_folded(pinna_offline* o)
{
    const pinna_scene* scene = o->config.scene;
    uint32_t count = 0;
    for (size_t i = 0; i < o->source_count && o->config.fold && !has_head(o); i++) {
        const pinna_scene_source* source = &scene->sources[i];
        bool authored = pinna_scene_source_is_authored(source);
        if (!authored || source->route != PINNA_ROUTE_PLACED || pinna_scene_source_moves(scene, i)) continue;
        if (params_of(o, i, 0).extent_m > 0 || count == PINNA_FOLD_MAX_SOURCES) continue;
        if (!pinna_fold_allows(o->config.preset, source->category)) continue;
        o->tracks[i].folded = true;
        count++;
    }
    if (!count) return;
    o->ahead_frames = PINNA_FOLD_DELAY_FRAMES;
    if (o->read_frames < 2 * PINNA_FOLD_DELAY_FRAMES) o->read_frames = 2 * PINNA_FOLD_DELAY_FRAMES;
}

/* A room is heard on for longer than an output lasts after its last sound: by half as much again what is left has
   fallen from some -85 dB, at which an output may end, to where live and folded sound are the same. */
static pinna_status create_fold(pinna_offline* o)
{
    uint32_t frames = o->config.tail_frames + o->config.tail_frames / 2;
    pinna_source_params* params = calloc(o->source_count, sizeof *params);
    uint32_t count = 0;
    if (!params) return PINNA_ERROR_MEMORY;
    for (size_t i = 0; i < o->source_count; i++)
        if (o->tracks[i].folded) params[count++] = params_of(o, i, 0);
    pinna_status status = PINNA_OK;
    if (count)
        status = pinna_fold_create(o->config.hrtf, o->config.sample_rate_hz, o->config.preset, params, count, frames,
                                   &o->fold);
    free(params);
    return status;
}

/* What is turned by the head, but not by the renderer. */
static pinna_status create_surroundings(pinna_offline* o)
{
    pinna_quat (*head)(void*, uint64_t) = has_head(o) ? head_at : NULL;
    pinna_status status = PINNA_OK;
    if (o->config.scene->field_count)
        status = pinna_fields_create(o->config.scene, o->config.hrtf, o->read_frames, head, o, &o->fields);
    if (status || !o->config.brir) return status;
    return pinna_brir_player_create(o->config.brir, o->read_frames, o->frame, head, o, &o->room);
}

static pinna_status create_windows(pinna_offline* o)
{
    size_t frames = o->ahead_frames + o->read_frames;
    for (size_t i = 0; i < o->source_count; i++) {
        const pinna_scene_source* source = &o->config.scene->sources[i];
        bool own = source->route == PINNA_ROUTE_PLACED && moves_by_itself(source);
        o->tracks[i].window = o->tracks[i].folded || own ? NULL : calloc(frames, sizeof(float));
        if (!o->tracks[i].folded && !own && !o->tracks[i].window) return PINNA_ERROR_MEMORY;
        o->anything_direct |= o->config.scene->sources[i].route != PINNA_ROUTE_PLACED || o->fold;
    }
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        o->direct[ear] = calloc(o->read_frames, sizeof(float));
        o->folded[ear] = calloc(o->read_frames, sizeof(float));
        if (!o->direct[ear] || !o->folded[ear]) return PINNA_ERROR_MEMORY;
    }
    return PINNA_OK;
}

/* Frames that the set delays sound from the front. */
static pinna_status find_travel(const pinna_offline* o, uint32_t* out)
{
    float delays[PINNA_EAR_COUNT];
    uint32_t tap_count = pinna_hrtf_get_info(o->config.hrtf).tap_count;
    float* taps = malloc(PINNA_EAR_COUNT * tap_count * sizeof *taps);
    if (!taps) return PINNA_ERROR_MEMORY;
    pinna_hrtf_lookup(o->config.hrtf, (pinna_vec3){1, 0, 0}, taps, taps + tap_count, delays);
    *out = (uint32_t)lroundf((delays[PINNA_LEFT] + delays[PINNA_RIGHT]) / 2);
    free(taps);
    return PINNA_OK;
}

static pinna_status create_authored(pinna_offline* o, size_t index, uint32_t travel_frames)
{
    const pinna_scene_source* source = &o->config.scene->sources[index];
    const pinna_authored_config config = {.automation = source->automation,
                                          .renderer = o->renderer,
                                          .source = index,
                                          .place = place_authored,
                                          .user = o,
                                          .start_frame = (uint64_t)llround(source->start_s * o->config.sample_rate_hz),
                                          .travel_frames = travel_frames,
                                          .window_frames = o->ahead_frames + o->read_frames,
                                          .unrest = o->config.scene->listener_position != NULL};
    pinna_feed_leave_automation(o->config.feeds[index]);
    return pinna_authored_create(&config, o->frame, &o->tracks[index].authored);
}

/* Applied by the renderer, which multiplies by a gain in any case, it costs no pass of its own over the samples. */
static void take_over_gain(pinna_offline* o, size_t index)
{
    const float most = 16.0f; /* of pinna_source_params */
    o->tracks[index].gain = pinna_feed_leave_gain(o->config.feeds[index], most);
}

static pinna_status create_sources(pinna_offline* o)
{
    const pinna_scene* scene = o->config.scene;
    uint32_t travel_frames = 0;
    pinna_status status = find_travel(o, &travel_frames);
    for (size_t i = 0; i < o->source_count && !status; i++) {
        if (scene->sources[i].route != PINNA_ROUTE_PLACED || o->tracks[i].folded) continue;
        o->tracks[i].moves = pinna_scene_source_moves(scene, i);
        o->anything_moves |= o->tracks[i].moves;
        if (moves_by_itself(&scene->sources[i])) {
            status = create_authored(o, i, travel_frames);
            continue;
        }
        take_over_gain(o, i);
        status = pinna_source_create(o->renderer, &o->tracks[i].id);
        if (!status) status = set_source(o, i, o->frame, true);
    }
    const pinna_path* const listener[] = {scene->head, scene->listener_position, scene->listener_orientation};
    for (size_t i = 0; i < sizeof listener / sizeof listener[0]; i++)
        o->anything_moves |= listener[i] && pinna_path_moves(listener[i]);
    o->anything_moves |= o->config.head != NULL;
    return status ? status : set_head(o, o->frame);
}

pinna_status pinna_offline_create(const pinna_offline_config* config, pinna_offline** out)
{
    *out = NULL;
    size_t count = config->scene->source_count;
    pinna_offline* o = calloc(1, sizeof *o);
    if (!o) return PINNA_ERROR_MEMORY;
    o->config = *config;
    o->source_count = count;
    o->read_frames = config->read_frames ? config->read_frames : config->block_frames;
    o->tracks = calloc(count, sizeof *o->tracks);
    o->inputs = calloc(count * PINNA_AUTOMATION_SLOTS, sizeof *o->inputs);
    o->fold_inputs = calloc(count, sizeof *o->fold_inputs);
    o->frame = config->first_frame - config->first_frame % config->ramp_frames;
    pinna_status status = PINNA_ERROR_MEMORY;
    if (!o->tracks || !o->inputs || !o->fold_inputs) goto fail;
    for (size_t i = 0; i < count; i++)
        o->tracks[i].gain = 1;
    status = find_wide_gain(o);
    choose_folded(o);
    if (!status) status = create_fold(o);
    if (!status) status = create_surroundings(o);
    if (!status) status = create_windows(o);
    if (!status) status = create_renderer(o);
    if (!status) status = create_sources(o);
    for (size_t i = 0; i < count && !status && o->frame; i++)
        status = pinna_feed_skip(config->feeds[i], o->frame);
    if (status) goto fail;
    *out = o;
    return PINNA_OK;
fail:
    pinna_offline_destroy(o);
    return status;
}

uint64_t pinna_offline_frame_count(const pinna_offline* o)
{
    const pinna_scene* scene = o->config.scene;
    uint64_t end = 0;
    if (!isinf(scene->duration_s)) end = (uint64_t)llround(scene->duration_s * o->config.sample_rate_hz);
    for (size_t i = 0; i < scene->source_count && isinf(scene->duration_s); i++) {
        uint64_t source_end = pinna_feed_end_frame(o->config.feeds[i]);
        if (source_end == PINNA_FEED_UNKNOWN) return PINNA_FEED_UNKNOWN;
        if (source_end > end) end = source_end;
    }
    return end + o->config.tail_frames;
}

/* --- reading ahead ------------------------------------------------------------------------------------------------ */

static void add_to_ears(pinna_offline* o, const pinna_scene_source* source, const float* samples)
{
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        for (uint32_t n = 0; n < o->read_frames && source->ear_gain[ear] != 0; n++)
            o->direct[ear][n] += source->ear_gain[ear] * samples[n];
}

/* The next frames of one source, frame_count of them, to the end of its window. Where nothing is read ahead the window
   stays silent, and what sounds is taken where the feed has it. */
static void read_track(pinna_offline* o, size_t source, size_t frame_count, uint64_t first)
{
    track* t = &o->tracks[source];
    const float* samples = pinna_feed_take(o->config.feeds[source], frame_count);
    t->end = pinna_feed_end_frame(o->config.feeds[source]);
    if (t->folded) return;
    if (t->authored) {
        pinna_authored_read(t->authored, samples, first, frame_count);
        return;
    }
    if (samples) t->silent_from = UINT64_MAX;
    if (!samples && t->silent_from == UINT64_MAX) t->silent_from = first;
    t->samples = samples && !o->ahead_frames ? samples : t->window;
    if (!o->ahead_frames) return;
    float* end = t->window + o->ahead_frames + o->read_frames - frame_count;
    if (samples)
        memcpy(end, samples, frame_count * sizeof *end);
    else
        memset(end, 0, frame_count * sizeof *end);
}

/* The fold reads from the feeds themselves: a feed's samples stay until its next take. */
static void read_all(pinna_offline* o, size_t frame_count, uint64_t first)
{
    uint32_t folded_count = 0;
    for (size_t i = 0; i < o->source_count; i++) {
        if (o->tracks[i].folded)
            o->fold_inputs[folded_count++] = pinna_feed_take(o->config.feeds[i], frame_count);
        else
            read_track(o, i, frame_count, first);
    }
    if (o->fold)
        pinna_fold_process(o->fold, o->fold_inputs, o->folded[PINNA_LEFT], o->folded[PINNA_RIGHT], frame_count);
}

static void shift_windows(pinna_offline* o)
{
    for (size_t i = 0; i < o->source_count && o->ahead_frames; i++) {
        if (o->tracks[i].authored) pinna_authored_shift(o->tracks[i].authored, o->read_frames);
        if (o->tracks[i].window)
            memmove(o->tracks[i].window, o->tracks[i].window + o->read_frames, o->ahead_frames * sizeof(float));
    }
}

/* The windows go on to where the renderer is. Before the first time what is read ahead comes in; what the fold gives
   for that lies before the beginning. */
static void read_on(pinna_offline* o)
{
    if (!o->has_read && o->ahead_frames) read_all(o, o->ahead_frames, o->frame);
    o->has_read = true;
    shift_windows(o);
    o->window_from = o->frame;
    read_all(o, o->read_frames, o->frame + o->ahead_frames);
    for (int ear = 0; ear < PINNA_EAR_COUNT && o->anything_direct; ear++)
        memcpy(o->direct[ear], o->folded[ear], o->read_frames * sizeof(float));
    for (size_t i = 0; i < o->source_count; i++) {
        const pinna_scene_source* source = &o->config.scene->sources[i];
        const float* samples = o->tracks[i].silent_from <= o->window_from ? NULL : o->tracks[i].samples;
        if (source->route == PINNA_ROUTE_EARS && samples) add_to_ears(o, source, samples);
        if (source->route == PINNA_ROUTE_FIELD) pinna_fields_add(o->fields, source, samples);
        if (source->route == PINNA_ROUTE_ROOM) pinna_brir_player_add(o->room, source, samples);
    }
    if (o->fields) pinna_fields_process(o->fields, o->window_from, o->direct[PINNA_LEFT], o->direct[PINNA_RIGHT]);
    if (o->room) pinna_brir_player_process(o->room, o->window_from, o->direct[PINNA_LEFT], o->direct[PINNA_RIGHT]);
}

/* --- rendering ---------------------------------------------------------------------------------------------------- */

/* At a grid point: where everything is to be at the next. A path is finite and in range by its making, so set_params
   cannot refuse it. */
static void set_next_point(pinna_offline* o)
{
    uint64_t next = o->frame + o->config.ramp_frames;
    for (size_t i = 0; i < o->source_count; i++) {
        if (o->tracks[i].authored) pinna_authored_set_next(o->tracks[i].authored, o->frame, next);
        else if (o->tracks[i].moves && !o->tracks[i].idle) (void)set_source(o, i, next, false);
    }
    /* The listener has no snap: what was set for frame 0 must reach the first period alone. */
    if (o->frame) (void)set_head(o, next);
}

static size_t chunk_frames(const pinna_offline* o)
{
    uint64_t count = o->config.block_frames, total = pinna_offline_frame_count(o);
    uint64_t to_grid_point = o->config.ramp_frames - o->frame % o->config.ramp_frames;
    uint64_t in_window = o->window_from + o->read_frames - o->frame;
    if (o->anything_moves && to_grid_point < count) count = to_grid_point;
    if (in_window < count) count = in_window;
    if (total - o->frame < count) count = total - o->frame;
    return (size_t)count;
}

/* A source that is silent now is given silence: left out, it would wake up wherever a block happens to begin, and its
   last sample would be taken for a sound cut short. What ended a while ago is left out, and so are authored objects,
   of which a film has a hundred and few sound at once; they are put in their place when they wake up. */
static bool is_idle(const pinna_offline* o, size_t source)
{
    enum { SILENT_AFTER_FRAMES = 16384 };
    const track* t = &o->tracks[source];
    if (t->end != PINNA_FEED_UNKNOWN && o->frame > t->end + SILENT_AFTER_FRAMES) return true;
    return o->config.scene->sources[source].automation && t->silent_from != UINT64_MAX &&
           o->frame > t->silent_from + SILENT_AFTER_FRAMES;
}

static size_t collect_inputs(pinna_offline* o)
{
    size_t input_count = 0;
    for (size_t i = 0; i < o->source_count; i++) {
        track* t = &o->tracks[i];
        if (t->authored)
            input_count += pinna_authored_collect(t->authored, o->frame, (size_t)(o->frame - o->window_from),
                                                  o->inputs + input_count);
        if (!t->id.index1) continue;
        bool was_idle = t->idle;
        t->idle = is_idle(o, i);
        if (t->idle) continue;
        if (was_idle) (void)set_source(o, i, o->frame, true);
        o->inputs[input_count++] = (pinna_input){t->id, t->samples + (o->frame - o->window_from)};
    }
    return input_count;
}

size_t pinna_offline_next_within(pinna_offline* o, size_t most, const float** left, const float** right)
{
    if (o->frame >= pinna_offline_frame_count(o) || !most) return 0;
    if (!o->has_read || o->frame == o->window_from + o->read_frames) read_on(o);
    /* A stream that has just ended may end the render here. */
    size_t frame_count = o->frame < pinna_offline_frame_count(o) ? chunk_frames(o) : 0;
    if (frame_count > most) frame_count = most;
    if (!frame_count) return 0;
    if (o->anything_moves && o->frame % o->config.ramp_frames == 0) set_next_point(o);
    size_t input_count = collect_inputs(o), at = (size_t)(o->frame - o->window_from);
    const pinna_direct direct = {o->direct[PINNA_LEFT] + at, o->direct[PINNA_RIGHT] + at};
    pinna_renderer_process_with(o->renderer, o->inputs, input_count, o->anything_direct ? &direct : NULL, o->left,
                                o->right, frame_count);
    *left = o->left;
    *right = o->right;
    o->frame += frame_count;
    return frame_count;
}

size_t pinna_offline_next(pinna_offline* o, const float** left, const float** right)
{
    return pinna_offline_next_within(o, SIZE_MAX, left, right);
}

/* The work of a grid point is per voice, and in a room each source has the images of six walls besides. Between points
   everything goes straight: in 5 ms even a source that turns by a whole circle in a second leaves its way by less than
   a hundredth of a frame of delay. */
uint32_t pinna_offline_usual_ramp(const pinna_scene* scene, const pinna_preset* preset)
{
    enum { FEW = 24, MANY = 96, FINE_FRAMES = 8, COARSE_FRAMES = 64, COARSEST_FRAMES = 256, IN_ROOM = 7 };
    size_t voice_count = scene->source_count * (preset->room.on ? IN_ROOM : 1);
    return voice_count <= FEW ? FINE_FRAMES : voice_count <= MANY ? COARSE_FRAMES : COARSEST_FRAMES;
}

uint64_t pinna_offline_position(const pinna_offline* o)
{
    return o->frame;
}

pinna_renderer* pinna_offline_renderer(pinna_offline* o)
{
    return o->renderer;
}

void pinna_offline_destroy(pinna_offline* o)
{
    if (!o) return;
    pinna_renderer_destroy(o->renderer);
    pinna_fold_destroy(o->fold);
    pinna_fields_destroy(o->fields);
    pinna_brir_player_destroy(o->room);
    for (size_t i = 0; o->tracks && i < o->source_count; i++) {
        pinna_authored_destroy(o->tracks[i].authored);
        free(o->tracks[i].window);
    }
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        free(o->direct[ear]);
        free(o->folded[ear]);
    }
    free(o->tracks);
    free(o->inputs);
    free(o->fold_inputs);
    free(o);
}
