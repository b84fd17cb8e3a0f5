/* SPDX-License-Identifier: MIT */
/*
 * Control threads create, move, swap and destroy at full speed while the audio thread renders and looks at what it was
 * given: every snapshot is one number written many ways, so a torn one betrays itself. A plain program, to be run under
 * the thread sanitizer, too.
 *
 *     test_threads [SECONDS]    default 3
 */
#include "head.h"

#include "render/renderer.h"

#include <pinna/preset.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SOURCES = 48, MOVERS = 2, MOVED_EACH = 8, CHANGING = SOURCES - MOVERS * MOVED_EACH, HEADS = 3, FRAMES = 256,
       CHURCH_TAPS = 2000 };

/* --- snapshots that betray tearing --- */

/* Three of four only move what the one before is. */
static pinna_source_params params_of(uint32_t move)
{
    pinna_source_params p = pinna_source_params_default();
    uint32_t number = move & ~3u;
    float x = (float)(number + 2), to = (float)(move + 2); /* at 1 stands a source nobody has moved yet */
    p.position = (pinna_vec3){to, -to, 2.0f * to};
    p.forward = (pinna_vec3){-x, x, x + 1.0f};
    p.head_relative = number & 4;
    p.bypass = (number & 0x18) == 0x18;
    p.near_field = number & 0x20;
    p.snap = (number & 0xc0) == 0xc0;
    p.propagation = (number & 0x300) == 0x300;
    p.priority = (uint8_t)(number * 7);
    p.gain = (float)(move % 1600) * 0.01f;
    p.distance_model = (pinna_distance_model)(number / 4 % PINNA_DISTANCE_COUNT);
    p.reference_distance_m = x;
    p.max_distance_m = 2.0f * x;
    p.rolloff = (float)(number % 100) * 0.1f;
    p.air_absorption = (float)(number % 101) * 0.09f;
    p.cone_inner_deg = (float)(number % 300);
    p.cone_outer_deg = p.cone_inner_deg + 10.0f;
    p.cone_outer_gain = (float)(number % 97) * 0.01f;
    p.extent_m = (float)(number % 1000);
    p.occlusion = (float)(number % 89) * 0.01f;
    for (uint32_t b = 0; b < PINNA_BAND_COUNT; b++) p.transmission[b] = (float)((number + b) % 83) * 0.01f;
    return p;
}

static bool same_place(pinna_vec3 a, pinna_vec3 b)
{
    return a.x == b.x && a.y == b.y && a.z == b.z;
}

static bool same_flags(const pinna_source_params* a, const pinna_source_params* b)
{
    return a->head_relative == b->head_relative && a->snap == b->snap && a->bypass == b->bypass &&
           a->near_field == b->near_field && a->propagation == b->propagation && a->priority == b->priority &&
           a->distance_model == b->distance_model;
}

static bool same_levels(const pinna_source_params* a, const pinna_source_params* b)
{
    return a->gain == b->gain && a->reference_distance_m == b->reference_distance_m &&
           a->max_distance_m == b->max_distance_m && a->rolloff == b->rolloff &&
           a->air_absorption == b->air_absorption && a->occlusion == b->occlusion &&
           memcmp(a->transmission, b->transmission, sizeof a->transmission) == 0;
}

static bool same_shape(const pinna_source_params* a, const pinna_source_params* b)
{
    return a->cone_inner_deg == b->cone_inner_deg && a->cone_outer_deg == b->cone_outer_deg &&
           a->cone_outer_gain == b->cone_outer_gain && a->extent_m == b->extent_m;
}

/* 0 for a source nobody has moved, else the snapshot's number + 1. */
static uint32_t serial_of(const pinna_source_params* params)
{
    return (uint32_t)params->position.x - 1;
}

