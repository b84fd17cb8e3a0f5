/* SPDX-License-Identifier: MIT */
/* Sequences of API calls: the bytes choose the calls and their numbers. What comes out is finite and in full scale. */
#include "fuzz.h"

#include "realtime/head.h"

#include <pinna/convolver.h>
#include <pinna/mix.h>
#include <pinna/preset.h>
#include <pinna/renderer.h>

enum { FRAMES = 96, IDS = 8, HEADS = 2, MAX_CALLS = 400, MAX_SLOW_CALLS = 12, ROOM_TAPS = 700 };

typedef struct stage {
    fuzz_input in;
    pinna_renderer* renderer;
    pinna_hrtf* heads[HEADS];
    pinna_source ids[IDS];
    int slow_calls; /* those that take milliseconds */
} stage;

/* Calls enough for each kind; libFuzzer finds the rest. */
size_t fuzz_seed(unsigned index, uint8_t* out, size_t capacity)
{
    enum { BYTES = 1500 };
    if (index >= 6 || capacity < BYTES) return 0;
    uint32_t state = index + 1;
    for (int i = 0; i < BYTES; i++) {
        state = state * 1664525u + 1013904223u;
        out[i] = (uint8_t)(state >> 24);
    }
    out[0] = (uint8_t)index;
    return BYTES;
}

static pinna_vec3 vector(stage* s)
{
    float x = fuzz_float(&s->in), y = fuzz_float(&s->in);
    return (pinna_vec3){x, y, fuzz_float(&s->in)};
}

static pinna_source* pick(stage* s)
{
    return &s->ids[fuzz_byte(&s->in) % IDS];
}

static void call_set_params(stage* s)
{
    pinna_source_params p = pinna_source_params_default();
    uint8_t flags = fuzz_byte(&s->in), more = fuzz_byte(&s->in);
    p.position = vector(s);
    p.near_field = flags & 1;
    p.propagation = flags & 2;
    p.snap = flags & 4;
    p.bypass = flags & 8;
    p.head_relative = flags & 16;
    if (flags & 32) p.gain = fuzz_float(&s->in);
    if (flags & 64) p.extent_m = fuzz_float(&s->in);
    if (flags & 128) p.forward = vector(s);
    if (more & 1) p.occlusion = fuzz_float(&s->in);
    if (more & 2) p.air_absorption = fuzz_float(&s->in);
    if (more & 4) p.cone_inner_deg = fuzz_float(&s->in), p.cone_outer_deg = fuzz_float(&s->in);
    if (more & 8) p.distance_model = (pinna_distance_model)(fuzz_byte(&s->in) % 8);
    if (more & 16) p.max_distance_m = fuzz_float(&s->in), p.reference_distance_m = fuzz_float(&s->in);
    if (more & 32) p.rolloff = fuzz_float(&s->in);
    p.priority = more;
    (void)!pinna_source_set_params(s->renderer, *pick(s), &p);
}

static void call_set_listener(stage* s)
{
    pinna_listener_params p = pinna_listener_params_default();
    p.position = vector(s);
    p.orientation = (pinna_quat){fuzz_float(&s->in), fuzz_float(&s->in), fuzz_float(&s->in), fuzz_float(&s->in)};
    if (fuzz_byte(&s->in) & 1) p.head_position = vector(s);
    (void)!pinna_renderer_set_listener(s->renderer, &p);
}

static void call_set_mix(stage* s)
{
    pinna_mix_params p = pinna_mix_params_default();
    pinna_category_params* c = &p.categories[fuzz_byte(&s->in) % PINNA_CATEGORY_COUNT];
    uint8_t flags = fuzz_byte(&s->in);
    if (flags & 1) p.gain_db = fuzz_float(&s->in);
    if (flags & 2) c->gain_db = fuzz_float(&s->in), c->presence_db = fuzz_float(&s->in);
    if (flags & 4) c->compression = fuzz_float(&s->in), c->room_db = fuzz_float(&s->in);
    if (flags & 8) c->duck_db = fuzz_float(&s->in), p.categories[0].ducks = true;
    if (flags & 16) c->extent_m = fuzz_float(&s->in), c->near_field = true;
    if (flags & 32) p.recentre_s = fuzz_float(&s->in), p.anchor = (pinna_anchor)(flags & 3);
    if (flags & 64) p.duck_attack_s = fuzz_float(&s->in), p.duck_release_s = fuzz_float(&s->in);
    c->priority = flags;
    (void)!pinna_renderer_set_mix(s->renderer, &p);
}

static void call_set_room(stage* s)
{
    pinna_room_params p = pinna_room_params_default();
    uint8_t flags = fuzz_byte(&s->in);
    const char* name = pinna_room_name(flags >> 5);
    if (flags & 1 && name) (void)!pinna_room_find(name, &p);
    p.on = flags & 2;
    if (flags & 4) p.size_m[fuzz_byte(&s->in) % 3] = fuzz_float(&s->in), p.listener_m = vector(s);
    if (flags & 8) p.rt60_s[fuzz_byte(&s->in) % PINNA_ROOM_OCTAVES] = fuzz_float(&s->in);
    if (flags & 16)
        p.level_db = fuzz_float(&s->in), p.reflections_db = fuzz_float(&s->in), p.pre_delay_s = fuzz_float(&s->in);
    p.reflection_order = fuzz_byte(&s->in) % 4;
    (void)!pinna_renderer_set_room(s->renderer, &p);
}

