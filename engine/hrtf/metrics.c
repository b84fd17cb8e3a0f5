/* SPDX-License-Identifier: MIT */
#include "hrtf/metrics.h"

#include <math.h>
#include <string.h>

#define LOWEST_HZ 200.0
#define ITD_CUTOFF_HZ 3000.0
#define ITD_SLOPE_HZ 600.0 /* width of the low-pass's raised-cosine edge, centred on the cutoff */
#define ITD_MAX_S 1.5e-3

bool pinna_metrics_init(pinna_metrics* m, pinna_pool* pool, size_t max_count, double sample_rate_hz)
{
    m->sample_rate_hz = sample_rate_hz;
    m->size = 2048;
    while (m->size < 2 * max_count && m->size < PINNA_FFT_MAX) m->size *= 2;
    if (sample_rate_hz > 50000.0 && m->size < PINNA_FFT_MAX) m->size *= 2;
    m->upsample = PINNA_METRICS_UPSAMPLE; /* long responses: less, the parabola does the rest */
    while (m->size * m->upsample > PINNA_FFT_MAX) m->upsample /= 2;
    uint32_t long_size = m->size * m->upsample;
    void* memory = pinna_pool_take(pool, 1, pinna_fft_size(m->size));
    void* long_memory = pinna_pool_take(pool, 1, pinna_fft_size(long_size));
    m->time = pinna_pool_take(pool, long_size, sizeof *m->time);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        m->bins[ear] = pinna_pool_take(pool, m->size / 2 + 1, sizeof *m->bins[ear]);
    m->long_bins = pinna_pool_take(pool, long_size / 2 + 1, sizeof *m->long_bins);
    if (pool->failed) return false;
    m->fft = pinna_fft_place(memory, m->size);
    m->long_fft = pinna_fft_place(long_memory, long_size);
    return true;
}

static void transform(pinna_metrics* m, const float* response, size_t count, int ear)
{
    if (count > m->size) count = m->size;
    memcpy(m->time, response, count * sizeof *response);
    memset(m->time + count, 0, (m->size - count) * sizeof *m->time);
    pinna_fft_forward(m->fft, m->time, m->bins[ear]);
}

void pinna_metrics_levels_db(pinna_metrics* m, const float* response, size_t count,
                             float levels_db[PINNA_METRICS_POINTS])
{
    transform(m, response, count, PINNA_LEFT);
    const pinna_complex* bins = m->bins[PINNA_LEFT];
    for (int i = 0; i < PINNA_METRICS_POINTS; i++) {
        double bin = LOWEST_HZ * pow(2.0, i / 24.0) * m->size / m->sample_rate_hz;
        if (bin >= m->size / 2) {
            levels_db[i] = levels_db[i - 1];
            continue;
        }
        uint32_t k = (uint32_t)bin;
        double part = bin - k;
        double power0 = (double)bins[k].re * bins[k].re + (double)bins[k].im * bins[k].im;
        double power1 = (double)bins[k + 1].re * bins[k + 1].re + (double)bins[k + 1].im * bins[k + 1].im;
        levels_db[i] = (float)(10.0 * log10((1.0 - part) * power0 + part * power1 + 1e-20));
    }
}

float pinna_metrics_lsd_db(const float* a, const float* b)
{
    double sum = 0.0;
    for (int i = 0; i < PINNA_METRICS_POINTS; i++) sum += (double)(a[i] - b[i]) * (a[i] - b[i]);
    return (float)sqrt(sum / PINNA_METRICS_POINTS);
}

static double low_pass(double frequency_hz)
{
    double position = (frequency_hz - ITD_CUTOFF_HZ) / ITD_SLOPE_HZ + 0.5;
    if (position <= 0.0) return 1.0;
    return position >= 1.0 ? 0.0 : 0.5 * (1.0 + cos(3.14159265358979323846 * position));
}

double pinna_metrics_itd_s(pinna_metrics* m, const float* left, const float* right, size_t count)
{
    uint32_t half = m->size / 2, long_size = m->size * m->upsample;
    transform(m, left, count, PINNA_LEFT);
    transform(m, right, count, PINNA_RIGHT);
    memset(m->long_bins, 0, (long_size / 2 + 1) * sizeof *m->long_bins);
    for (uint32_t k = 0; k <= half; k++) {
        pinna_complex l = m->bins[PINNA_LEFT][k], r = m->bins[PINNA_RIGHT][k];
        float gain = (float)low_pass(k * m->sample_rate_hz / m->size);
        gain *= gain; /* once per ear */
        /* conj(L) R: its inverse peaks at the frames by which the right ear is later */
        m->long_bins[k] = (pinna_complex){gain * (l.re * r.re + l.im * r.im), gain * (l.re * r.im - l.im * r.re)};
    }
    pinna_fft_inverse(m->long_fft, m->long_bins, m->time);
    double rate = m->sample_rate_hz * m->upsample;
    int32_t reach = (int32_t)(ITD_MAX_S * rate), best = 0, size = (int32_t)long_size;
    for (int32_t lag = -reach; lag <= reach; lag++)
        if (m->time[(lag + size) % size] > m->time[(best + size) % size]) best = lag;
    double a = m->time[(best - 1 + size) % size], b = m->time[(best + size) % size];
    double c = m->time[(best + 1 + size) % size];
    double curvature = a - 2.0 * b + c;
    double offset = curvature < 0.0 ? 0.5 * (a - c) / curvature : 0.0;
    return (best + offset) / rate;
}

static double energy(const float* x, size_t count)
{
    double sum = 0.0;
    for (size_t n = 0; n < count; n++) sum += (double)x[n] * x[n];
    return sum;
}

double pinna_metrics_ild_db(const float* left, const float* right, size_t count)
{
    return 10.0 * log10((energy(left, count) + 1e-30) / (energy(right, count) + 1e-30));
}