static bool is_whole(const pinna_source_params* params)
{
    uint32_t serial = serial_of(params);
    pinna_source_params expected = serial ? params_of(serial - 1) : pinna_source_params_default();
    return same_flags(params, &expected) && same_levels(params, &expected) && same_shape(params, &expected) &&
           same_place(params->position, expected.position) &&
           same_place(params->forward, pinna_vec3_normalize(expected.forward));
}

static bool is_place(pinna_vec3 p)
{
    return p.y == -p.x && p.z == 2.0f * p.x;
}

static pinna_listener_params listener_of(uint32_t number)
{
    pinna_listener_params p = pinna_listener_params_default();
    p.position = (pinna_vec3){(float)number, (float)number + 1.0f, (float)number + 2.0f};
    p.orientation = pinna_quat_from_yaw_pitch_roll((float)(number % 3599) * 0.1f, 0.0f, 0.0f);
    return p;
}

static bool listener_is_whole(const pinna_listener_state* state)
{
    if (state->position.x == 0.0f && state->position.y == 0.0f) return true; /* not set yet */
    pinna_listener_params expected = listener_of((uint32_t)state->position.x);
    pinna_quat a = expected.orientation, b = state->orientation;
    float cosine = fabsf(a.w * b.w + a.x * b.x + a.y * b.y + a.z * b.z);
    return same_place(state->position, expected.position) && cosine > 0.999999f;
}

/* --- the stage --- */

typedef struct stage {
    pinna_renderer* renderer;
    pinna_hrtf* heads[HEADS];
    pinna_response* church;
    _Atomic uint64_t ids[SOURCES]; /* what the audio thread plays */
    atomic_bool stop;
    atomic_uint next_mover;
    atomic_uint births, deaths, swaps, moves, refused, block_count, seen_count;
    uint32_t torn_count, backward_count, wrong_count; /* the audio thread's */
} stage;

static uint64_t pack(pinna_source source)
{
    return (uint64_t)source.generation << 32 | source.index1;
}

static pinna_source unpack(uint64_t id)
{
    return (pinna_source){(uint32_t)id, (uint32_t)(id >> 32)};
}

/* One mover's sources are its own; no other thread sets them. */
static void* run_mover(void* user)
{
    stage* s = user;
    uint32_t first = CHANGING + atomic_fetch_add(&s->next_mover, 1) * MOVED_EACH;
    for (uint32_t number = 0; !atomic_load(&s->stop); number = (number + 1) % 1000000) {
        pinna_source_params params = params_of(number);
        for (uint32_t i = 0; i < MOVED_EACH; i++) {
            pinna_source source = unpack(atomic_load(&s->ids[first + i]));
            if (pinna_source_set_params(s->renderer, source, &params) == PINNA_OK) atomic_fetch_add(&s->moves, 1);
        }
    }
    return NULL;
}

static void replace_source(stage* s, uint32_t i, uint32_t number)
{
    uint64_t old = atomic_load(&s->ids[i]);
    if (number % 2) atomic_store(&s->ids[i], 0); /* else the audio thread goes on with a stale id */
    if (old && pinna_source_destroy(s->renderer, unpack(old)) == PINNA_OK) atomic_fetch_add(&s->deaths, 1);
    pinna_source source;
    if (pinna_source_create(s->renderer, &source) != PINNA_OK) { /* the dying still hold their places */
        atomic_store(&s->ids[i], 0);
        return;
    }
    pinna_source_params params = params_of(number);
    if (number % 3) pinna_source_set_params(s->renderer, source, &params);
    atomic_store(&s->ids[i], pack(source));
    atomic_fetch_add(&s->births, 1);
}

