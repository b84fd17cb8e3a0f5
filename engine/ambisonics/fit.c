/* SPDX-License-Identifier: MIT */
/*
 * One frequency and ear at a time: coefficients b, one per channel, such that the sum over channels of b times the
 * harmonics comes close to the set at many directions even on the sphere.
 *
 * What is aimed at are the set's minimum-phase spectra behind their delays. The delays differ between directions by
 * tau, and a phase of frequency times tau soon has more detail than the order can hold. So from align_hz on it grows no
 * further (the group delays become equal over one octave, as in the all-pass alignment of Zaunschirm, Schoerkhuber and
 * Hoeldrich 2018). From there on phases are free as well: in turns, the spectra's magnitudes are given the phases that
 * the fit reached, and the fit is made again, which never makes the magnitudes worse (the alternating projections of
 * Gerchberg and Saxton 1972; magnitude least squares). A weak pull towards the aligned phase, weaker with frequency,
 * keeps what it can of the ITD.
 *
 * Errors are weighted by one over the magnitude, half way from absolute to relative ones: a quiet, shadowed ear counts
 * in decibels nearly as a loud one does. Least squares leave gaps where they cannot follow, so each frequency's mean
 * power over the directions is set to the set's afterwards: sound from everywhere keeps its colour.
 */
#include "ambisonics/fit.h"

#include "dsp/fft.h"
#include "dsp/kernels.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846
#define ALIGN_HZ_PER_ORDER 400.0
#define MAX_ALIGN_HZ 2000.0
#define HIGHEST_HZ 20000.0
#define PULL 0.3
#define LOWEST_MAGNITUDE 1e-3f /* of the mean; a notch deeper than 60 dB is as deep as it need be */

enum { POINTS = 768, ROUNDS = 8, MAX_CHANNELS = PINNA_AMBISONICS_MAX_CHANNELS, MAX_FFT = 8192, FADE_TAPS = 16 };

typedef struct pinna_fit {
    const pinna_hrtf* hrtf;
    const pinna_kernels* kernels;
    uint32_t order, channel_count, n, bin_count, tap_count;
    double rate_hz, align_hz, common_delay_frames;
    float* harmonics;       /* [channel][point] */
    float* delays_frames;   /* [ear][point] */
    float* spectra;         /* [bin][ear][re, im][point] */
    pinna_complex* filters; /* [channel][ear][bin] */
} pinna_fit;

/* One frequency and ear. */
typedef struct pinna_fit_bin {
    float *magnitude, *weight, *target[2], *reached[2], *aim[2]; /* [point]; re and im */
    float* weighted;                                             /* [point] */
    double* factor;                                              /* [channel][channel], lower triangle */
    double (*b)[MAX_CHANNELS];                                   /* [re, im][channel] */
} pinna_fit_bin;

/* --- the set at many directions ----------------------------------------------------------------------------------- */

/* Points of equal areas along a spiral of golden angles. */
static pinna_vec3 point_at(uint32_t i)
{
    double z = 1.0 - (2.0 * i + 1.0) / POINTS, turn = PI * (3.0 - sqrt(5.0)) * i, r = sqrt(1.0 - z * z);
    return (pinna_vec3){(float)(r * cos(turn)), (float)(r * sin(turn)), (float)z};
}

static void fill_harmonics(pinna_fit* f)
{
    float gains[MAX_CHANNELS];
    for (uint32_t i = 0; i < POINTS; i++) {
        pinna_ambisonics_encode(f->order, point_at(i), gains);
        for (uint32_t c = 0; c < f->channel_count; c++) f->harmonics[(size_t)c * POINTS + i] = gains[c];
    }
}

static float* spectrum_of(const pinna_fit* f, uint32_t bin, int ear, int part)
{
    return f->spectra + (((size_t)bin * PINNA_EAR_COUNT + (size_t)ear) * 2 + (size_t)part) * POINTS;
}

static void keep_spectrum(pinna_fit* f, const pinna_complex* bins, int ear, uint32_t point)
{
    for (uint32_t k = 0; k < f->bin_count; k++) {
        spectrum_of(f, k, ear, 0)[point] = bins[k].re;
        spectrum_of(f, k, ear, 1)[point] = bins[k].im;
    }
}

