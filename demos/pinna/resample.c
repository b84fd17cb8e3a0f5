/* SPDX-License-Identifier: MIT */
#include "resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * A polyphase filter bank. Rates from:to cancel to down:up; output frame n lies at input time n down/up, so only up
 * different fractional positions occur, and for each the windowed sinc is worked out once, exactly. 44100 to 48000 has
 * 160 of them.
 *
 * The filter passes 92 % of the lower Nyquist frequency and stops at its mirror image 108 %, where what folds back lies
 * above the pass band and, at 44.1 kHz, above hearing.
 */
#define PASS_BAND 0.92
#define STOP_DB 110.0
#define PI 3.14159265358979323846

enum { TAPS_MAX = 65536, BANK_MAX_FLOATS = 32 << 20 };

struct pinna_resampler {
    uint32_t up, down; /* 1 and 1: samples pass through */
    uint32_t tap_count;
    float* bank; /* [up][tap_count], the oldest input first */
    uint32_t phase;
    pinna_resampler_pull pull;
    void* user;
    float* chunk; /* what the last pull gave */
    size_t chunk_count, chunk_position;
    float* history; /* a ring written twice, so that tap_count samples always lie in one piece: [2 tap_count] */
    uint32_t head;
    uint32_t wanted_count; /* input samples to take in before the next output */
    uint64_t in_count, out_count;
    bool ended;
};