/* All that is set for the whole scene. */
static bool set_scene(stage* s, uint32_t number)
{
    static const char* const rooms[] = {"living room", "hall", "studio", "cinema"};
    pinna_preset preset;
    pinna_equalizer equalizer = {.ears = {{.preamp_db = -1.0f, .filter_count = 1}, {.filter_count = 1}}};
    bool good = pinna_preset_find(pinna_preset_name(number % 3), &preset) == PINNA_OK;
    pinna_hrtf* head = s->heads[number % HEADS];
    for (int ear = 0; ear < 2; ear++)
        equalizer.ears[ear].filters[0] =
            (pinna_filter){PINNA_FILTER_PEAK, PINNA_WIDTH_Q, 1000.0f + (float)(number % 100), 3.0f, 1.0f};
    preset.mix.categories[PINNA_CATEGORY_CUE].gain_db = -(float)(number % 7);
    good = good && pinna_renderer_set_preset(s->renderer, &preset, number % 2 ? head : NULL) == PINNA_OK;
    good = good && pinna_renderer_set_mix(s->renderer, &preset.mix) == PINNA_OK;
    good = good && pinna_room_find(rooms[number % 4], &preset.room) == PINNA_OK;
    good = good && pinna_renderer_set_room(s->renderer, &preset.room) == PINNA_OK;
    good = good && pinna_renderer_set_room_response(s->renderer, number % 5 < 2 ? s->church : NULL) == PINNA_OK;
    return good && pinna_renderer_set_equalizer(s->renderer, number % 4 ? &equalizer : NULL) == PINNA_OK;
}

static void* run_director(void* user)
{
    stage* s = user;
    uint32_t state = 3;
    for (uint32_t number = 0; !atomic_load(&s->stop); number = (number + 1) % 1000000) {
        uint32_t i = next_below(&state, CHANGING);
        uint64_t id = atomic_load(&s->ids[i]);
        pinna_source_params params = params_of(number);
        if (next_chance(&state, 0.2f)) replace_source(s, i, number);
        else if (id) pinna_source_set_params(s->renderer, unpack(id), &params);
        pinna_listener_params listener = listener_of(number + 1);
        s->refused += pinna_renderer_set_listener(s->renderer, &listener) != PINNA_OK;
        if (number % 64) continue;
        s->refused += pinna_renderer_set_hrtf(s->renderer, s->heads[next_below(&state, HEADS)]) != PINNA_OK;
        if (number % 256 == 0) s->refused += !set_scene(s, number / 256);
        pinna_renderer_collect(s->renderer);
    }
    return NULL;
}

/* --- the audio thread --- */

typedef struct memory_of_slot {
    uint32_t generation, serial;
} memory_of_slot;

static void look(stage* s, memory_of_slot slots[SOURCES])
{
    pinna_renderer* r = s->renderer;
    for (uint32_t i = 0; i < r->active_count; i++) {
        uint32_t slot = r->active[i];
        const pinna_voiced_source* source = &r->sources[slot];
        /* ours until we take another */
        const pinna_source_snapshot* snapshot =
            &r->scene.stores[slot].snapshots[r->scene.slots[slot].mailbox.reading];
        uint32_t serial = serial_of(&source->params);
        s->torn_count += !is_whole(&source->params) || (snapshot->jump_serial && !is_place(snapshot->jump_position));
        /* Numbers wrap; what is a step back by less than half of them is one. */
        if (slots[slot].generation == source->generation && serial < slots[slot].serial)
            s->backward_count += slots[slot].serial - serial < 500000;
        s->seen_count += serial != slots[slot].serial;
        slots[slot] = (memory_of_slot){source->generation, serial};
    }
    s->torn_count += !listener_is_whole(&r->listener);
}