static void call_set_response(stage* s)
{
    float taps[ROOM_TAPS] = {0};
    pinna_response* response = NULL;
    pinna_convolver_config config = pinna_convolver_config_default();
    config.max_tap_count = ROOM_TAPS;
    for (int i = fuzz_byte(&s->in) % 4; i-- > 0;)
        taps[(size_t)(fuzz_byte(&s->in) * 3) % ROOM_TAPS] = fuzz_float(&s->in);
    if (fuzz_byte(&s->in) & 3)
        (void)!pinna_response_create(&config, (const float* const[]){taps, taps}, ROOM_TAPS, &response);
    (void)!pinna_renderer_set_room_response(s->renderer, response);
    pinna_response_release(response);
}

static void call_set_equalizer(stage* s)
{
    static pinna_equalizer equalizer; /* large for a stack */
    equalizer = (pinna_equalizer){0};
    pinna_equalizer_ear* ear = &equalizer.ears[fuzz_byte(&s->in) & 1];
    ear->preamp_db = fuzz_float(&s->in);
    ear->filter_count = fuzz_byte(&s->in) % 4;
    for (uint32_t i = 0; i < ear->filter_count; i++)
        ear->filters[i] = (pinna_filter){(pinna_filter_kind)(fuzz_byte(&s->in) % (PINNA_FILTER_KIND_COUNT + 1)),
                                         (pinna_filter_width)(fuzz_byte(&s->in) % (PINNA_WIDTH_COUNT + 1)),
                                         fuzz_float(&s->in) * 1000, fuzz_float(&s->in), fuzz_float(&s->in)};
    (void)!pinna_renderer_set_equalizer(s->renderer, &equalizer);
}

static void call_set_preset(stage* s)
{
    pinna_preset preset;
    const char* name = pinna_preset_name(fuzz_byte(&s->in) % 3);
    pinna_hrtf* head = s->heads[fuzz_byte(&s->in) % HEADS];
    if (!pinna_preset_find(name, &preset)) (void)!pinna_renderer_set_preset(s->renderer, &preset, head);
}

static void call_process(stage* s)
{
    float samples[FRAMES], left[FRAMES], right[FRAMES];
    pinna_input inputs[IDS];
    uint8_t kind = fuzz_byte(&s->in);
    size_t frames = 1 + fuzz_byte(&s->in) % FRAMES, count = kind % (IDS + 1);
    for (int i = 0; i < FRAMES; i++) samples[i] = kind & 16 ? fuzz_float(&s->in) : (float)(i % 5) - 2.0f;
    for (size_t i = 0; i < count; i++) inputs[i] = (pinna_input){*pick(s), kind & 32 && i == 0 ? NULL : samples};
    pinna_direct direct = {samples, kind & 64 ? NULL : samples};
    pinna_renderer_process_with(s->renderer, inputs, count, kind & 128 ? &direct : NULL, left, right, frames);
    for (size_t i = 0; i < frames; i++) FUZZ_EXPECT(fabsf(left[i]) <= 1.0f && fabsf(right[i]) <= 1.0f);
}

static void call_any(stage* s)
{
    uint8_t kind = fuzz_byte(&s->in) % 16;
    bool is_slow = kind == 6 || kind == 7 || kind == 9;
    if (is_slow && ++s->slow_calls > MAX_SLOW_CALLS) return;
    switch (kind) {
    case 0: (void)!pinna_source_create(s->renderer, pick(s)); break;
    case 1: (void)!pinna_source_destroy(s->renderer, *pick(s)); break;
    case 2: pick(s)->generation += fuzz_byte(&s->in); break;
    case 3: call_set_listener(s); break;
    case 4:
        (void)!pinna_renderer_set_hrtf(s->renderer, s->heads[fuzz_byte(&s->in) % HEADS]);
        pinna_renderer_collect(s->renderer);
        break;
    case 5: call_set_mix(s); break;
    case 6: call_set_room(s); break;
    case 7: call_set_response(s); break;
    case 8: call_set_equalizer(s); break;
    case 9: call_set_preset(s); break;
    case 10:
    case 11: call_process(s); break;
    default: call_set_params(s);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t byte_count)
{
    static pinna_hrtf* heads[HEADS]; /* kept: preparing is not what is tested */
    pinna_status status = PINNA_OK;
    for (uint32_t i = 0; i < HEADS && !heads[i]; i++) heads[i] = make_head(i + 1, 14, 32, NULL, &status);
    FUZZ_EXPECT(status == PINNA_OK);
    stage s = {.in = {bytes, byte_count}};
    memcpy(s.heads, heads, sizeof heads);
    uint8_t kind = fuzz_byte(&s.in);
    pinna_renderer_config config = pinna_renderer_config_default();
    config.hrtf = heads[0];
    config.method = (pinna_method)(kind % PINNA_METHOD_COUNT);
    config.max_source_count = 6;
    config.max_block_frames = FRAMES;
    config.max_exact_count = 3;
    config.room = kind & 4;
    config.max_room_tap_count = kind & 64 ? ROOM_TAPS : 0;
    config.ramp_frames = kind & 8 ? 16 : 64;
    config.axes = (pinna_axes)(kind / 16 % PINNA_AXES_COUNT);
    config.max_propagation_m = kind & 128 ? 10.0f : 0.0f;
    FUZZ_EXPECT(pinna_renderer_create(&config, &s.renderer) == PINNA_OK);
    for (int i = 0; i < IDS - 2; i++) FUZZ_EXPECT(pinna_source_create(s.renderer, &s.ids[i]) == PINNA_OK);
    for (int call = 0; call < MAX_CALLS && s.in.left > 0; call++) call_any(&s);
    call_process(&s);
    pinna_renderer_destroy(s.renderer);
    return 0;
}