/* Taps beyond the transform are left out; only sets of several thousand taps have them. */
static bool look_up_points(pinna_fit* f, pinna_pool* scratch)
{
    const size_t taps = pinna_hrtf_get_info(f->hrtf).tap_count, room = taps > f->n ? taps : f->n;
    float* time = pinna_pool_take(scratch, 2 * room, sizeof *time);
    pinna_complex* bins = pinna_pool_take(scratch, f->bin_count, sizeof *bins);
    void* memory = pinna_pool_take(scratch, 1, pinna_fft_size(f->n));
    if (!time || !bins || !memory) return false;
    pinna_fft* fft = pinna_fft_place(memory, f->n);
    for (uint32_t i = 0; i < POINTS; i++) {
        float delays[PINNA_EAR_COUNT];
        pinna_hrtf_lookup(f->hrtf, point_at(i), time, time + room, delays);
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            pinna_fft_forward(fft, time + (size_t)ear * room, bins);
            keep_spectrum(f, bins, ear, i);
            f->delays_frames[(size_t)ear * POINTS + i] = delays[ear];
            f->common_delay_frames += (double)delays[ear] / (PINNA_EAR_COUNT * POINTS);
        }
    }
    return true;
}

/* --- least squares ------------------------------------------------------------------------------------------------ */

/* Cholesky's factor of harmonics times weights times harmonics. A little is added to the diagonal: no pivot
   vanishes. */
static void factorise(const pinna_fit* f, pinna_fit_bin* s)
{
    const uint32_t count = f->channel_count;
    for (uint32_t r = 0; r < count; r++) {
        const float* row = f->harmonics + (size_t)r * POINTS;
        for (uint32_t i = 0; i < POINTS; i++) s->weighted[i] = row[i] * s->weight[i];
        for (uint32_t c = 0; c <= r; c++)
            s->factor[r * MAX_CHANNELS + c] =
                (double)f->kernels->dot(s->weighted, f->harmonics + (size_t)c * POINTS, POINTS);
        s->factor[r * MAX_CHANNELS + r] *= 1.0 + 1e-6;
    }
    for (uint32_t r = 0; r < count; r++) {
        double* row = s->factor + r * MAX_CHANNELS;
        for (uint32_t c = 0; c <= r; c++) {
            const double* other = s->factor + c * MAX_CHANNELS;
            double sum = row[c];
            for (uint32_t k = 0; k < c; k++) sum -= row[k] * other[k];
            row[c] = c < r ? sum / other[c] : sqrt(fmax(sum, 1e-12));
        }
    }
}

static void solve(const double* factor, uint32_t count, double* b)
{
    for (uint32_t r = 0; r < count; r++) {
        for (uint32_t c = 0; c < r; c++) b[r] -= factor[r * MAX_CHANNELS + c] * b[c];
        b[r] /= factor[r * MAX_CHANNELS + r];
    }
    for (uint32_t r = count; r-- > 0;) {
        b[r] /= factor[r * MAX_CHANNELS + r];
        for (uint32_t c = 0; c < r; c++) b[c] -= factor[r * MAX_CHANNELS + c] * b[r];
    }
}

/* What the coefficients come to at the points. */
static void reach(const pinna_fit* f, pinna_fit_bin* s)
{
    for (int part = 0; part < 2; part++) {
        memset(s->reached[part], 0, POINTS * sizeof(float));
        for (uint32_t c = 0; c < f->channel_count; c++)
            f->kernels->ramp_add(s->reached[part], f->harmonics + (size_t)c * POINTS, (float)s->b[part][c], 0.0f,
                                 POINTS);
    }
}

/* The coefficients closest to an aim, and what they reach. */
static void project(const pinna_fit* f, pinna_fit_bin* s, float* const aim[2])
{
    for (int part = 0; part < 2; part++) {
        for (uint32_t i = 0; i < POINTS; i++) s->weighted[i] = aim[part][i] * s->weight[i];
        for (uint32_t c = 0; c < f->channel_count; c++)
            s->b[part][c] = (double)f->kernels->dot(f->harmonics + (size_t)c * POINTS, s->weighted, POINTS);
        solve(s->factor, f->channel_count, s->b[part]);
    }
    reach(f, s);
}

/* --- one frequency ------------------------------------------------------------------------------------------------ */

static double frequency_hz(const pinna_fit* f, uint32_t bin)
{
    return bin * f->rate_hz / f->n;
}

/* The part of a bin's frequency step for which delays still differ: 1 below align_hz, 0 from an octave above on. */
static double share_of_delay(const pinna_fit* f, uint32_t bin)
{
    double octaves = log2(fmax(frequency_hz(f, bin), 1.0) / f->align_hz);
    if (octaves <= 0.0) return 1.0;
    return octaves >= 1.0 ? 0.0 : 0.5 + 0.5 * cos(PI * octaves);
}

