/* SPDX-License-Identifier: MIT */
#include "convert_set.h"
#include "resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t row_count(const convert_set* set)
{
    return (size_t)set->measured.measurement_count * PINNA_EAR_COUNT;
}

static void* copy_of(const void* from, size_t byte_count)
{
    void* to = malloc(byte_count);
    if (to) memcpy(to, from, byte_count);
    return to;
}

void convert_set_free(convert_set* set)
{
    free(set->hrirs);
    free(set->delays_frames);
    free(set->positions_m);
    memset(set, 0, sizeof *set);
}

pinna_status convert_set_copy(const pinna_measured_set* from, convert_set* out)
{
    *out = (convert_set){.measured = *from};
    size_t rows = row_count(out);
    out->hrirs = copy_of(from->hrirs, rows * from->tap_count * sizeof *out->hrirs);
    out->positions_m = copy_of(from->positions_m, from->measurement_count * sizeof *out->positions_m);
    if (from->delays_frames) out->delays_frames = copy_of(from->delays_frames, rows * sizeof *out->delays_frames);
    out->measured.hrirs = out->hrirs;
    out->measured.positions_m = out->positions_m;
    out->measured.delays_frames = out->delays_frames;
    bool whole = out->hrirs && out->positions_m && (out->delays_frames || !from->delays_frames);
    if (!whole) convert_set_free(out);
    return whole ? PINNA_OK : PINNA_ERROR_MEMORY;
}

static void replace_hrirs(convert_set* set, float* hrirs, uint32_t tap_count)
{
    free(set->hrirs);
    set->hrirs = hrirs;
    set->measured.hrirs = hrirs;
    set->measured.tap_count = tap_count;
}

static void drop_delays(convert_set* set)
{
    free(set->delays_frames);
    set->delays_frames = NULL;
    set->measured.delays_frames = NULL;
}

/* Frames at the start that hold nothing audible in any response: -100 dB. */
static uint32_t silent_lead(const float* hrirs, size_t rows, uint32_t length, uint32_t most)
{
    uint32_t silent = most;
    for (size_t row = 0; row < rows; row++) {
        const float* taps = hrirs + row * length;
        double total = 0, sum = 0;
        for (uint32_t i = 0; i < length; i++) total += (double)taps[i] * (double)taps[i];
        for (uint32_t i = 0; i < silent; i++) {
            sum += (double)taps[i] * (double)taps[i];
            if (sum > 1e-10 * total) silent = i;
        }
    }
    return silent;
}

/* --- delays --- */

/* Fractions of a frame are a sinc of 2 * HALF + 1 taps under Kaiser's window: flat within 0.01 dB to 0.94 of the
   Nyquist frequency. Whole frames are moved as they are. */
enum { HALF = 48 };

static double bessel_i0(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; term > 1e-15 * sum; k++) term *= x * x / (4.0 * k * k), sum += term;
    return sum;
}

static void design_fraction(double fraction, double taps[2 * HALF + 1])
{
    static const double beta = 8, pi = 3.14159265358979323846;
    for (int k = -HALF; k <= HALF; k++) {
        double t = k - fraction, place = t / (HALF + 1);
        double window = place * place < 1 ? bessel_i0(beta * sqrt(1 - place * place)) / bessel_i0(beta) : 0;
        taps[k + HALF] = window * (fabs(t) < 1e-9 ? 1 : sin(pi * t) / (pi * t));
    }
}

static void delay_row(const float* from, uint32_t from_count, double delay, float* to, uint32_t to_count)
{
    double taps[2 * HALF + 1], whole = rint(delay);
    long first = (long)whole;
    if (fabs(delay - whole) < 1e-6) {
        for (uint32_t i = 0; i < from_count && first + i < to_count; i++) to[first + i] = from[i];
        return;
    }
    design_fraction(delay - whole, taps);
    for (uint32_t i = 0; i < from_count; i++)
        for (long k = -HALF; k <= HALF; k++) {
            long at = first + (long)i + k;
            if (at >= 0 && at < (long)to_count) to[at] += (float)((double)from[i] * taps[k + HALF]);
        }
}

static void keep_part(float* hrirs, size_t rows, uint32_t length, uint32_t first, uint32_t count, float gain);

/* Largest delay; *fractional says whether any is not of whole frames. */
static float largest_delay(const convert_set* set, bool* fractional)
{
    float largest = 0;
    for (size_t row = 0; row < row_count(set); row++) {
        float delay = set->delays_frames[row];
        *fractional = *fractional || fabsf(delay - rintf(delay)) >= 1e-6f;
        largest = fmaxf(largest, delay);
    }
    return largest;
}