static void* run_audio(void* user)
{
    static const size_t sizes[] = {FRAMES, 1, 17, 128, 200, 64};
    stage* s = user;
    memory_of_slot slots[SOURCES] = {{0, 0}};
    float tape[FRAMES], left[FRAMES], right[FRAMES];
    const pinna_hrtf* last = s->renderer->banks[0].hrtf;
    for (int n = 0; n < FRAMES; n++) tape[n] = 0.1f * sinf(0.13f * (float)n);
    while (!atomic_load(&s->stop)) {
        pinna_input inputs[SOURCES];
        size_t frames = sizes[s->block_count++ % (sizeof sizes / sizeof sizes[0])];
        for (uint32_t i = 0; i < SOURCES; i++) inputs[i] = (pinna_input){unpack(atomic_load(&s->ids[i])), tape};
        /* Now and then all fall silent, so that slots are let go and woken again. */
        pinna_renderer_process(s->renderer, inputs, s->block_count % 97 < 80 ? SOURCES : 0, left, right, frames);
        for (size_t n = 0; n < frames; n++) s->wrong_count += !(fabsf(left[n]) <= 1.0f && fabsf(right[n]) <= 1.0f);
        look(s, slots);
        if (s->renderer->banks[s->renderer->bank].hrtf == last) continue;
        last = s->renderer->banks[s->renderer->bank].hrtf;
        atomic_fetch_add(&s->swaps, 1);
    }
    return NULL;
}

static bool make_church(pinna_response** out)
{
    static float taps[2][CHURCH_TAPS];
    pinna_convolver_config config = pinna_convolver_config_default();
    config.max_tap_count = CHURCH_TAPS;
    for (uint32_t n = 0; n < CHURCH_TAPS; n++)
        for (int ear = 0; ear < 2; ear++)
            taps[ear][n] = 0.02f * sinf((float)(n * n + (uint32_t)ear)) * expf(-(float)n / 500.0f);
    const float* const paths[] = {taps[0], taps[1]};
    return pinna_response_create(&config, paths, CHURCH_TAPS, out) == PINNA_OK;
}

static bool stage_open(stage* s)
{
    pinna_status status = PINNA_OK;
    for (uint32_t i = 0; i < HEADS && !status; i++) s->heads[i] = make_head(i + 1, 100, 64, NULL, &status);
    if (status) return false;
    pinna_renderer_config config = pinna_renderer_config_default();
    config.max_source_count = SOURCES;
    config.max_block_frames = FRAMES;
    config.max_propagation_m = 10.0f;
    config.max_room_tap_count = CHURCH_TAPS;
    config.hrtf = s->heads[0];
    if (!make_church(&s->church) || pinna_renderer_create(&config, &s->renderer) != PINNA_OK) return false;
    for (uint32_t i = CHANGING; i < SOURCES; i++) {
        pinna_source source;
        if (pinna_source_create(s->renderer, &source) != PINNA_OK) return false;
        atomic_store(&s->ids[i], pack(source));
    }
    return true;
}

static bool references_are_back(stage* s)
{
    bool back = true;
    for (int i = 0; i < HEADS; i++) {
        back = back && atomic_load(&s->heads[i]->reference_count) == 1;
        pinna_hrtf_release(s->heads[i]);
    }
    return back;
}

enum { PATIENCE_S = 60 /* on a machine that has much else to do */ };

static bool is_enough(stage* s)
{
    return s->block_count > 40 && s->births > 20 && s->deaths > 20 && s->swaps > 1 && s->seen_count > 400;
}

static bool test_control_against_audio(double seconds)
{
    static stage s;
    pthread_t threads[MOVERS + 2];
    int count = 0, failed = 0;
    if (!stage_open(&s)) return false;
    failed |= pthread_create(&threads[count++], NULL, run_audio, &s);
    failed |= pthread_create(&threads[count++], NULL, run_director, &s);
    for (int i = 0; i < MOVERS; i++) failed |= pthread_create(&threads[count++], NULL, run_mover, &s);
    if (failed) return false;
    const struct timespec tick = {0, 50000000};
    for (double waited = 0.0; waited < seconds || (waited < PATIENCE_S && !is_enough(&s)); waited += 0.05)
        nanosleep(&tick, NULL);
    atomic_store(&s.stop, true);
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
    pinna_renderer_destroy(s.renderer);
    pinna_response_release(s.church);
    bool back = references_are_back(&s);
    printf(
        "%u blocks, %u births, %u deaths, %u swaps, %u moves published, %u snapshots looked at: %u torn, %u older than "
        "the one before, %u wrong samples, %u calls refused; references %s\n",
        s.block_count, s.births, s.deaths, s.swaps, s.moves, s.seen_count, s.torn_count, s.backward_count,
        s.wrong_count, s.refused, back ? "all back" : "LOST");
    return back && is_enough(&s) && s.torn_count == 0 && s.backward_count == 0 && s.wrong_count == 0 && s.refused == 0;
}

