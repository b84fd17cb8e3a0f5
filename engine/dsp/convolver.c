/* SPDX-License-Identifier: MIT */
#include <pinna/convolver.h>

#include "base/denormals.h"
#include "dsp/kernels.h"
#include "dsp/level.h"

#include <string.h>

/* Everything turns on a grid of this many frames: the shortest partition, and the head's fade. */
enum { GRID = PINNA_TRANSFORM_MIN };

/* Responses known at once: the newest, two in the head, two in each level, one not taken up, one being handed in. */
enum { SLOT_COUNT = 16, NO_SLOT = SLOT_COUNT };
_Static_assert(SLOT_COUNT >= 1 + 2 + 2 * PINNA_MAX_LEVELS + 2, "a new response always finds a slot");

enum slot_state { SLOT_FREE, SLOT_HELD, SLOT_RETIRED };

typedef struct slot {
    pinna_response* response; /* Control writes it while free. */
    uint32_t use_count;       /* Audio only. */
    atomic_int state;         /* Control: FREE to HELD and RETIRED to FREE. Audio: HELD to RETIRED. */
} slot;

/* Which response a part of the convolver plays, and which it fades to. */
typedef struct fader {
    uint32_t current, next;
    bool fading;
} fader;

struct pinna_convolver {
    pinna_allocator allocator;
    void* memory; /* NULL: the caller's. */
    const pinna_kernels* kernels;
    pinna_level_host host;
    uint32_t max_tap_count;
    uint64_t position; /* Frames processed. */
    slot slots[SLOT_COUNT];
    atomic_uint wanted; /* Slot handed in and not yet taken up. */
    uint32_t newest;    /* Slot last taken up. */
    fader head;
    float* head_from; /* [output][GRID], while the head fades. */
    float* head_to;
    uint32_t level_count;
    pinna_level levels[PINNA_MAX_LEVELS];
    fader level_faders[PINNA_MAX_LEVELS];
};

/* --- memory ------------------------------------------------------------------------------------------------------- */

static void lay_out(pinna_convolver* c, pinna_arena* arena, const pinna_convolver_config* config)
{
    const pinna_plan plan = pinna_plan_make(config);
    const uint32_t size_count = pinna_plan_size_count(&plan);
    c->max_tap_count = config->max_tap_count;
    c->host.input_count = config->input_count;
    c->host.output_count = config->output_count;
    c->host.ring_frames = size_count ? 4 * (size_t)pinna_transform_points(size_count - 1) : 4 * (size_t)GRID;
    c->host.ring_stride = c->host.ring_frames + PINNA_HEAD_TAPS;
    c->host.rings = pinna_arena_take(arena, config->input_count * c->host.ring_stride, sizeof(float));
    c->head_from = pinna_arena_take(arena, config->output_count, GRID * sizeof(float));
    c->head_to = pinna_arena_take(arena, config->output_count, GRID * sizeof(float));
    pinna_transform_tables_take(&c->host.tables, arena, size_count);
    if (arena->base) pinna_transform_tables_fill(&c->host.tables, size_count);
    c->level_count = plan.level_count;
    for (uint32_t l = 0; l < plan.level_count; l++)
        pinna_level_lay_out(&c->levels[l], arena, &c->host, &plan.levels[l], l);
}

size_t pinna_convolver_size(const pinna_convolver_config* config)
{
    if (!pinna_convolver_config_valid(config)) return 0;
    pinna_convolver measured = {0};
    pinna_arena arena = {0};
    pinna_arena_take(&arena, 1, sizeof measured);
    lay_out(&measured, &arena, config);
    return arena.used > SIZE_MAX - PINNA_ALIGNMENT ? 0 : arena.used + PINNA_ALIGNMENT;
}

static void clear_past(pinna_convolver* c)
{
    memset(c->host.rings, 0, c->host.input_count * c->host.ring_stride * sizeof(float));
    for (uint32_t l = 0; l < c->level_count; l++) pinna_level_clear(&c->levels[l]);
    c->position = 0;
}

