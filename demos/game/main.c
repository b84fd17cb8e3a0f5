/* SPDX-License-Identifier: MIT */
/*
 * A whole game loop in one page: pinna-game OUT.wav [SECONDS]. Drones and robots close in from all sides; the player
 * turns to the nearest and shoots; what is hit bursts. Every thing is a source that is born, moves, sounds and dies.
 * Game and mixer take turns on one thread here. In a game, tick() runs on the game's thread and mix() on the mixer's:
 * Pinna needs nothing more for that; the game must hand over its own list of things.
 */
#include <pinna/load.h>
#include <pinna/renderer.h>

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

enum { RATE_HZ = 48000, TICK_HZ = 60, BLOCK_FRAMES = 256, THING_COUNT = 32 };
typedef enum kind { NOTHING, DRONE, ROBOT, SHOT, BURST } kind;

static const struct {
    float speed_m_per_s, life_s, gain;
} kinds[] = {
    [DRONE] = {3, 1e9f, 0.8f}, [ROBOT] = {2, 1e9f, 1.0f}, [SHOT] = {40, 0.8f, 0.3f}, [BURST] = {0, 1.5f, 0.6f}};

typedef struct thing {
    kind kind;
    pinna_source source;
    pinna_vec3 position_m, velocity_m_per_s; /* OpenGL's axes: x right, y up, z back */
    float age_s;                             /* the game's clock */
    float sound_s, phase, low, step_s;       /* the mixer's */
    float samples[BLOCK_FRAMES];
} thing;

static struct {
    pinna_renderer* renderer;
    thing things[THING_COUNT];
    pinna_vec3 player_m;
    float yaw_deg, time_s, reloaded_s, next_foe_s;
    uint32_t random, foe_count, shot_count, hit_count;
} game;

static const float pi = 3.14159265f, tick_s = 1.0f / TICK_HZ;

static float noise(void) /* -1 to 1 */
{
    game.random = game.random * 1664525u + 1013904223u;
    return (float)(game.random >> 8) / 8388608.0f - 1.0f;
}

/* The next sample of a thing: rotors, footsteps, a falling whistle, a bang. */
static float sound(thing* it)
{
    float t = it->sound_s, step = fmodf(t, it->step_s), hiss = noise();
    float hz[] = {[DRONE] = 300.0f * it->step_s, [ROBOT] = 65.0f, [SHOT] = 300 + 2200 * expf(-8 * t), [BURST] = 50.0f};
    float tone = sinf(it->phase), attack = fminf(500.0f * (it->kind == ROBOT ? step : t), 1.0f);
    it->phase = fmodf(it->phase + 2.0f * pi * hz[it->kind] / RATE_HZ, 2.0f * pi);
    it->low += 0.15f * (hiss - it->low);
    it->sound_s += 1.0f / RATE_HZ;
    float levels[] = {[DRONE] = 0.2f * tone + 0.12f * hiss * (1.0f + tone),
                      [ROBOT] = tone * expf(-20 * step) + 0.5f * hiss * expf(-50 * step),
                      [SHOT] = 0.4f * tone * expf(-6 * t) + 0.3f * hiss * expf(-20 * t),
                      [BURST] = 0.5f * tone * expf(-5 * t) + 1.2f * it->low * expf(-3 * t)};
    return attack * levels[it->kind];
}

static void publish(const thing* it)
{
    pinna_source_params params = pinna_source_params_default();
    params.position = it->position_m;
    params.gain = kinds[it->kind].gain;
    params.reference_distance_m = 2.0f;
    params.air_absorption = 1.0f;
    params.near_field = true;
    params.propagation = it->kind == SHOT; /* at a tenth of the speed of sound, its Doppler shift is heard */
    pinna_source_set_params(game.renderer, it->source, &params);
}

static void spawn(kind what, pinna_vec3 position_m, pinna_vec3 velocity_m_per_s)
{
    thing* it = game.things;
    while (it < game.things + THING_COUNT && it->kind != NOTHING) it++;
    pinna_source source;
    if (it == game.things + THING_COUNT || pinna_source_create(game.renderer, &source)) return; /* too crowded */
    *it = (thing){.kind = what, .source = source, .position_m = position_m, .velocity_m_per_s = velocity_m_per_s};
    it->step_s = 0.45f + 0.1f * noise();
    publish(it); /* before its first sound, so that it starts where it is */
}