/* --- several renderers on one set --- */

enum { PARALLEL = 4, PARALLEL_BLOCKS = 300, PARALLEL_SOURCES = 30 };

typedef struct parallel {
    pinna_hrtf* hrtf;
    uint64_t digest; /* of every bit rendered; 0: failed */
} parallel;

static uint64_t digest_of(uint64_t digest, const float* x, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        uint32_t bits;
        memcpy(&bits, &x[n], sizeof bits);
        digest = (digest ^ bits) * UINT64_C(1099511628211); /* FNV-1a's prime */
    }
    return digest;
}

static uint64_t render_all(pinna_renderer* renderer, const pinna_source sources[PARALLEL_SOURCES])
{
    float tape[FRAMES], left[FRAMES], right[FRAMES];
    uint32_t state = 11;
    uint64_t digest = 1;
    for (int block = 0; block < PARALLEL_BLOCKS; block++) {
        pinna_input inputs[PARALLEL_SOURCES];
        for (int n = 0; n < FRAMES; n++) tape[n] = next_between(&state, -0.1f, 0.1f);
        for (int i = 0; i < PARALLEL_SOURCES; i++) {
            pinna_source_params params = next_params(&state);
            if (pinna_source_set_params(renderer, sources[i], &params) != PINNA_OK) return 0;
            inputs[i] = (pinna_input){sources[i], tape};
        }
        size_t sounding = block % 60 < 30 ? PARALLEL_SOURCES : 8; /* both paths, and changes between them */
        pinna_renderer_process(renderer, inputs, sounding, left, right, FRAMES);
        digest = digest_of(digest_of(digest, left, FRAMES), right, FRAMES);
    }
    return digest;
}

static void* run_parallel(void* user)
{
    parallel* p = user;
    pinna_renderer* renderer;
    pinna_source sources[PARALLEL_SOURCES];
    pinna_renderer_config config = pinna_renderer_config_default();
    config.hrtf = p->hrtf;
    p->digest = 0;
    if (pinna_renderer_create(&config, &renderer) != PINNA_OK) return NULL;
    bool created = true;
    for (int i = 0; i < PARALLEL_SOURCES; i++)
        created = created && pinna_source_create(renderer, &sources[i]) == PINNA_OK;
    if (created) p->digest = render_all(renderer, sources);
    pinna_renderer_destroy(renderer);
    return NULL;
}

static bool test_renderers_share_a_set(void)
{
    pinna_status status;
    pinna_hrtf* hrtf = make_head(1, 100, 64, NULL, &status);
    if (!hrtf) return false;
    parallel alone = {hrtf, 0}, together[PARALLEL];
    pthread_t threads[PARALLEL];
    bool same = true;
    run_parallel(&alone);
    for (int i = 0; i < PARALLEL; i++) {
        together[i] = (parallel){hrtf, 0};
        if (pthread_create(&threads[i], NULL, run_parallel, &together[i])) return false;
    }
    for (int i = 0; i < PARALLEL; i++) {
        pthread_join(threads[i], NULL);
        same = same && together[i].digest == alone.digest && alone.digest != 0;
    }
    pinna_hrtf_release(hrtf);
    printf("%d renderers at once on one set: %s\n", PARALLEL,
           same ? "each as if alone, to the bit" : "NOT as if alone");
    return same;
}

int main(int argc, char** argv)
{
    double seconds = argc > 1 ? atof(argv[1]) : 3.0;
    bool ok = test_control_against_audio(seconds);
    ok = test_renderers_share_a_set() && ok;
    return ok ? 0 : 1;
}