pinna_status convert_set_bake_delays(convert_set* set, pinna_report* report)
{
    if (!set->delays_frames) return PINNA_OK;
    bool fractional = false;
    float largest = largest_delay(set, &fractional);
    uint32_t from = set->measured.tap_count, around = fractional ? HALF : 0,
             to = from + (uint32_t)ceilf(largest) + 2 * around;
    if (to > PINNA_HRTF_MAX_TAPS) {
        pinna_report_add(
            report, PINNA_SEVERITY_WARNING, "delays-kept",
            "delays of up to %.0f samples stay in Data.Delay, which not every program reads; shorten the responses "
            "first",
            (double)largest);
        return PINNA_OK;
    }
    size_t rows = row_count(set);
    float* hrirs = calloc(rows * to, sizeof *hrirs);
    if (!hrirs) return PINNA_ERROR_MEMORY;
    for (size_t row = 0; row < rows; row++)
        delay_row(set->hrirs + row * from, from, (double)set->delays_frames[row] + around, hrirs + row * to, to);
    uint32_t first = silent_lead(hrirs, rows, to, around);
    keep_part(hrirs, rows, to, first, to - first, 1);
    replace_hrirs(set, hrirs, to - first);
    drop_delays(set);
    pinna_report_add(
        report, PINNA_SEVERITY_NOTE, "delays-moved",
        "delays of up to %.1f samples were moved from Data.Delay into the responses, where every program hears "
        "them",
        (double)largest);
    return PINNA_OK;
}

/* --- rate --- */

/* All responses run through one resampler, each in a slot of its own that begins and ends on a frame of both rates,
   with silence around it in which the filter rings. */
typedef struct slots {
    const convert_set* set;
    uint32_t lead, length; /* Of a slot, input frames. */
    size_t row;
    float* slot;
} slots;

static size_t next_slot(void* user, float** samples)
{
    slots* s = user;
    uint32_t tap_count = s->set->measured.tap_count;
    if (s->row > row_count(s->set)) return 0; /* One slot of silence follows the last. */
    memset(s->slot, 0, s->length * sizeof *s->slot);
    if (s->row < row_count(s->set))
        memcpy(s->slot + s->lead, s->set->hrirs + s->row * tap_count, tap_count * sizeof *s->slot);
    s->row++;
    *samples = s->slot;
    return s->length;
}

static uint32_t round_up(uint32_t value, uint32_t step)
{
    return (value + step - 1) / step * step;
}

static void keep_part(float* hrirs, size_t rows, uint32_t length, uint32_t first, uint32_t count, float gain)
{
    for (size_t row = 0; row < rows; row++)
        for (uint32_t i = 0; i < count; i++) hrirs[row * count + i] = gain * hrirs[row * length + first + i];
}

pinna_status convert_set_resample(convert_set* set, uint32_t to_hz, pinna_report* report)
{
    enum { LEAST_LEAD = 64 };
    uint32_t from_hz = (uint32_t)lrint(set->measured.sample_rate_hz), tap_count = set->measured.tap_count;
    if (from_hz == to_hz) return PINNA_OK;
    uint32_t divisor = pinna_resampler_divisor(from_hz, to_hz), down = from_hz / divisor, up = to_hz / divisor;
    slots s = {.set = set, .lead = round_up(LEAST_LEAD, down)};
    s.length = round_up(s.lead + tap_count + LEAST_LEAD, down);
    uint32_t lead = s.lead / down * up, length = s.length / down * up;
    uint32_t kept = (uint32_t)pinna_resampler_scale(tap_count, from_hz, to_hz);
    size_t rows = row_count(set);
    s.slot = malloc(s.length * sizeof *s.slot);
    float* out = malloc(rows * length * sizeof *out);
    pinna_resampler* resampler = NULL;
    pinna_status status =
        s.slot && out ? pinna_resampler_create(from_hz, to_hz, next_slot, &s, &resampler) : PINNA_ERROR_MEMORY;
    if (!status) {
        size_t got = pinna_resampler_read(resampler, out, rows * length);
        memset(out + got, 0, (rows * length - got) * sizeof *out);
        uint32_t first = silent_lead(out, rows, length, lead), count = kept + (lead - first);
        keep_part(out, rows, length, first, count, (float)from_hz / (float)to_hz);
        replace_hrirs(set, out, count);
        set->measured.sample_rate_hz = to_hz;
        for (size_t row = 0; set->delays_frames && row < rows; row++)
            set->delays_frames[row] *= (float)to_hz / (float)from_hz;
        pinna_report_add(report, PINNA_SEVERITY_NOTE, "resampled", "resampled from %u to %u Hz%s", from_hz, to_hz,
                         first < lead ? "; all responses begin a little later, so that nothing of their onsets is lost"
                                      : "");
    } else {
        free(out);
    }
    pinna_resampler_destroy(resampler);
    free(s.slot);
    return status;
}

/* --- length --- */

