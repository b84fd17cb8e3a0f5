/* SPDX-License-Identifier: MIT */
#include "dsp/delay.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846

typedef struct design {
    int tap_count;
    double band; /* the filter is fitted from 0 to here, in radians per sample */
    double lower[PINNA_DELAY_MAX_TAPS][PINNA_DELAY_MAX_TAPS];
} design;

static double sinc_integral(const design* d, double lag)
{
    return fabs(lag) < 1e-12 ? d->band : sin(d->band * lag) / lag;
}

/* Cholesky factor of the normal matrix: its entries depend on the difference of tap indices only. A whisper of
   regularisation keeps the taps small where the band leaves them free. */
static void factor(design* d)
{
    for (int i = 0; i < d->tap_count; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = sinc_integral(d, i - j) + (i == j ? 1e-6 : 0.0);
            for (int k = 0; k < j; k++) sum -= d->lower[i][k] * d->lower[j][k];
            d->lower[i][j] = i == j ? sqrt(sum) : sum / d->lower[j][j];
        }
    }
}

static void solve(const design* d, double* x)
{
    for (int i = 0; i < d->tap_count; i++) {
        for (int k = 0; k < i; k++) x[i] -= d->lower[i][k] * x[k];
        x[i] /= d->lower[i][i];
    }
    for (int i = d->tap_count; i-- > 0;) {
        for (int k = i + 1; k < d->tap_count; k++) x[i] -= d->lower[k][i] * x[k];
        x[i] /= d->lower[i][i];
    }
}

void pinna_delay_table_init(pinna_delay_table* table, const pinna_kernels* kernels, uint32_t tap_count, uint32_t lead,
                            double band)
{
    design d = {.tap_count = (int)tap_count, .band = band * PI};
    factor(&d);
    table->kernels = kernels;
    table->tap_count = tap_count;
    table->lead = lead;
    for (int entry = 0; entry < PINNA_DELAY_ENTRIES; entry++) {
        double delay = table->lead - 2.0 + (double)entry / PINNA_DELAY_STEPS, x[PINNA_DELAY_MAX_TAPS], sum = 0.0;
        for (int k = 0; k < d.tap_count; k++) x[k] = sinc_integral(&d, k - delay);
        solve(&d, x);
        for (int k = 0; k < d.tap_count; k++) sum += x[k];
        for (int k = 0; k < d.tap_count; k++)
            table->taps[entry * d.tap_count + k] = (float)(x[k] / sum); /* unity at 0 Hz */
    }
}

static inline void interpolate(const pinna_delay_table* table, double delay_frames, size_t tap_count,
                               float* restrict taps)
{
    pinna_table_place place = pinna_delay_place(table, delay_frames);
    const float *a = table->taps + place.row * tap_count, *b = a + tap_count;
    for (size_t k = 0; k < tap_count; k++) taps[k] = a[k] + place.fraction * (b[k] - a[k]);
}

uint32_t pinna_delay_fixed(const pinna_delay_table* table, double delay_frames, float* taps)
{
    uint32_t whole = pinna_delay_whole(table, delay_frames);
    if (table->tap_count == PINNA_DELAY_TAPS) /* a count the compiler knows becomes vectors */
        interpolate(table, delay_frames - whole, PINNA_DELAY_TAPS, taps);
    else if (table->tap_count == PINNA_DELAY_MAX_TAPS)
        interpolate(table, delay_frames - whole, PINNA_DELAY_MAX_TAPS, taps);
    else
        interpolate(table, delay_frames - whole, table->tap_count, taps);
    return whole;
}

void pinna_delay_glide_filter(const pinna_delay_table* table, double from_frames, double to_frames, float* coefficients)
{
    const pinna_table_place places[3] = {pinna_delay_place(table, from_frames),
                                         pinna_delay_place(table, 0.5 * (from_frames + to_frames)),
                                         pinna_delay_place(table, to_frames)};
    table->kernels->glide_taps(coefficients, table->taps, places, table->tap_count);
}