pinna_convolver* pinna_convolver_place(void* memory, const pinna_convolver_config* config)
{
    if (!memory || !pinna_convolver_config_valid(config)) return NULL;
    const size_t past = (uintptr_t)memory % PINNA_ALIGNMENT;
    pinna_arena arena = {.base = (unsigned char*)memory + (PINNA_ALIGNMENT - past) % PINNA_ALIGNMENT};
    pinna_convolver* c = pinna_arena_take(&arena, 1, sizeof *c);
    memset(c, 0, sizeof *c);
    c->kernels = pinna_kernels_select(pinna_cpu_flags());
    c->host.spectral = pinna_spectral_select(pinna_cpu_flags());
    lay_out(c, &arena, config);
    atomic_init(&c->wanted, NO_SLOT);
    c->newest = NO_SLOT;
    c->head = (fader){NO_SLOT, NO_SLOT, false};
    for (uint32_t l = 0; l < PINNA_MAX_LEVELS; l++) c->level_faders[l] = c->head;
    for (uint32_t s = 0; s < SLOT_COUNT; s++) atomic_init(&c->slots[s].state, SLOT_FREE);
    clear_past(c);
    return c;
}

pinna_status pinna_convolver_create(const pinna_convolver_config* config, pinna_convolver** out)
{
    if (!out) return PINNA_ERROR_ARGUMENT;
    *out = NULL;
    if (!pinna_convolver_config_valid(config)) return PINNA_ERROR_ARGUMENT;
    const pinna_allocator allocator = pinna_allocator_or_default(config->allocator);
    const size_t bytes = pinna_convolver_size(config);
    void* memory = bytes ? allocator.allocate(allocator.user, bytes) : NULL;
    if (!memory) return PINNA_ERROR_MEMORY;
    *out = pinna_convolver_place(memory, config);
    (*out)->memory = memory;
    (*out)->allocator = allocator;
    return PINNA_OK;
}

void pinna_convolver_destroy(pinna_convolver* convolver)
{
    if (!convolver) return;
    for (uint32_t s = 0; s < SLOT_COUNT; s++)
        if (atomic_load(&convolver->slots[s].state) != SLOT_FREE) pinna_response_release(convolver->slots[s].response);
    pinna_allocator allocator = convolver->allocator;
    if (convolver->memory) allocator.release(allocator.user, convolver->memory);
}

void pinna_convolver_reset(pinna_convolver* convolver)
{
    clear_past(convolver);
}

/* --- responses, control side -------------------------------------------------------------------------------------- */

static void free_slot(slot* s)
{
    pinna_response_release(s->response);
    s->response = NULL;
    atomic_store_explicit(&s->state, SLOT_FREE, memory_order_relaxed);
}

void pinna_convolver_collect(pinna_convolver* convolver)
{
    for (uint32_t s = 0; s < SLOT_COUNT; s++)
        if (atomic_load_explicit(&convolver->slots[s].state, memory_order_acquire) == SLOT_RETIRED)
            free_slot(&convolver->slots[s]);
}

static bool fits(const pinna_convolver* c, const pinna_response* response)
{
    return !response || (response->input_count == c->host.input_count &&
                         response->output_count == c->host.output_count && response->max_tap_count == c->max_tap_count);
}

pinna_status pinna_convolver_set_response(pinna_convolver* convolver, pinna_response* response)
{
    if (!convolver || !fits(convolver, response)) return PINNA_ERROR_ARGUMENT;
    pinna_convolver_collect(convolver);
    uint32_t s = 0;
    while (atomic_load_explicit(&convolver->slots[s].state, memory_order_relaxed) != SLOT_FREE) s++;
    convolver->slots[s].response = pinna_response_retain(response);
    atomic_store_explicit(&convolver->slots[s].state, SLOT_HELD, memory_order_relaxed);
    uint32_t overtaken = atomic_exchange_explicit(&convolver->wanted, s, memory_order_acq_rel);
    if (overtaken != NO_SLOT) free_slot(&convolver->slots[overtaken]);
    return PINNA_OK;
}

