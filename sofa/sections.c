/* SPDX-License-Identifier: MIT */
#include "arrange.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Data.SOS: each response is a cascade of second-order sections, six coefficients b0 b1 b2 a0 a1 a2 each (AES69-2015,
   SimpleFreeFieldHRSOS). They are run to impulse responses. */

enum { COEFFICIENTS = 6, LEAST_TAPS = 256, MOST_TAPS = PINNA_HRTF_MAX_TAPS };

/* Sections times samples: what some ten seconds suffice for. */
static const uint64_t most_work = (uint64_t)4 << 30;

/* The response ends where what follows is this far below all of it: -100 dB. */
static const double tail = 1e-10;

/* Both poles inside the unit circle, by the triangle of stable a1, a2. */
static bool is_stable(const double* s)
{
    double a1 = s[4] / s[3], a2 = s[5] / s[3];
    return isfinite(s[0]) && isfinite(s[1]) && isfinite(s[2]) && fabs(a2) < 1 && fabs(a1) < 1 + a2;
}

static void run_section(const double* s, double* samples, size_t count)
{
    double s1 = 0, s2 = 0;
    for (size_t i = 0; i < count; i++) {
        double x = samples[i], y = (s[0] * x + s1) / s[3];
        s1 = s[1] * x - s[4] * y + s2;
        s2 = s[2] * x - s[5] * y;
        samples[i] = y;
    }
}

typedef struct cascade {
    const pinna_sofa_array* array;
    pinna_sofa_layout layout;
    double* samples; /* [MOST_TAPS] */
    uint64_t work;
} cascade;

/* False where a section rings for ever. */
static bool run(cascade* c, const double* values, size_t count)
{
    memset(c->samples, 0, count * sizeof *c->samples);
    c->samples[0] = 1;
    for (size_t n = 0; n < c->layout.sizes[AXIS_N]; n += COEFFICIENTS) {
        double section[COEFFICIENTS];
        for (size_t i = 0; i < COEFFICIENTS; i++) section[i] = values[(n + i) * c->layout.strides[AXIS_N]];
        if (!is_stable(section)) return false;
        run_section(section, c->samples, count);
        c->work += count;
    }
    return true;
}

static bool has_ended(const double* samples, size_t count)
{
    double total = 0, rest = 0;
    for (size_t i = 0; i < count; i++) total += samples[i] * samples[i];
    for (size_t i = count / 2; i < count; i++) rest += samples[i] * samples[i];
    return rest <= tail * total;
}

static pinna_status find_length(const pinna_sofa_context* context, cascade* c, size_t m, const double* values,
                                size_t* tap_count)
{
    for (size_t count = *tap_count;; count *= 2) {
        if (!run(c, values, count))
            return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "unstable-filters",
                                     "the filters of measurement %zu ring for ever (poles outside the unit circle, or "
                                     "numbers that are none); use the database's FIR version", m);
        if (c->work > most_work)
            return pinna_sofa_refuse(context, PINNA_ERROR_LIMIT, "section-limit",
                                     "it holds too many second-order sections to run; thin it out");
        *tap_count = count;
        if (count == MOST_TAPS || has_ended(c->samples, count)) return PINNA_OK;
    }
}

/* Runs all cascades: the first time to find how long they ring (taps NULL), then to keep what they answer. */
static pinna_status run_all(const pinna_sofa_context* context, cascade* c, size_t* tap_count, float* taps)
{
    pinna_status status = PINNA_OK;
    for (size_t m = 0; m < c->layout.sizes[AXIS_M]; m++)
        for (size_t r = 0; r < c->layout.sizes[AXIS_R]; r++)
            for (size_t e = 0; e < c->layout.sizes[AXIS_E] && !status; e++) {
                const double* values = c->array->exact + pinna_sofa_index(&c->layout, m, r, e);
                if (!taps) status = find_length(context, c, m, values, tap_count);
                else run(c, values, *tap_count);
                for (size_t i = 0; taps && i < *tap_count; i++) *taps++ = (float)c->samples[i];
            }
    return status;
}

static pinna_status make(const pinna_sofa_context* context, pinna_sofa_fields* fields, cascade* c)
{
    size_t tap_count = LEAST_TAPS;
    pinna_status status = run_all(context, c, &tap_count, NULL);
    if (status) return status;
    float* taps = pinna_sofa_make_responses(context, fields, &c->layout, tap_count, 0, &status);
    if (taps) status = run_all(context, c, &tap_count, taps);
    if (!status)
        pinna_report_add(context->report, PINNA_SEVERITY_NOTE, "second-order-sections",
                         "the responses are stored as %zu second-order sections each; run to %zu samples",
                         c->layout.sizes[AXIS_N] / COEFFICIENTS, tap_count);
    return status;
}

pinna_status pinna_sofa_make_from_sections(const pinna_sofa_context* context, pinna_sofa_fields* fields)
{
    cascade c = {.array = &fields->sections};
    if (!pinna_sofa_find_layout(fields, c.array, &c.layout) || c.layout.sizes[AXIS_N] % COEFFICIENTS ||
        c.array->count == 0)
        return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "section-shape",
                                 "Data.SOS has %zu coefficients per response where six per section belong; use another "
                                 "copy", c.layout.sizes[AXIS_N]);
    c.samples = malloc(MOST_TAPS * sizeof *c.samples);
    pinna_status status = c.samples ? make(context, fields, &c) : PINNA_ERROR_MEMORY;
    free(c.samples);
    return status;
}
