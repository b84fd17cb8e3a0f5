/* SPDX-License-Identifier: MIT */
#include "measured.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Where a response begins: the first sample within 20 dB of its peak, plus its delay. */
double pinna_sofa_onset_frames(const pinna_sofa_set* set, uint32_t measurement, unsigned ear)
{
    const float* taps = pinna_sofa_hrir(set, measurement, ear);
    float level = 0.1f * pinna_sofa_peak(taps, set->tap_count);
    uint32_t i = 0;
    while (i < set->tap_count && fabsf(taps[i]) < level) i++;
    return (double)i + (double)set->delays_frames[measurement * PINNA_EAR_COUNT + ear];
}

/* Lag, in frames, at which the right ear's response is most like the left's. */
static int best_lag(const float* left, const float* right, int count, int reach)
{
    int best = 0;
    double most = -1;
    for (int lag = -reach; lag <= reach; lag++) {
        double sum = 0;
        for (int i = lag < 0 ? -lag : 0; i < count && i + lag < count; i++)
            sum += (double)left[i] * (double)right[i + lag];
        if (sum > most) most = sum, best = lag;
    }
    return best;
}

/* Frames by which a response comes later to the right ear. */
static double lag_frames(const pinna_sofa_set* set, uint32_t measurement)
{
    const float* delays = set->delays_frames + (size_t)measurement * PINNA_EAR_COUNT;
    int lag = best_lag(pinna_sofa_hrir(set, measurement, PINNA_LEFT), pinna_sofa_hrir(set, measurement, PINNA_RIGHT),
                       (int)set->tap_count, (int)(1e-3 * set->sample_rate_hz));
    return lag + (double)delays[PINNA_RIGHT] - (double)delays[PINNA_LEFT];
}

/* The same by the onsets, which is where responses are cut whose delays stand apart, and with those taken times scale.
 */
static double onset_lag_frames(const pinna_sofa_set* set, uint32_t measurement, double scale)
{
    const float* delays = set->delays_frames + (size_t)measurement * PINNA_EAR_COUNT;
    double apart = (double)delays[PINNA_RIGHT] - (double)delays[PINNA_LEFT];
    return pinna_sofa_onset_frames(set, measurement, PINNA_RIGHT) -
           pinna_sofa_onset_frames(set, measurement, PINNA_LEFT) + (scale - 1) * apart;
}

/* Mean over sources at the side, INFINITY where too few are: of all lags as they are, or by the onsets and towards the
   nearer ear. */
static double side_lag_s(const pinna_sofa_set* set, double scale, bool by_onsets)
{
    enum { SAMPLES = 64, MIN_COUNT = 4 };
    uint32_t step = set->measurement_count / (4 * SAMPLES) + 1, count = 0;
    double sum = 0;
    for (uint32_t m = 0; m < set->measurement_count && count < SAMPLES; m += step) {
        double side = (double)pinna_vec3_normalize(set->positions_m[m]).y;
        if (fabs(side) < 0.7) continue;
        sum += by_onsets ? copysign(1, side) * onset_lag_frames(set, m, scale) : fabs(lag_frames(set, m));
        count++;
    }
    return count < MIN_COUNT ? INFINITY : sum / count / set->sample_rate_hz;
}

/* A source at the side reaches the farther ear some 0.5 ms later; files of magnitudes alone have lost that. */
double pinna_sofa_mean_side_lag_s(const pinna_sofa_set* set)
{
    return side_lag_s(set, 1, false);
}

/* Whether a head may hear this from the side; the sides may be exchanged. */
static bool is_a_heads(double lag_s)
{
    return fabs(lag_s) > 2.5e-4 && fabs(lag_s) < 1e-3;
}

/* Writers that keep delays in milliseconds or microseconds without a word leave ears too near to each other or too far
   apart. Where only one of these units gives a head, it is that. */
void pinna_sofa_check_delay_unit(const pinna_sofa_context* context, pinna_sofa_set* set)
{
    double lag_s = set->has_delays ? side_lag_s(set, 1, true) : INFINITY;
    double per_ms = 1e-3 * set->sample_rate_hz, per_us = 1e-6 * set->sample_rate_hz;
    if (isinf(lag_s) || (fabs(lag_s) > 1.2e-4 && fabs(lag_s) < 1.5e-3)) return;
    bool by_ms = is_a_heads(side_lag_s(set, per_ms, true)), by_us = is_a_heads(side_lag_s(set, per_us, true));
    if (by_ms == by_us || is_a_heads(side_lag_s(set, 0, true))) return;
    for (size_t i = 0; i < (size_t)set->measurement_count * PINNA_EAR_COUNT; i++)
        set->delays_frames[i] *= (float)(by_ms ? per_ms : per_us);
    pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "delays-in-seconds",
                     "as samples, Data.Delay puts the ears %.3f ms apart, which no head does; taken as %sseconds, "
                     "which gives %.2f ms", 1e3 * fabs(lag_s), by_ms ? "milli" : "micro",
                     1e3 * fabs(side_lag_s(set, 1, true)));
}