pinna_status convert_set_set_length(convert_set* set, uint32_t to, pinna_report* report)
{
    uint32_t from = set->measured.tap_count, kept = from < to ? from : to, fade = to / 8;
    if (to == from) return PINNA_OK;
    float* hrirs = calloc(row_count(set) * to, sizeof *hrirs);
    if (!hrirs) return PINNA_ERROR_MEMORY;
    double lost = 0, total = 1e-60;
    for (size_t row = 0; row < row_count(set); row++) {
        float* taps = hrirs + row * to;
        memcpy(taps, set->hrirs + row * from, kept * sizeof *taps);
        for (uint32_t i = 0; to < from && i < fade; i++)
            taps[to - 1 - i] *= 0.5f - 0.5f * cosf(3.14159265f * ((float)i + 0.5f) / (float)fade);
        for (uint32_t i = 0; i < from; i++) {
            double whole = (double)set->hrirs[row * from + i], rest = whole - (i < to ? (double)taps[i] : 0);
            total += whole * whole, lost += rest * rest;
        }
    }
    replace_hrirs(set, hrirs, to);
    double lost_db = 10 * log10(lost / total + 1e-30);
    if (to < from)
        pinna_report_add(
            report, lost_db > -20 ? PINNA_SEVERITY_WARNING : PINNA_SEVERITY_NOTE, "shortened",
            "the responses were cut from %u to %u samples with a fade; what is lost is %.0f dB below what was "
            "there",
            from, to, -lost_db);
    return PINNA_OK;
}

/* --- the engine's own treatment --- */

static void look_up_all(convert_set* set, const pinna_hrtf* hrtf, float* hrirs, float* delays_frames)
{
    pinna_hrtf_info info = pinna_hrtf_get_info(hrtf);
    float to_measured = 1 / info.gain;
    for (uint32_t m = 0; m < set->measured.measurement_count; m++) {
        float* left = hrirs + (size_t)m * PINNA_EAR_COUNT * info.tap_count;
        pinna_hrtf_lookup(hrtf, pinna_vec3_normalize(set->positions_m[m]), left, left + info.tap_count,
                          delays_frames + (size_t)m * PINNA_EAR_COUNT);
        for (uint32_t i = 0; i < PINNA_EAR_COUNT * info.tap_count; i++) left[i] *= to_measured;
    }
}

pinna_status convert_set_apply(convert_set* set, const pinna_hrtf_options* options, pinna_report* report)
{
    pinna_prepare_config config = pinna_prepare_config_default();
    config.sample_rate_hz = (uint32_t)lrint(set->measured.sample_rate_hz);
    config.tap_count = set->measured.tap_count > 16 ? set->measured.tap_count : 16;
    config.options = *options;
    pinna_hrtf* hrtf = NULL;
    pinna_status status = pinna_hrtf_prepare(&set->measured, &config, report, &hrtf);
    if (status) return status;
    uint32_t tap_count = pinna_hrtf_get_info(hrtf).tap_count;
    float* hrirs = malloc(row_count(set) * tap_count * sizeof *hrirs);
    float* delays_frames = malloc(row_count(set) * sizeof *delays_frames);
    if (hrirs && delays_frames) {
        look_up_all(set, hrtf, hrirs, delays_frames);
        replace_hrirs(set, hrirs, tap_count);
        drop_delays(set);
        set->delays_frames = delays_frames;
        set->measured.delays_frames = delays_frames;
    } else {
        free(hrirs);
        free(delays_frames);
        status = PINNA_ERROR_MEMORY;
    }
    pinna_hrtf_release(hrtf);
    return status;
}

/* Woodworth's rigid sphere: the nearer ear hears (a/c) sin theta before the head's middle, the farther (a/c) theta
   after, theta the angle out of the median plane. All are raised so that none is negative. */
pinna_status convert_set_add_itd(convert_set* set, double circumference_m)
{
    double frames = circumference_m / (2 * 3.14159265358979323846) / 343.0 * set->measured.sample_rate_hz;
    if (!set->delays_frames) set->delays_frames = calloc(row_count(set), sizeof *set->delays_frames);
    if (!set->delays_frames) return PINNA_ERROR_MEMORY;
    set->measured.delays_frames = set->delays_frames;
    for (size_t row = 0; row < row_count(set); row++) {
        double side = (double)pinna_vec3_normalize(set->positions_m[row / PINNA_EAR_COUNT]).y;
        double away = row % PINNA_EAR_COUNT == PINNA_LEFT ? -side : side;
        set->delays_frames[row] += (float)(frames * (1 + (away > 0 ? asin(fmin(away, 1)) : away)));
    }
    return PINNA_OK;
}

/* --- comparing --- */

double convert_set_difference_db(const pinna_measured_set* a, const pinna_measured_set* b)
{
    if (a->measurement_count != b->measurement_count || a->tap_count != b->tap_count) return INFINITY;
    size_t rows = (size_t)a->measurement_count * PINNA_EAR_COUNT;
    double total = 1e-60, error = 0;
    for (uint32_t m = 0; m < a->measurement_count; m++) {
        float radius = fmaxf(pinna_vec3_length(a->positions_m[m]), 1e-3f);
        if (pinna_vec3_length(pinna_vec3_sub(a->positions_m[m], b->positions_m[m])) > 1e-5f * radius) return INFINITY;
    }
    for (size_t i = 0; i < rows * a->tap_count; i++) {
        double x = (double)a->hrirs[i], difference = x - (double)b->hrirs[i];
        total += x * x, error += difference * difference;
    }
    for (size_t row = 0; row < rows; row++) {
        float x = a->delays_frames ? a->delays_frames[row] : 0, y = b->delays_frames ? b->delays_frames[row] : 0;
        if (fabsf(x - y) > 1e-4f) return INFINITY;
    }
    return 10 * log10(error / total + 1e-30);
}