/* The minimum-phase spectra behind their delays. @param turning_bins  The share of delay summed up to this bin. */
static void set_target(const pinna_fit* f, pinna_fit_bin* s, uint32_t bin, int ear, double turning_bins)
{
    const float *re = spectrum_of(f, bin, ear, 0), *im = spectrum_of(f, bin, ear, 1);
    float mean = 0.0f;
    for (uint32_t i = 0; i < POINTS; i++) {
        s->magnitude[i] = sqrtf(re[i] * re[i] + im[i] * im[i]);
        mean += s->magnitude[i] / POINTS;
        double own = (double)f->delays_frames[(size_t)ear * POINTS + i] - f->common_delay_frames;
        double angle = -2.0 * PI * (f->common_delay_frames * bin + own * turning_bins) / f->n;
        float c = (float)cos(angle), d = (float)sin(angle);
        s->target[0][i] = re[i] * c - im[i] * d;
        s->target[1][i] = re[i] * d + im[i] * c;
    }
    for (uint32_t i = 0; i < POINTS; i++)
        s->weight[i] = mean > 0.0f ? mean / fmaxf(s->magnitude[i], LOWEST_MAGNITUDE * mean) : 1.0f;
}

/* The set's magnitudes with the phases reached, drawn towards the target. */
static void set_aim(pinna_fit_bin* s, float pull)
{
    for (uint32_t i = 0; i < POINTS; i++) {
        float re = s->reached[0][i], im = s->reached[1][i];
        float size = sqrtf(re * re + im * im), scale = size > 0.0f ? s->magnitude[i] / size : 0.0f;
        s->aim[0][i] = (scale * re + pull * s->target[0][i]) / (1.0f + pull);
        s->aim[1][i] = (scale * im + pull * s->target[1][i]) / (1.0f + pull);
    }
}

/* The gain after which the mean power over directions is the set's. */
static double level_gain(const pinna_fit_bin* s)
{
    double wanted = 0.0, got = 0.0;
    for (uint32_t i = 0; i < POINTS; i++) {
        wanted += (double)s->magnitude[i] * s->magnitude[i];
        got += (double)s->reached[0][i] * s->reached[0][i] + (double)s->reached[1][i] * s->reached[1][i];
    }
    return got > 1e-30 * POINTS ? sqrt(wanted / got) : 0.0; /* 0: a silent band */
}

/* Gains of the degrees that gather the energy vector of a plane wave: Legendre's polynomials at cos(137.9 degrees /
   (order + 1.51)), Zotter and Frank 2012. Faded in over the octave above align_hz. */
static void taper(const pinna_fit* f, pinna_fit_bin* s, double share)
{
    const double z = cos(137.9 / 180.0 * PI / (f->order + 1.51));
    double before = 0.0, legendre = 1.0;
    for (uint32_t l = 0; l <= f->order; l++) {
        double gain = 1.0 + share * (legendre - 1.0);
        for (uint32_t c = l * l; c < (l + 1) * (l + 1); c++) {
            s->b[0][c] *= gain;
            s->b[1][c] *= gain;
        }
        double next = ((2.0 * l + 1.0) * z * legendre - l * before) / (l + 1.0);
        before = legendre;
        legendre = next;
    }
    reach(f, s);
}

static void fit_bin(const pinna_fit* f, pinna_fit_bin* s, uint32_t bin, int ear, double turning_bins, bool max_re)
{
    const double hz = frequency_hz(f, bin);
    const bool free_phase = hz > f->align_hz && hz < HIGHEST_HZ;
    set_target(f, s, bin, ear, turning_bins);
    factorise(f, s);
    project(f, s, s->target);
    for (int round = 0; free_phase && round < ROUNDS; round++) {
        set_aim(s, (float)(PULL * f->align_hz / hz));
        project(f, s, s->aim);
    }
    if (max_re) taper(f, s, 1.0 - share_of_delay(f, bin));
    const double gain = level_gain(s);
    for (uint32_t c = 0; c < f->channel_count; c++)
        f->filters[((size_t)c * PINNA_EAR_COUNT + (size_t)ear) * f->bin_count + bin] =
            (pinna_complex){(float)(gain * s->b[0][c]), (float)(gain * s->b[1][c])};
}