/* --- responses, audio side ---------------------------------------------------------------------------------------- */

static void hold(pinna_convolver* c, uint32_t s)
{
    if (s != NO_SLOT) c->slots[s].use_count++;
}

static void drop(pinna_convolver* c, uint32_t s)
{
    if (s != NO_SLOT && --c->slots[s].use_count == 0)
        atomic_store_explicit(&c->slots[s].state, SLOT_RETIRED, memory_order_release);
}

static void take_up_wanted(pinna_convolver* c)
{
    uint32_t s = atomic_exchange_explicit(&c->wanted, NO_SLOT, memory_order_acq_rel);
    if (s == NO_SLOT) return;
    hold(c, s);
    drop(c, c->newest);
    c->newest = s;
}

/* Ends the fade of the period past and begins one to the newest response, if that is another. */
static void turn_fader(pinna_convolver* c, fader* f)
{
    const bool at_once = c->position == 0;
    if (f->fading) {
        drop(c, f->current);
        f->current = f->next;
    }
    f->fading = f->current != c->newest;
    f->next = c->newest;
    if (!f->fading) return;
    hold(c, f->next);
    if (!at_once) return;
    drop(c, f->current);
    f->current = f->next;
    f->fading = false;
}

static const pinna_response* response_of(const pinna_convolver* c, uint32_t s)
{
    return s == NO_SLOT ? NULL : c->slots[s].response;
}

/* --- processing --------------------------------------------------------------------------------------------------- */

/* The frames before the ring's start repeat its end, so that the head reads back across it. */
static void join_rings(pinna_convolver* c)
{
    for (uint32_t input = 0; input < c->host.input_count; input++) {
        float* ring = c->host.rings + input * c->host.ring_stride;
        memcpy(ring, ring + c->host.ring_frames, PINNA_HEAD_TAPS * sizeof(float));
    }
}

static void turn_level(pinna_convolver* c, uint32_t l)
{
    pinna_level* level = &c->levels[l];
    fader* f = &c->level_faders[l];
    if (c->position % level->points) return;
    turn_fader(c, f);
    pinna_level_turn(level, c->position);
    level->response = response_of(c, f->current);
    level->next = response_of(c, f->next);
    level->fading = f->fading;
}

static void turn(pinna_convolver* c)
{
    if (c->position % c->host.ring_frames == 0) join_rings(c);
    take_up_wanted(c);
    turn_fader(c, &c->head);
    for (uint32_t l = 0; l < c->level_count; l++) turn_level(c, l);
}

static float* ring_now(const pinna_convolver* c, uint32_t input)
{
    return c->host.rings + input * c->host.ring_stride + PINNA_HEAD_TAPS + c->position % c->host.ring_frames;
}

static void write_inputs(pinna_convolver* c, const float* const* inputs, size_t first, size_t frame_count)
{
    for (uint32_t input = 0; input < c->host.input_count; input++) {
        float* ring = ring_now(c, input);
        if (inputs[input]) c->kernels->ramp_copy(ring, inputs[input] + first, 1.0f, 0.0f, frame_count);
        else memset(ring, 0, frame_count * sizeof(float));
    }
}

static const float* head_taps(const pinna_convolver* c, const pinna_response* response, uint32_t input, uint32_t output)
{
    size_t path = (size_t)input * c->host.output_count + output;
    return response->headed[path] ? response->head + path * response->head_tap_count : NULL;
}

/* One output's head; `begun` if it already holds the first input's. */
static void run_head_output(pinna_convolver* c, const pinna_response* response, uint32_t output, float* out,
                            size_t frame_count, bool begun)
{
    for (uint32_t input = begun ? 1 : 0; input < c->host.input_count; input++) {
        const float* taps = head_taps(c, response, input, output);
        if (!taps) continue;
        (begun ? c->kernels->fir_add : c->kernels->fir)(out, ring_now(c, input), taps, response->head_tap_count,
                                                        frame_count);
        begun = true;
    }
    if (!begun) memset(out, 0, frame_count * sizeof(float));
}

