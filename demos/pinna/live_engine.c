/* SPDX-License-Identifier: MIT */
#include "live_engine.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define FADE_S 0.05 /* from one scene to the next, and into a pause */
#define RUN_UP_S 0.25 /* a player that begins amid a scene is heard after so long: by then its room is filled */
#define SILENCE_DB (-120.0f)

/* A view passes through three slots: one being written, one being read, one in between, whose index is swapped. */
enum { SLOT_NEW = 4, SLOT_MASK = 3 };

struct pinna_live_engine {
    double fade_step;
    pinna_live_head* head;
    _Atomic(pinna_live_player*) next;    /* control -> audio */
    _Atomic(pinna_live_player*) retired; /* audio -> control */
    _Atomic float volume;
    atomic_bool paused;
    pinna_live_engine_view views[3];
    atomic_uint middle;
    unsigned reading; /* control's */
    pinna_live_player* latest;
    /* The audio thread's: */
    unsigned writing;
    pinna_live_player *current, *fading;
    double fade; /* 1: only current is heard */
    double gain, run; /* run: 0 while paused */
    uint64_t frames;
    bool ended; /* current has come to its end */
    float left[PINNA_LIVE_PERIOD_MAX], right[PINNA_LIVE_PERIOD_MAX];
    float old_left[PINNA_LIVE_PERIOD_MAX], old_right[PINNA_LIVE_PERIOD_MAX];
};

pinna_status pinna_live_engine_create(uint32_t sample_rate_hz, pinna_live_engine** out)
{
    *out = NULL;
    pinna_live_engine* engine = calloc(1, sizeof *engine);
    if (!engine) return PINNA_ERROR_MEMORY;
    engine->fade_step = 1.0 / (FADE_S * sample_rate_hz);
    engine->volume = 1;
    engine->gain = engine->run = engine->fade = 1;
    engine->writing = 0;
    engine->middle = 1;
    engine->reading = 2;
    pinna_status status = pinna_live_head_create(&engine->head);
    if (status) {
        pinna_live_engine_destroy(engine);
        return status;
    }
    for (int i = 0; i < 3; i++)
        engine->views[i].head = pinna_live_head_look(engine->head);
    *out = engine;
    return PINNA_OK;
}

void pinna_live_engine_destroy(pinna_live_engine* engine)
{
    if (!engine) return;
    pinna_live_player_destroy(engine->current);
    pinna_live_player_destroy(engine->fading);
    pinna_live_player_destroy(engine->next);
    pinna_live_player_destroy(engine->retired);
    pinna_live_head_destroy(engine->head);
    free(engine);
}

/* One that begins amid the scene, since only its sound is another, waits until the one that plays is there, too. */
static bool may_begin(const pinna_live_engine* engine, const pinna_live_player* next, bool halted)
{
    if (!next || engine->fading) return false;
    uint64_t from = pinna_live_player_position(next);
    return !from || !engine->current || halted || engine->ended || pinna_live_player_position(engine->current) >= from;
}

/* A retired player that has not been collected yet holds back the next change. */
static void change_player(pinna_live_engine* engine, bool halted)
{
    if (engine->fading && engine->fade >= 1) {
        pinna_live_player* none = NULL;
        if (!atomic_compare_exchange_strong(&engine->retired, &none, engine->fading)) return;
        engine->fading = NULL;
    }
    if (!may_begin(engine, atomic_load(&engine->next), halted)) return;
    pinna_live_player* next = atomic_exchange(&engine->next, NULL);
    bool amid = pinna_live_player_position(next) > 0;
    engine->fading = engine->current;
    engine->current = next;
    engine->fade = engine->fading ? 0 : 1; /* the first scene begins as it is */
    if (engine->fading && amid) engine->fade = -RUN_UP_S / FADE_S;
}

/* A raised cosine: the sum of both sides is 1, and neither begins or ends with a corner. */
static float curve(double x)
{
    return (float)(0.5 - 0.5 * cos(3.14159265358979324 * fmin(fmax(x, 0), 1)));
}

static void fade_over(pinna_live_engine* engine, size_t frame_count)
{
    pinna_live_player_render(engine->fading, engine->head, engine->old_left, engine->old_right, frame_count);
    for (size_t i = 0; i < frame_count; i++) {
        float in = curve(engine->fade);
        engine->left[i] = in * engine->left[i] + (1 - in) * engine->old_left[i];
        engine->right[i] = in * engine->right[i] + (1 - in) * engine->old_right[i];
        engine->fade += engine->fade_step;
    }
}

static double approach(double from, double to, double step)
{
    return from < to ? fmin(to, from + step) : fmax(to, from - step);
}

