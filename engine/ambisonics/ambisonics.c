/* SPDX-License-Identifier: MIT */
#include "ambisonics/fit.h"
#include "base/denormals.h"
#include "base/mailbox.h"
#include "dsp/kernels.h"

#include <pinna/convolver.h>

#include <math.h>
#include <string.h>

/* Rotations are exact at every multiple of STEP frames and run straight between; a turn takes GLIDE_STEPS of them. */
enum { STEP = 64, GLIDE_STEPS = 4, MAX_CHANNELS = PINNA_AMBISONICS_MAX_CHANNELS };

struct pinna_ambisonics {
    pinna_pool pool; /* Holds this struct too. */
    const pinna_kernels* kernels;
    pinna_convolver* convolver;
    uint32_t order, channel_count;
    pinna_ambisonics_format format;
    pinna_mailbox mailbox;
    pinna_quat posted[PINNA_MAILBOX_SLOTS]; /* The sound field, seen from the head. */
    pinna_quat current, target;
    uint32_t steps_left;
    uint64_t position; /* Frames processed. */
    float *from, *to;  /* [PINNA_ROTATION_MAX_ENTRIES] at the ends of this step. */
    bool turning;      /* They differ. */
    float* fields;     /* [channel][STEP] as given */
    float* turned;     /* [channel][STEP] as the head hears it */
};

/* --- formats ------------------------------------------------------------------------------------------------------ */

/* Furse and Malham's channels by ACN, and the factor to SN3D. W is 3 dB down, the others have a maximum of 1. */
static const struct {
    uint8_t channel;
    float gain;
} fuma[16] = {
    {0, 1.41421356f},  {2, 1.0f},         {3, 1.0f},         {1, 1.0f},         {8, 0.86602540f},  {6, 0.86602540f},
    {4, 1.0f},         {5, 0.86602540f},  {7, 0.86602540f},  {15, 0.79056942f}, {13, 0.74535599f}, {11, 0.84327404f},
    {9, 1.0f},         {10, 0.84327404f}, {12, 0.74535599f}, {14, 0.79056942f},
};

static uint32_t degree_of(uint32_t acn)
{
    uint32_t degree = 0;
    while ((degree + 1) * (degree + 1) <= acn) degree++;
    return degree;
}

static uint32_t channel_of(const pinna_ambisonics* a, uint32_t acn)
{
    return a->format == PINNA_AMBISONICS_FUMA ? fuma[acn].channel : acn;
}

static float gain_of(const pinna_ambisonics* a, uint32_t acn)
{
    if (a->format == PINNA_AMBISONICS_FUMA) return fuma[acn].gain;
    return a->format == PINNA_AMBISONICS_N3D ? 1.0f / sqrtf(2.0f * (float)degree_of(acn) + 1.0f) : 1.0f;
}

/* --- life --------------------------------------------------------------------------------------------------------- */

pinna_ambisonics_config pinna_ambisonics_config_default(void)
{
    return (pinna_ambisonics_config){.order = 1, .format = PINNA_AMBISONICS_AMBIX};
}

static bool config_is_valid(const pinna_ambisonics_config* c)
{
    return c && c->hrtf && c->order >= 1 && c->order <= PINNA_AMBISONICS_MAX_ORDER &&
           (unsigned)c->format < PINNA_AMBISONICS_FORMAT_COUNT && (c->format != PINNA_AMBISONICS_FUMA || c->order <= 3);
}

static pinna_status give_filters(pinna_ambisonics* a, const pinna_ambisonics_filters* filters)
{
    const float* paths[MAX_CHANNELS * PINNA_EAR_COUNT];
    pinna_response* response = NULL;
    pinna_convolver_config config = {.input_count = filters->channel_count,
                                     .output_count = PINNA_EAR_COUNT,
                                     .max_tap_count = filters->tap_count,
                                     .allocator = &a->pool.allocator};
    for (size_t path = 0; path < (size_t)filters->channel_count * PINNA_EAR_COUNT; path++)
        paths[path] = filters->taps + path * filters->tap_count;
    pinna_status status = pinna_response_create(&config, paths, filters->tap_count, &response);
    if (!status) status = pinna_convolver_create(&config, &a->convolver);
    if (!status) status = pinna_convolver_set_response(a->convolver, response);
    pinna_response_release(response);
    return status;
}

static pinna_status make_filters(pinna_ambisonics* a, const pinna_ambisonics_config* config)
{
    pinna_pool scratch;
    pinna_ambisonics_filters filters;
    pinna_pool_init(&scratch, a->pool.allocator);
    pinna_status status = pinna_ambisonics_fit(config->hrtf, config->order, config->max_re, &scratch, &filters);
    if (!status) status = give_filters(a, &filters);
    pinna_pool_free(&scratch);
    return status;
}

static bool take_memory(pinna_ambisonics* a)
{
    a->from = pinna_pool_take(&a->pool, PINNA_ROTATION_MAX_ENTRIES, sizeof *a->from);
    a->to = pinna_pool_take(&a->pool, PINNA_ROTATION_MAX_ENTRIES, sizeof *a->to);
    a->fields = pinna_pool_take(&a->pool, a->channel_count, STEP * sizeof *a->fields);
    a->turned = pinna_pool_take(&a->pool, a->channel_count, STEP * sizeof *a->turned);
    return !a->pool.failed;
}