static bool fit_all(pinna_fit* f, pinna_pool* scratch, bool max_re)
{
    pinna_fit_bin s = {0};
    float** arrays[] = {&s.magnitude,  &s.weight,     &s.target[0], &s.target[1], &s.reached[0],
                        &s.reached[1], &s.aim[0], &s.aim[1],    &s.weighted};
    for (size_t a = 0; a < sizeof arrays / sizeof arrays[0]; a++)
        *arrays[a] = pinna_pool_take(scratch, POINTS, sizeof(float));
    s.factor = pinna_pool_take(scratch, MAX_CHANNELS, MAX_CHANNELS * sizeof *s.factor);
    s.b = pinna_pool_take(scratch, 2, sizeof *s.b);
    if (scratch->failed) return false;
    double turning_bins = 0.0;
    for (uint32_t bin = 0; bin < f->bin_count; bin++) {
        if (bin > 0) turning_bins += 0.5 * (share_of_delay(f, bin - 1) + share_of_delay(f, bin));
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) fit_bin(f, &s, bin, ear, turning_bins, max_re);
    }
    return true;
}

/* --- to filters --------------------------------------------------------------------------------------------------- */

static void fade_end(float* taps, uint32_t tap_count)
{
    for (uint32_t n = 0; n < FADE_TAPS; n++)
        taps[tap_count - FADE_TAPS + n] *= (float)(0.5 + 0.5 * cos(PI * (n + 0.5) / FADE_TAPS));
}

static bool make_taps(const pinna_fit* f, pinna_pool* scratch, float* taps)
{
    float* time = pinna_pool_take(scratch, f->n, sizeof *time);
    void* memory = pinna_pool_take(scratch, 1, pinna_fft_size(f->n));
    if (!time || !memory) return false;
    pinna_fft* fft = pinna_fft_place(memory, f->n);
    for (size_t path = 0; path < (size_t)f->channel_count * PINNA_EAR_COUNT; path++) {
        pinna_fft_inverse(fft, f->filters + path * f->bin_count, time);
        memcpy(taps + path * f->tap_count, time, f->tap_count * sizeof *taps);
        fade_end(taps + path * f->tap_count, f->tap_count);
    }
    return true;
}

/* Filters as long as the set's responses with their delays; transforms twice as long, as fits ring before and after. */
static void choose_lengths(pinna_fit* f)
{
    const pinna_hrtf_info info = pinna_hrtf_get_info(f->hrtf);
    uint32_t span = info.tap_count + (uint32_t)ceilf(info.max_delay_frames) + FADE_TAPS;
    if (span > MAX_FFT / 2) span = MAX_FFT / 2;
    f->tap_count = (span + 15) / 16 * 16;
    f->n = 256;
    while (f->n < 2 * f->tap_count) f->n *= 2;
    f->bin_count = f->n / 2 + 1;
}

static pinna_status fit(pinna_fit* f, bool max_re, pinna_pool* scratch, float* taps)
{
    f->harmonics = pinna_pool_take(scratch, f->channel_count, POINTS * sizeof(float));
    f->delays_frames = pinna_pool_take(scratch, PINNA_EAR_COUNT, POINTS * sizeof(float));
    f->spectra = pinna_pool_take(scratch, (size_t)f->bin_count * PINNA_EAR_COUNT * 2, POINTS * sizeof(float));
    f->filters =
        pinna_pool_take(scratch, (size_t)f->channel_count * PINNA_EAR_COUNT, f->bin_count * sizeof *f->filters);
    if (scratch->failed) return PINNA_ERROR_MEMORY;
    fill_harmonics(f);
    bool good = look_up_points(f, scratch) && fit_all(f, scratch, max_re) && make_taps(f, scratch, taps);
    return good ? PINNA_OK : PINNA_ERROR_MEMORY;
}

pinna_status pinna_ambisonics_fit(const pinna_hrtf* hrtf, uint32_t order, bool max_re, pinna_pool* pool,
                                  pinna_ambisonics_filters* out)
{
    pinna_fit f = {.hrtf = hrtf, .order = order, .kernels = pinna_kernels_select(pinna_cpu_flags())};
    pinna_pool scratch;
    f.channel_count = pinna_ambisonics_channel_count(order);
    f.rate_hz = pinna_hrtf_get_info(hrtf).sample_rate_hz;
    f.align_hz = fmin(ALIGN_HZ_PER_ORDER * order, MAX_ALIGN_HZ);
    choose_lengths(&f);
    out->channel_count = f.channel_count;
    out->tap_count = f.tap_count;
    out->taps = pinna_pool_take(pool, (size_t)f.channel_count * PINNA_EAR_COUNT * f.tap_count, sizeof *out->taps);
    if (!out->taps) return PINNA_ERROR_MEMORY;
    pinna_pool_init(&scratch, pool->allocator);
    pinna_status status = fit(&f, max_re, &scratch, out->taps);
    pinna_pool_free(&scratch);
    return status;
}