static void apply_steady_gain(const pinna_live_engine* engine, float* stereo, size_t frame_count)
{
    float gain = (float)engine->gain * curve(engine->run);
    for (size_t i = 0; i < frame_count; i++) {
        stereo[2 * i] = gain * engine->left[i];
        stereo[2 * i + 1] = gain * engine->right[i];
    }
}

static void apply_gain(pinna_live_engine* engine, float* stereo, size_t frame_count)
{
    double volume = (double)atomic_load_explicit(&engine->volume, memory_order_relaxed);
    double run = atomic_load_explicit(&engine->paused, memory_order_relaxed) ? 0 : 1;
    if (engine->gain == volume && engine->run == run) {
        apply_steady_gain(engine, stereo, frame_count);
        return;
    }
    for (size_t i = 0; i < frame_count; i++) {
        engine->gain = approach(engine->gain, volume, engine->fade_step);
        engine->run = approach(engine->run, run, engine->fade_step);
        float gain = (float)engine->gain * (engine->run >= 1 ? 1 : curve(engine->run));
        stereo[2 * i] = gain * engine->left[i];
        stereo[2 * i + 1] = gain * engine->right[i];
    }
}

/* Highest of each ear, several frames at once. */
static void find_peaks(const float* stereo, size_t frame_count, float out_db[2])
{
    enum { LANES = 16 };
    float peak[LANES] = {0};
    size_t count = 2 * frame_count, i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t n = 0; n < LANES; n++)
            peak[n] = peak[n] < fabsf(stereo[i + n]) ? fabsf(stereo[i + n]) : peak[n];
    for (; i < count; i++)
        peak[i % 2] = fmaxf(peak[i % 2], fabsf(stereo[i]));
    for (size_t n = 2; n < LANES; n++)
        peak[n % 2] = fmaxf(peak[n % 2], peak[n]);
    for (int ear = 0; ear < 2; ear++)
        out_db[ear] = peak[ear] > 1e-6f ? 20 * log10f(peak[ear]) : SILENCE_DB;
}

static void publish(pinna_live_engine* engine, const float* stereo, size_t frame_count, bool ended)
{
    pinna_live_engine_view* view = &engine->views[engine->writing];
    view->head = pinna_live_head_look(engine->head);
    find_peaks(stereo, frame_count, view->peak_db);
    view->player = engine->current;
    view->ended = ended;
    view->frames = engine->frames;
    engine->writing =
        atomic_exchange_explicit(&engine->middle, engine->writing | SLOT_NEW, memory_order_acq_rel) & SLOT_MASK;
}

void pinna_live_engine_render(pinna_live_engine* engine, double now_s, double heard_s, float* stereo,
                              size_t frame_count)
{
    bool halted = engine->run <= 0 && atomic_load_explicit(&engine->paused, memory_order_relaxed);
    change_player(engine, halted);
    pinna_live_head_begin(engine->head, now_s, heard_s);
    size_t played = frame_count;
    memset(engine->left, 0, frame_count * sizeof(float));
    memset(engine->right, 0, frame_count * sizeof(float));
    if (engine->current && !halted)
        played = pinna_live_player_render(engine->current, engine->head, engine->left, engine->right, frame_count);
    if (engine->fading && engine->fade < 1) fade_over(engine, frame_count);
    apply_gain(engine, stereo, frame_count);
    engine->frames += frame_count;
    engine->ended = played < frame_count;
    publish(engine, stereo, frame_count, engine->ended);
}

double pinna_live_engine_queued(pinna_live_engine* engine, double now_s)
{
    return pinna_live_head_end(engine->head, now_s);
}

bool pinna_live_engine_play(pinna_live_engine* engine, pinna_live_player* player)
{
    pinna_live_player* none = NULL;
    if (!atomic_compare_exchange_strong(&engine->next, &none, player)) return false;
    engine->latest = player;
    return true;
}

pinna_live_player* pinna_live_engine_player(const pinna_live_engine* engine)
{
    return engine->latest;
}

void pinna_live_engine_collect(pinna_live_engine* engine)
{
    pinna_live_player_destroy(atomic_exchange(&engine->retired, NULL));
}

void pinna_live_engine_set_volume(pinna_live_engine* engine, float volume)
{
    atomic_store_explicit(&engine->volume, volume, memory_order_relaxed);
}

void pinna_live_engine_set_paused(pinna_live_engine* engine, bool paused)
{
    atomic_store_explicit(&engine->paused, paused, memory_order_relaxed);
}

pinna_live_head* pinna_live_engine_head(pinna_live_engine* engine)
{
    return engine->head;
}

pinna_live_engine_view pinna_live_engine_look(pinna_live_engine* engine)
{
    if (atomic_load_explicit(&engine->middle, memory_order_relaxed) & SLOT_NEW)
        engine->reading = atomic_exchange_explicit(&engine->middle, engine->reading, memory_order_acq_rel) & SLOT_MASK;
    return engine->views[engine->reading];
}