/* In mid-sound or not: the renderer lets the sound end without a click, and refuses the id from now on. */
static void kill(thing* it)
{
    pinna_source_destroy(game.renderer, it->source);
    it->kind = NOTHING;
}

static thing* nearest_foe(pinna_vec3 place, float within_m)
{
    thing* nearest = NULL;
    for (thing* it = game.things; it < game.things + THING_COUNT; it++) {
        float distance_m = pinna_vec3_length(pinna_vec3_sub(it->position_m, place));
        if ((it->kind != DRONE && it->kind != ROBOT) || distance_m > within_m) continue;
        nearest = it;
        within_m = distance_m;
    }
    return nearest;
}

/* Foes come nearer, and drones circle meanwhile; shots fly straight, and kill. */
static void move(thing* it)
{
    pinna_vec3 way = pinna_vec3_sub(game.player_m, it->position_m);
    pinna_vec3 near = pinna_vec3_scale(pinna_vec3_normalize(way), kinds[it->kind].speed_m_per_s);
    pinna_vec3 aside = it->kind == DRONE ? pinna_vec3_cross(near, (pinna_vec3){0, 1, 0}) : (pinna_vec3){0};
    if (it->kind == DRONE || it->kind == ROBOT)
        it->velocity_m_per_s = pinna_vec3_length(way) < 2.0f ? aside : pinna_vec3_add(aside, near);
    it->position_m = pinna_vec3_add(it->position_m, pinna_vec3_scale(it->velocity_m_per_s, tick_s));
    publish(it);
    it->age_s += tick_s;
    thing* hit = it->kind == SHOT ? nearest_foe(it->position_m, 1.2f) : NULL;
    if (hit || it->age_s > kinds[it->kind].life_s) kill(it);
    if (!hit) return;
    kill(hit);
    spawn(BURST, hit->position_m, (pinna_vec3){0});
    game.hit_count++;
}

/* The player strolls, turns to the nearest foe at 120 degrees a second, and shoots. */
static void play(void)
{
    game.player_m = (pinna_vec3){2.0f * sinf(0.4f * game.time_s), 1.7f, 0};
    const thing* foe = nearest_foe(game.player_m, 1e9f);
    if (!foe) return;
    pinna_vec3 way = pinna_vec3_normalize(pinna_vec3_sub(foe->position_m, game.player_m));
    float turn_deg = remainderf(atan2f(-way.x, -way.z) * 180.0f / pi - game.yaw_deg, 360.0f);
    game.yaw_deg += fmaxf(-120.0f * tick_s, fminf(turn_deg, 120.0f * tick_s));
    if (fabsf(turn_deg) > 3.0f || game.time_s < game.reloaded_s) return;
    spawn(SHOT, pinna_vec3_add(game.player_m, pinna_vec3_scale(way, 0.4f)),
          pinna_vec3_scale(way, kinds[SHOT].speed_m_per_s));
    game.reloaded_s = game.time_s + 1.0f;
    game.shot_count++;
}

/* The game's side, 60 times a second. */
static void tick(void)
{
    game.time_s += tick_s;
    if (game.time_s >= game.next_foe_s && game.foe_count - game.hit_count < 4) {
        float angle = pi * noise(), height_m = game.foe_count % 2 ? 0.2f : 3.5f;
        pinna_vec3 place = {12.0f * sinf(angle), height_m, 12.0f * cosf(angle)};
        spawn(game.foe_count++ % 2 ? ROBOT : DRONE, place, (pinna_vec3){0});
        game.next_foe_s = game.time_s + 1.0f;
    }
    play();
    for (thing* it = game.things; it < game.things + THING_COUNT; it++)
        if (it->kind != NOTHING) move(it);
    pinna_listener_params listener = pinna_listener_params_default();
    listener.position = game.player_m;
    listener.orientation = (pinna_quat){cosf(game.yaw_deg * pi / 360.0f), 0, sinf(game.yaw_deg * pi / 360.0f), 0};
    pinna_renderer_set_listener(game.renderer, &listener);
}