pinna_status pinna_ambisonics_create(const pinna_ambisonics_config* config, pinna_ambisonics** out)
{
    if (!out) return PINNA_ERROR_ARGUMENT;
    *out = NULL;
    if (!config_is_valid(config)) return PINNA_ERROR_ARGUMENT;
    pinna_pool pool;
    pinna_pool_init(&pool, pinna_allocator_or_default(config->allocator));
    pinna_ambisonics* a = pinna_pool_take(&pool, 1, sizeof *a);
    if (!a) return PINNA_ERROR_MEMORY;
    a->pool = pool;
    a->kernels = pinna_kernels_select(pinna_cpu_flags());
    a->order = config->order;
    a->format = config->format;
    a->channel_count = pinna_ambisonics_channel_count(config->order);
    a->current = a->target = pinna_quat_identity();
    pinna_mailbox_init(&a->mailbox);
    pinna_status status = take_memory(a) ? make_filters(a, config) : PINNA_ERROR_MEMORY;
    if (status) {
        pinna_ambisonics_destroy(a);
        return status;
    }
    *out = a;
    return PINNA_OK;
}

void pinna_ambisonics_destroy(pinna_ambisonics* ambisonics)
{
    if (!ambisonics) return;
    pinna_convolver_destroy(ambisonics->convolver);
    pinna_pool pool = ambisonics->pool; /* the decoder itself lies in its pool */
    pinna_pool_free(&pool);
}

void pinna_ambisonics_reset(pinna_ambisonics* ambisonics)
{
    pinna_convolver_reset(ambisonics->convolver);
    ambisonics->position = 0;
}

/* --- turning ------------------------------------------------------------------------------------------------------ */

pinna_status pinna_ambisonics_set_orientation(pinna_ambisonics* ambisonics, pinna_quat orientation)
{
    const pinna_quat q = orientation;
    const double size = (double)q.w * q.w + (double)q.x * q.x + (double)q.y * q.y + (double)q.z * q.z;
    if (!ambisonics || !(size > 1e-12) || !isfinite(size)) return PINNA_ERROR_ARGUMENT;
    ambisonics->posted[ambisonics->mailbox.writing] = pinna_quat_conjugate(pinna_quat_normalize(q));
    pinna_mailbox_publish(&ambisonics->mailbox);
    return PINNA_OK;
}

/* Swaps the ends of the step and makes a new one. */
static void set_end(pinna_ambisonics* a, pinna_quat orientation)
{
    float* spare = a->from;
    a->from = a->to;
    a->to = spare;
    a->current = orientation;
    pinna_rotation_make(a->order, orientation, a->to);
}

/* At a multiple of STEP: where the next one finds the head. */
static void take_step(pinna_ambisonics* a)
{
    if (pinna_mailbox_take(&a->mailbox)) {
        a->target = a->posted[a->mailbox.reading];
        a->steps_left = GLIDE_STEPS;
    }
    if (a->position == 0) {
        set_end(a, a->target);
        a->steps_left = 0;
    }
    a->turning = a->steps_left > 0;
    if (!a->turning) return;
    set_end(a, pinna_quat_slerp(a->current, a->target, 1.0f / (float)a->steps_left));
    a->steps_left--;
}

static void turn_degree(const pinna_ambisonics* a, uint32_t degree, uint32_t phase, size_t frame_count)
{
    const uint32_t first = degree * degree, count = 2 * degree + 1, start = pinna_rotation_start(degree);
    for (uint32_t row = 0; row < count; row++) {
        float* out = a->turned + (size_t)(first + row) * STEP;
        memset(out, 0, frame_count * sizeof *out);
        for (uint32_t column = 0; column < count; column++) {
            const float end = a->to[start + row * count + column];
            const float begin = a->turning ? a->from[start + row * count + column] : end;
            const float slope = (end - begin) / STEP;
            a->kernels->ramp_add(out, a->fields + (size_t)(first + column) * STEP, begin + slope * (float)phase, slope,
                                 frame_count);
        }
    }
}

/* --- processing --------------------------------------------------------------------------------------------------- */

static void read_channels(const pinna_ambisonics* a, const float* const* channels, size_t first, size_t frame_count)
{
    for (uint32_t acn = 0; acn < a->channel_count; acn++) {
        const float* in = channels[channel_of(a, acn)];
        float* field = a->fields + (size_t)acn * STEP;
        if (in) a->kernels->ramp_copy(field, in + first, gain_of(a, acn), 0.0f, frame_count);
        else memset(field, 0, frame_count * sizeof *field);
    }
}

/* Frames that lie within one step. */
static void process_piece(pinna_ambisonics* a, float* left, float* right, uint32_t phase, size_t frame_count)
{
    const float* turned[MAX_CHANNELS];
    for (uint32_t degree = 0; degree <= a->order; degree++) turn_degree(a, degree, phase, frame_count);
    for (uint32_t c = 0; c < a->channel_count; c++) turned[c] = a->turned + (size_t)c * STEP;
    pinna_convolver_process(a->convolver, turned, (float* const[]){left, right}, frame_count);
}

void pinna_ambisonics_process(pinna_ambisonics* ambisonics, const float* const* channels, float* left, float* right,
                              size_t frame_count)
{
    const pinna_denormals denormals = pinna_denormals_off();
    for (size_t done = 0; done < frame_count;) {
        const uint32_t phase = (uint32_t)(ambisonics->position % STEP);
        const size_t room = STEP - phase, left_over = frame_count - done;
        const size_t count = left_over < room ? left_over : room;
        if (phase == 0) take_step(ambisonics);
        read_channels(ambisonics, channels, done, count);
        process_piece(ambisonics, left + done, right + done, phase, count);
        ambisonics->position += count;
        done += count;
    }
    pinna_denormals_restore(denormals);
}