uint32_t pinna_resampler_divisor(uint32_t a, uint32_t b)
{
    while (b) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* The modified Bessel function of order zero, by its series. */
static double bessel_i0(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; term > 1e-12 * sum; k++) {
        term *= (x / (2 * k)) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

/* Kaiser's window at -1 to 1, not scaled, and his rules for its shape and length. */
static double kaiser(double position)
{
    double beta = 0.1102 * (STOP_DB - 8.7), inside = 1 - position * position;
    return inside > 0 ? bessel_i0(beta * sqrt(inside)) : 0;
}

static double sinc(double x)
{
    return fabs(x) < 1e-9 ? 1 : sin(PI * x) / (PI * x);
}

/* Half the filter's length, in input frames. Converting down, the cut-off and so the length follow the output rate. */
static double half_length(double cutoff)
{
    double transition = 2 * (1 - PASS_BAND) * cutoff; /* of the input's Nyquist frequency */
    return (STOP_DB - 7.95) / (2.285 * PI * transition) / 2;
}

static void fill_bank(pinna_resampler* r, double cutoff)
{
    double half = half_length(cutoff);
    for (uint32_t phase = 0; phase < r->up; phase++) {
        float* taps = r->bank + (size_t)phase * r->tap_count;
        double sum = 0;
        for (uint32_t tap = 0; tap < r->tap_count; tap++) {
            /* How far the input frame lies before the output's moment, which is in the filter's middle. */
            double distance = (double)r->tap_count / 2 - 1 - tap + (double)phase / r->up;
            double value = sinc(cutoff * distance) * kaiser(distance / half);
            taps[tap] = (float)value;
            sum += value;
        }
        for (uint32_t tap = 0; tap < r->tap_count; tap++)
            taps[tap] = (float)((double)taps[tap] / sum);
    }
}

static pinna_status create_bank(pinna_resampler* r)
{
    double cutoff = r->up < r->down ? (double)r->up / r->down : 1;
    double length = 2 * ceil(half_length(cutoff)) + 2;
    if (length > TAPS_MAX || length * r->up > BANK_MAX_FLOATS) return PINNA_ERROR_UNSUPPORTED;
    r->tap_count = (uint32_t)length;
    r->bank = malloc((size_t)r->up * r->tap_count * sizeof(float));
    r->history = calloc(2 * (size_t)r->tap_count, sizeof(float));
    if (!r->bank || !r->history) return PINNA_ERROR_MEMORY;
    fill_bank(r, cutoff);
    /* Output frame 0 lies at input frame 0: that frame is to stand in the filter's middle, half a filter of the input's
       beginning after it, and silence before it. */
    r->wanted_count = r->tap_count / 2 + 1;
    return PINNA_OK;
}

pinna_status pinna_resampler_create(uint32_t from_hz, uint32_t to_hz, pinna_resampler_pull pull, void* user,
                                    pinna_resampler** out)
{
    *out = NULL;
    uint32_t divisor = pinna_resampler_divisor(from_hz, to_hz);
    pinna_resampler* r = calloc(1, sizeof *r);
    if (!r) return PINNA_ERROR_MEMORY;
    *r = (pinna_resampler){.up = to_hz / divisor, .down = from_hz / divisor, .pull = pull, .user = user};
    pinna_status status = r->up == r->down ? PINNA_OK : create_bank(r);
    if (status) {
        pinna_resampler_destroy(r);
        return status;
    }
    *out = r;
    return PINNA_OK;
}

/* Sees to it that there are input samples. False at the end. */
static bool fetch(pinna_resampler* r)
{
    if (r->chunk_position < r->chunk_count) return true;
    r->chunk_position = 0;
    r->chunk_count = r->ended ? 0 : r->pull(r->user, &r->chunk);
    r->in_count += r->chunk_count;
    if (!r->chunk_count) r->ended = true;
    return !r->ended;
}

static size_t pass_through(pinna_resampler* r, float* out, size_t frame_count)
{
    size_t done = 0;
    while (done < frame_count && fetch(r)) {
        size_t count = r->chunk_count - r->chunk_position;
        if (count > frame_count - done) count = frame_count - done;
        memcpy(out + done, r->chunk + r->chunk_position, count * sizeof *out);
        r->chunk_position += count;
        done += count;
    }
    return done;
}

/* After the end silence comes in, until the filter has let everything out. */
static void take_in(pinna_resampler* r)
{
    for (; r->wanted_count; r->wanted_count--) {
        float sample = fetch(r) ? r->chunk[r->chunk_position++] : 0;
        r->history[r->head] = r->history[r->head + r->tap_count] = sample;
        if (++r->head == r->tap_count) r->head = 0;
    }
}

/* Eight sums side by side, which a compiler may keep in one vector register. */
static float dot(const float* a, const float* b, uint32_t count)
{
    enum { LANES = 8 };
    float sums[LANES] = {0}, sum = 0;
    uint32_t whole = count - count % LANES;
    for (uint32_t i = 0; i < whole; i += LANES)
        for (uint32_t lane = 0; lane < LANES; lane++)
            sums[lane] += a[i + lane] * b[i + lane];
    for (uint32_t i = whole; i < count; i++)
        sum += a[i] * b[i];
    for (uint32_t lane = 0; lane < LANES; lane++)
        sum += sums[lane];
    return sum;
}

static float next_sample(pinna_resampler* r)
{
    const float* taps = r->bank + (size_t)r->phase * r->tap_count;
    float sample = dot(taps, r->history + r->head, r->tap_count);
    r->phase += r->down;
    r->wanted_count = r->phase / r->up;
    r->phase %= r->up;
    return sample;
}

uint64_t pinna_resampler_scale(uint64_t frame_count, uint32_t from_hz, uint32_t to_hz)
{
    uint64_t whole = frame_count / from_hz, rest = frame_count % from_hz;
    return whole * to_hz + (rest * to_hz + from_hz - 1) / from_hz;
}

size_t pinna_resampler_read(pinna_resampler* r, float* out, size_t frame_count)
{
    if (!r->bank) return pass_through(r, out, frame_count);
    for (size_t i = 0; i < frame_count; i++) {
        take_in(r);
        if (r->ended && r->out_count >= pinna_resampler_scale(r->in_count, r->down, r->up)) return i;
        out[i] = next_sample(r);
        r->out_count++;
    }
    return frame_count;
}

void pinna_resampler_destroy(pinna_resampler* r)
{
    if (!r) return;
    free(r->bank);
    free(r->history);
    free(r);
}