/* Mean energy of all responses in each of BLOCKS parts of their length. */
enum { BLOCKS = 16 };

static uint32_t first_of(uint32_t block, uint32_t tap_count)
{
    return (block * tap_count + BLOCKS - 1) / BLOCKS;
}

static void find_envelope(const pinna_sofa_set* set, double energies[BLOCKS])
{
    size_t row_count = (size_t)set->measurement_count * PINNA_EAR_COUNT;
    for (size_t row = 0; row < row_count; row++)
        for (uint32_t b = 0; b < BLOCKS; b++) {
            uint32_t from = first_of(b, set->tap_count), to = first_of(b + 1, set->tap_count);
            energies[b] += pinna_sofa_energy(set->hrirs + row * set->tap_count + from, to - from);
        }
}

static pinna_status rotate_all(pinna_sofa_set* set, uint32_t shift)
{
    float* scratch = malloc(set->tap_count * sizeof *scratch);
    if (!scratch) return PINNA_ERROR_MEMORY;
    for (size_t row = 0; row < (size_t)set->measurement_count * PINNA_EAR_COUNT; row++) {
        float* taps = set->hrirs + row * set->tap_count;
        memcpy(scratch, taps, set->tap_count * sizeof *taps);
        for (uint32_t i = 0; i < set->tap_count; i++) taps[(i + shift) % set->tap_count] = scratch[i];
    }
    free(scratch);
    return PINNA_OK;
}

/* Samples at the end that hold all but a share of what the responses hold behind `from`. */
static uint32_t count_wrapped(const double* energies, uint32_t from, uint32_t tap_count, double share)
{
    double total = 0, beyond = 0;
    for (uint32_t i = 0; i < tap_count; i++) total += energies[i];
    uint32_t i = from;
    while (i < tap_count && beyond + energies[i] <= share * total) beyond += energies[i++];
    return tap_count - i;
}

/* Every sample of delay is heard as latency. Band limits ring before a response for as long as it is, but softly: past
   2.5 ms only what is above -40 dB counts, and the rest stays where it is, at the end. */
static pinna_status find_shift(const pinna_sofa_set* set, uint32_t from, uint32_t* shift)
{
    static const double exact = 1e-9, audible = 1e-4, short_s = 0.0025;
    size_t row_count = (size_t)set->measurement_count * PINNA_EAR_COUNT;
    double* energies = calloc(set->tap_count, sizeof *energies);
    if (!energies) return PINNA_ERROR_MEMORY;
    for (size_t row = 0; row < row_count; row++)
        for (uint32_t i = 0; i < set->tap_count; i++) {
            double x = (double)set->hrirs[row * set->tap_count + i];
            energies[i] += x * x;
        }
    uint32_t all = count_wrapped(energies, from, set->tap_count, exact),
             loud = count_wrapped(energies, from, set->tap_count, audible),
             least = (uint32_t)(short_s * set->sample_rate_hz);
    free(energies);
    if (least < loud) least = loud;
    *shift = all < least ? all : least;
    return PINNA_OK;
}

/* Responses made of spectra without phase, or with the head's middle as time zero, begin before their first sample:
   what comes before stands at their end. There the energy rises again, which no response that rings out does. */
pinna_status pinna_sofa_unwrap_responses(const pinna_sofa_context* context, pinna_sofa_set* set)
{
    double energies[BLOCKS] = {0};
    if (set->tap_count < 4 * BLOCKS) return PINNA_OK;
    find_envelope(set, energies);
    unsigned quietest = 0, loudest = 0;
    for (unsigned b = 1; b < BLOCKS; b++) {
        if (energies[b] < energies[quietest]) quietest = b;
        if (energies[b] > energies[loudest]) loudest = b;
    }
    double end = energies[BLOCKS - 1];
    bool wraps = loudest == 0 && quietest > 1 && end > 10 * energies[quietest] && end > 1e-6 * energies[0];
    if (!wraps) return PINNA_OK;
    uint32_t shift;
    pinna_status status = find_shift(set, quietest * set->tap_count / BLOCKS, &shift);
    if (status) return status;
    pinna_report_add(
        context->report, PINNA_SEVERITY_NOTE, "wrapped-responses",
        "responses begin before their first sample, wrapped round to their end; all were delayed by %u samples "
        "alike",
        shift);
    return rotate_all(set, shift);
}