/* Outputs in pairs: two ears share the reading of each input. */
static void run_head(pinna_convolver* c, const pinna_response* response, float* const* outputs, size_t frame_count)
{
    for (uint32_t output = 0; output < c->host.output_count; output += 2) {
        const bool two = output + 1 < c->host.output_count;
        const float* taps0 = response ? head_taps(c, response, 0, output) : NULL;
        const float* taps1 = response && two ? head_taps(c, response, 0, output + 1) : NULL;
        if (taps0 && taps1)
            c->kernels->fir_pair(outputs[output], outputs[output + 1], ring_now(c, 0), taps0, taps1,
                                 response->head_tap_count, frame_count);
        for (uint32_t o = output; o <= output + two; o++) {
            if (response) run_head_output(c, response, o, outputs[o], frame_count, taps0 && taps1);
            else memset(outputs[o], 0, frame_count * sizeof(float));
        }
    }
}

static void fade_head(pinna_convolver* c, float* const* outputs, size_t frame_count)
{
    float *from[PINNA_CONVOLVER_MAX_CHANNELS], *to[PINNA_CONVOLVER_MAX_CHANNELS];
    for (uint32_t o = 0; o < c->host.output_count; o++) {
        from[o] = c->head_from + o * (size_t)GRID;
        to[o] = c->head_to + o * (size_t)GRID;
    }
    run_head(c, response_of(c, c->head.current), from, frame_count);
    run_head(c, response_of(c, c->head.next), to, frame_count);
    const float slope = 1.0f / (float)GRID, start = (float)(c->position % GRID) * slope;
    for (uint32_t o = 0; o < c->host.output_count; o++) {
        memset(outputs[o], 0, frame_count * sizeof(float));
        c->kernels->crossfade_add(outputs[o], from[o], to[o], start, slope, frame_count);
    }
}

static void add_levels(pinna_convolver* c, float* const* outputs, size_t frame_count)
{
    for (uint32_t l = 0; l < c->level_count; l++) {
        const uint32_t elapsed = (uint32_t)(c->position % c->levels[l].points);
        for (uint32_t o = 0; o < c->host.output_count; o++)
            c->kernels->ramp_add(outputs[o], pinna_level_frames(&c->levels[l], o, elapsed), 1.0f, 0.0f, frame_count);
    }
}

static void run_levels(pinna_convolver* c, size_t frame_count)
{
    for (uint32_t l = 0; l < c->level_count; l++) {
        const uint32_t elapsed = (uint32_t)(c->position % c->levels[l].points);
        pinna_level_run(&c->levels[l], elapsed + (uint32_t)frame_count);
    }
}

/* Frames that lie between two points of the grid. */
static void process_piece(pinna_convolver* c, float* const* outputs, size_t frame_count)
{
    if (c->head.fading) fade_head(c, outputs, frame_count);
    else run_head(c, response_of(c, c->head.current), outputs, frame_count);
    add_levels(c, outputs, frame_count);
    run_levels(c, frame_count);
    c->position += frame_count;
}

void pinna_convolver_process(pinna_convolver* convolver, const float* const* inputs, float* const* outputs,
                             size_t frame_count)
{
    const pinna_denormals denormals = pinna_denormals_off();
    size_t done = 0;
    while (done < frame_count) {
        const size_t phase = convolver->position % GRID, left = frame_count - done;
        const size_t count = left < GRID - phase ? left : GRID - phase;
        float* pieces[PINNA_CONVOLVER_MAX_CHANNELS];
        if (phase == 0) turn(convolver);
        write_inputs(convolver, inputs, done, count);
        for (uint32_t o = 0; o < convolver->host.output_count; o++) pieces[o] = outputs[o] + done;
        process_piece(convolver, pieces, count);
        done += count;
    }
    pinna_denormals_restore(denormals);
}