/* The mixer's side, one block. */
static void mix(float* left, float* right)
{
    pinna_input inputs[THING_COUNT];
    size_t count = 0;
    for (thing* it = game.things; it < game.things + THING_COUNT; it++) {
        if (it->kind == NOTHING) continue;
        for (int i = 0; i < BLOCK_FRAMES; i++) it->samples[i] = sound(it);
        inputs[count++] = (pinna_input){it->source, it->samples};
    }
    pinna_renderer_process(game.renderer, inputs, count, left, right, BLOCK_FRAMES);
}

static bool run(SNDFILE* file, double seconds)
{
    float left[BLOCK_FRAMES], right[BLOCK_FRAMES], both[2 * BLOCK_FRAMES];
    uint32_t frame_count = (uint32_t)(seconds * RATE_HZ), next_tick = 0;
    for (uint32_t frame = 0; frame < frame_count; frame += BLOCK_FRAMES) {
        for (; next_tick <= frame; next_tick += RATE_HZ / TICK_HZ) tick();
        mix(left, right);
        for (int i = 0; i < BLOCK_FRAMES; i++) {
            both[2 * i] = left[i];
            both[2 * i + 1] = right[i];
        }
        if (sf_writef_float(file, both, BLOCK_FRAMES) != BLOCK_FRAMES) return false;
    }
    return true;
}

/* The player's own head if he has one that works; he is told where it does not. From the second start on it comes from
   the cache, in milliseconds. */
static pinna_hrtf* load_head(void)
{
    static pinna_report report;
    static pinna_loaded loaded;
    static char folder[PINNA_LOAD_PATH_BYTES];
    pinna_load_config config = pinna_load_config_default();
    pinna_hrtf* hrtf = NULL;
    if (pinna_load_cache_folder(folder, sizeof folder)) config.cache_folder = folder;
    pinna_status status = pinna_load_hrtf(&config, &report, &loaded, &hrtf);
    if (status) fprintf(stderr, "pinna-game: %s\n", pinna_report_error(&report));
    if (!status || loaded.origin != PINNA_LOAD_PERSONAL) return hrtf;
    fprintf(stderr, "pinna-game: the game's own head is used instead\n");
    config.forbid_personal = true;
    status = pinna_load_hrtf(&config, &report, &loaded, &hrtf);
    if (status) fprintf(stderr, "pinna-game: %s\n", pinna_report_error(&report));
    return hrtf;
}

static pinna_renderer* create_renderer(void)
{
    pinna_renderer_config config = pinna_renderer_config_default();
    pinna_renderer* renderer = NULL;
    config.hrtf = load_head();
    if (!config.hrtf) return NULL;
    config.axes = PINNA_AXES_OPENGL;
    config.max_source_count = THING_COUNT;
    config.max_block_frames = BLOCK_FRAMES;
    config.max_propagation_m = 40.0f;
    pinna_status status = pinna_renderer_create(&config, &renderer);
    if (status) fprintf(stderr, "pinna-game: %s\n", pinna_status_string(status));
    pinna_hrtf_release(config.hrtf); /* the renderer holds its own reference */
    return renderer;
}

int main(int argc, char** argv)
{
    double seconds = argc > 2 ? atof(argv[2]) : 20.0;
    if (argc < 2 || !(seconds > 0.0 && seconds <= 3600.0)) {
        fprintf(stderr, "Usage: pinna-game OUT.wav [SECONDS]\n");
        return 2;
    }
    game.renderer = create_renderer();
    if (!game.renderer) return 1;
    SF_INFO info = {.samplerate = RATE_HZ, .channels = 2, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE* file = sf_open(argv[1], SFM_WRITE, &info);
    bool written = file && run(file, seconds);
    if (!written) fprintf(stderr, "pinna-game: cannot write %s: %s\n", argv[1], sf_strerror(file));
    if (file && sf_close(file)) written = false;
    pinna_renderer_destroy(game.renderer);
    if (written) printf("%s: %u foes, %u shots, %u hits\n", argv[1], game.foe_count, game.shot_count, game.hit_count);
    return written ? 0 : 1;
}
