/* SPDX-License-Identifier: MIT */
#include "arrange.h"
#include "uneven.h"

#include <kiss_fft.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Frequency-domain files (SimpleFreeFieldHRTF, GeneralTF): complex bins at the frequencies N. Evenly spaced bins are a
 * discrete Fourier transform or a part of one; its length and rate follow from the spacing and the highest bin. What
 * lies below the first bin is filled in: an ear's response towards 0 Hz has the level and the delay of its lowest bins.
 * Other frequencies are brought to evenly spaced ones first, where they are near enough to each other.
 */

enum { MAX_LENGTH = 65536, MAX_FILLED = 64 };

typedef struct bins {
    double spacing_hz;
    size_t first, count; /* The first bin's number, and how many there are. */
    size_t length;       /* Of the transform. */
} bins;

typedef struct transform {
    const pinna_sofa_array *real, *imaginary;
    pinna_sofa_layout layout;
    bins bins;
    double* frequencies_hz;    /* As the file has them; in order where they are uneven. */
    pinna_sofa_uneven* uneven; /* NULL: bins are evenly spaced, in order. */
    bool is_interpolated;
    kiss_fft_cpx *spectrum, *samples; /* [length] */
    kiss_fft_cfg fft;
    bool is_reversed; /* Phases run the other way: e to the minus i omega t. */
} transform;

/* --- which transform it is --- */

static bool is_close(double a, double b)
{
    return fabs(a - b) <= 1e-3 * fabs(b);
}

static bool is_usual_rate(double rate_hz)
{
    static const double rates[] = {8000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++)
        if (is_close(rate_hz, rates[i])) return true;
    return false;
}

/* A whole transform ends at half the rate (even length), half a bin below (odd), or lacks its last bin. Bins that end
   elsewhere are a part: simulations stop where their mesh does. They get the next usual rate. */
static size_t find_length(const bins* b)
{
    size_t last = b->first + b->count - 1;
    for (size_t length = 2 * last; length <= 2 * last + 2; length++)
        if (is_usual_rate((double)length * b->spacing_hz)) return length;
    for (size_t length = 2 * last; length <= 4 * last && length <= MAX_LENGTH; length++)
        if ((double)length * b->spacing_hz >= 44000 && is_usual_rate((double)length * b->spacing_hz)) return length;
    return 2 * last;
}

static pinna_status refuse_bins(const pinna_sofa_context* context, const char* what)
{
    return pinna_sofa_refuse(
        context, PINNA_ERROR_UNSUPPORTED, "frequencies",
        "it holds spectra, %s; use the database's version with impulse responses (FIR), or convert it "
        "with the SOFA Toolbox",
        what);
}

/* 0, 1, 2, ... up to less than any head's highest frequency. */
static bool are_bin_numbers(const pinna_sofa_array* n, size_t count)
{
    if (!n->exact || n->count != count || count > 8192) return false;
    for (size_t i = 0; i < count; i++)
        if (n->exact[i] != (double)i) return false;
    return true;
}

/* Bins from 0 Hz to half the rate, where frequencies are missing or are the bins' numbers and the rate is there. */
static bool guess_frequencies(const pinna_sofa_context* context, const pinna_sofa_fields* fields, transform* t)
{
    const pinna_sofa_array *n = &fields->frequencies, *rates = &fields->sampling_rate;
    size_t count = t->bins.count;
    double rate = rates->count ? (double)rates->values[0] : 0;
    bool are_numbers = are_bin_numbers(n, count);
    if (!(rate >= 8000 && rate <= 384000) || count < 8 || (n->exact && !are_numbers)) return false;
    t->frequencies_hz = malloc(count * sizeof *t->frequencies_hz);
    for (size_t i = 0; i < count && t->frequencies_hz; i++)
        t->frequencies_hz[i] = (double)i * rate / 2 / (double)(count - 1);
    if (t->frequencies_hz)
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "guessed-frequencies",
                         "the spectra's frequencies (N) %s; taken as evenly spaced from 0 to %g Hz, half of "
                         "Data.SamplingRate", n->exact ? "are the bins' numbers" : "are missing", rate / 2);
    return t->frequencies_hz;
}

/* No head's spectra end below 400 Hz: then it is kilohertz. */
static pinna_status read_frequencies(const pinna_sofa_context* context, const pinna_sofa_fields* fields, transform* t)
{
    const pinna_sofa_array* n = &fields->frequencies;
    if (guess_frequencies(context, fields, t)) return PINNA_OK;
    if (!n->exact || n->count != t->bins.count)
        return refuse_bins(context, "but does not name their frequencies (N)");
    if (n->count > 24 && are_bin_numbers(n, n->count))
        return refuse_bins(context, "but N holds the bins' numbers, not their frequencies");
    if (n->count < 8) return refuse_bins(context, "but too few bins to make impulse responses of");
    double highest = 0;
    for (size_t i = 0; i < n->count; i++) {
        if (!(n->exact[i] >= 0 && n->exact[i] < 1e6))
            return refuse_bins(context, "but their frequencies (N) are no frequencies");
        highest = fmax(highest, n->exact[i]);
    }
    t->frequencies_hz = malloc(n->count * sizeof *t->frequencies_hz);
    if (!t->frequencies_hz) return PINNA_ERROR_MEMORY;
    for (size_t i = 0; i < n->count; i++) t->frequencies_hz[i] = n->exact[i] * (highest < 400 ? 1000 : 1);
    return PINNA_OK;
}

static bool are_even(const double* hz, bins* b)
{
    b->spacing_hz = (hz[b->count - 1] - hz[0]) / (double)(b->count - 1);
    if (!(b->spacing_hz > 0)) return false;
    for (size_t i = 0; i < b->count; i++)
        if (!(fabs(hz[i] - hz[0] - (double)i * b->spacing_hz) <= 0.02 * b->spacing_hz)) return false;
    double first = hz[0] / b->spacing_hz;
    b->first = (size_t)round(first);
    return fabs(first - round(first)) <= 0.02;
}

/* A part of a transform of 21 ms at the next usual rate: long enough for any head and its distance. */
static pinna_status choose_even_bins(const pinna_sofa_context* context, transform* t)
{
    static const double rates[] = {44100, 48000, 88200, 96000, 176400, 192000, 384000, 0};
    enum { LENGTH = 1024 };
    bins* b = &t->bins;
    double lowest_hz = t->frequencies_hz[0], highest_hz = t->frequencies_hz[b->count - 1];
    size_t i = 0;
    while (rates[i] > 0 && rates[i] / 2 * 1.001 < highest_hz) i++;
    if (rates[i] <= 0) return refuse_bins(context, "but beyond 192 kHz");
    b->length = LENGTH * (size_t)ceil(rates[i] / 48000);
    b->spacing_hz = rates[i] / (double)b->length;
    b->first = (size_t)ceil(lowest_hz / b->spacing_hz);
    b->count = (size_t)fmin(highest_hz / b->spacing_hz, (double)b->length / 2) - b->first + 1;
    t->is_interpolated = true;
    return PINNA_OK;
}

/* Between frequencies too far apart anything may lie. */
static pinna_status check_density(const pinna_sofa_context* context, const transform* t)
{
    enum { ROWS = 64 };
    static const double most_roughness = 0.25;
    const pinna_sofa_layout* l = &t->layout;
    const float *real = t->real->values, *imaginary = t->imaginary->values;
    size_t step = l->sizes[AXIS_M] / ROWS + 1, stride = l->strides[AXIS_N], count = 0;
    double sum = 0;
    for (size_t m = 0; m < l->sizes[AXIS_M]; m += step) {
        size_t at = pinna_sofa_index(l, m, 0, 0);
        pinna_sofa_uneven_listen(t->uneven, real + at, imaginary + at, stride);
    }
    for (size_t m = 0; m < l->sizes[AXIS_M]; m += step, count++) {
        size_t at = pinna_sofa_index(l, m, 0, 0);
        pinna_sofa_uneven_take(t->uneven, real + at, imaginary + at, stride);
        sum += pinna_sofa_uneven_roughness(t->uneven);
    }
    if (sum > most_roughness * (double)count)
        return refuse_bins(context, "but at unevenly spaced frequencies (N) too far apart to tell what lies between");
    pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "uneven-frequencies",
                     "the spectra's frequencies (N) are not evenly spaced from 0 Hz; what lies between was "
                     "interpolated, so use the database's FIR version if there is one");
    return PINNA_OK;
}

static pinna_status find_bins(const pinna_sofa_context* context, const pinna_sofa_fields* fields, transform* t)
{
    bins* b = &t->bins;
    pinna_status status = read_frequencies(context, fields, t);
    if (status) return status;
    if (!are_even(t->frequencies_hz, b)) { /* or not in order */
        t->uneven = pinna_sofa_uneven_create(t->frequencies_hz, b->count);
        if (!t->uneven) return refuse_bins(context, "but too few bins to make impulse responses of");
        b->count = pinna_sofa_uneven_sort(t->uneven, t->frequencies_hz);
    }
    if (are_even(t->frequencies_hz, b)) b->length = find_length(b);
    else status = choose_even_bins(context, t);
    if (!status && b->first > MAX_FILLED) status = refuse_bins(context, "but their low end is missing");
    if (!status && b->length > MAX_LENGTH) status = refuse_bins(context, "but of more than 32768 bins");
    return !status && t->is_interpolated ? check_density(context, t) : status;
}

/* --- one response --- */

/* Spectra of both sides hold each bin again, conjugated, from their end on; then half of them says all. A part of one
   side never does. */
static bool has_both_sides(const transform* t)
{
    enum { ROWS = 16 };
    const pinna_sofa_layout* l = &t->layout;
    size_t count = t->bins.count, stride = l->strides[AXIS_N], step = l->sizes[AXIS_M] / ROWS + 1;
    double apart = 0, power = 0;
    for (size_t m = 0; m < l->sizes[AXIS_M]; m += step) {
        size_t at = pinna_sofa_index(l, m, 0, 0);
        for (size_t k = 1; k < count; k++) {
            size_t here = at + k * stride, there = at + (count - k) * stride;
            double re = (double)(t->real->values[here] - t->real->values[there]);
            double im = (double)(t->imaginary->values[here] + t->imaginary->values[there]);
            apart += re * re + im * im, power += (double)(t->real->values[here] * t->real->values[here]);
        }
    }
    return apart <= 1e-6 * power && power > 0;
}

static void keep_one_side(transform* t)
{
    if (t->uneven || t->bins.first != 0 || t->bins.count < 16 || !has_both_sides(t)) return;
    t->bins.length = t->bins.count;
    t->bins.count = t->bins.count / 2 + 1;
}

static double wrapped(double phase)
{
    return remainder(phase, 2 * 3.14159265358979323846);
}

static double phase_of(kiss_fft_cpx c)
{
    return atan2((double)c.i, (double)c.r);
}

static double magnitude_of(kiss_fft_cpx c)
{
    return hypot((double)c.r, (double)c.i);
}

static bool is_missing(kiss_fft_cpx c)
{
    return !isfinite(c.r) || !isfinite(c.i) || (c.r == 0 && c.i == 0);
}

/* Level of the lowest bin there is, phase on the line through the lowest two, and real at 0 Hz. */
static void fill_low_end(const transform* t, size_t first)
{
    kiss_fft_cpx* s = t->spectrum;
    double level = magnitude_of(s[first]), phase = phase_of(s[first]), slope = wrapped(phase_of(s[first + 1]) - phase);
    for (size_t k = 1; k < first; k++) {
        double at = phase - (double)(first - k) * slope;
        s[k] = (kiss_fft_cpx){(float)(level * cos(at)), (float)(level * sin(at))};
    }
    double at_zero = phase - (double)first * slope;
    s[0] = (kiss_fft_cpx){(float)(cos(at_zero) < 0 ? -level : level), 0};
}

static void copy_bins(const transform* t, size_t index)
{
    const bins* b = &t->bins;
    size_t stride = t->layout.strides[AXIS_N];
    if (t->uneven) {
        pinna_sofa_uneven_take(t->uneven, t->real->values + index, t->imaginary->values + index, stride);
        pinna_sofa_uneven_give(t->uneven, b->spacing_hz, b->first, b->count, t->spectrum + b->first);
    }
    for (size_t k = 0; k < b->count && b->first + k <= b->length / 2; k++) {
        size_t at = index + k * stride;
        kiss_fft_cpx* to = &t->spectrum[b->first + k];
        if (!t->uneven) *to = (kiss_fft_cpx){t->real->values[at], t->imaginary->values[at]};
        if (t->is_reversed) to->i = -to->i;
    }
}

static void read_spectrum(const transform* t, size_t index)
{
    const bins* b = &t->bins;
    memset(t->spectrum, 0, b->length * sizeof *t->spectrum);
    copy_bins(t, index);
    size_t first = b->first;
    if (first == 0 && is_missing(t->spectrum[0])) first = 1; /* Simulations cannot say anything about 0 Hz. */
    if (first > 0) fill_low_end(t, first);
    t->spectrum[0].i = 0;
    if (b->length % 2 == 0) t->spectrum[b->length / 2].i = 0;
    for (size_t k = 1; k < (b->length + 1) / 2; k++)
        t->spectrum[b->length - k] = (kiss_fft_cpx){t->spectrum[k].r, -t->spectrum[k].i};
}

static void transform_response(const transform* t, size_t index, float* taps)
{
    read_spectrum(t, index);
    kiss_fft(t->fft, t->spectrum, t->samples);
    for (size_t i = 0; i < t->bins.length; i++) taps[i] = t->samples[i].r / (float)t->bins.length;
}

static void transform_all(const transform* t, float* taps)
{
    const pinna_sofa_layout* l = &t->layout;
    for (size_t m = 0; m < l->sizes[AXIS_M]; m++)
        for (size_t r = 0; r < l->sizes[AXIS_R]; r++)
            for (size_t e = 0; e < l->sizes[AXIS_E]; e++, taps += t->bins.length)
                transform_response(t, pinna_sofa_index(l, m, r, e), taps);
}

/* --- time runs forwards and begins at zero --- */

static size_t peak_of(const float* taps, size_t count)
{
    size_t peak = 0;
    for (size_t i = 1; i < count; i++)
        if (fabsf(taps[i]) > fabsf(taps[peak])) peak = i;
    return peak;
}

/* Responses rise at once and ring out slowly. Returns by how much more energy follows the peaks than leads them, dB. */
static double forwardness_db(const float* taps, size_t row_count, size_t length)
{
    double before = 1e-30, after = 1e-30;
    size_t reach = length / 4;
    for (size_t row = 0; row < row_count; row++, taps += length) {
        size_t peak = peak_of(taps, length);
        for (size_t i = 2; i < reach; i++) {
            double later = (double)taps[(peak + i) % length], earlier = (double)taps[(peak + length - i) % length];
            after += later * later, before += earlier * earlier;
        }
    }
    return 10 * log10(after / before);
}

/* The louder ear is the one that hears first: correlation of the two over the measurements, -1 to 1, 0 where there are
   too few. Measured responses ring so long before their peak that their shape alone tells less. */
static double lead_of_louder(const float* taps, const pinna_sofa_layout* l, size_t length)
{
    enum { LEAST_COUNT = 8 };
    size_t ear_step = l->sizes[AXIS_E] * length, count = l->sizes[AXIS_M];
    double xx = 0, yy = 0, xy = 0;
    if (l->sizes[AXIS_R] < 2 || count < LEAST_COUNT) return 0;
    for (size_t m = 0; m < count; m++) {
        const float *left = taps + m * l->sizes[AXIS_R] * ear_step, *right = left + ear_step;
        double lead = (double)peak_of(right, length) - (double)peak_of(left, length), levels[2] = {1e-60, 1e-60};
        for (size_t i = 0; i < length; i++) {
            levels[0] += (double)left[i] * (double)left[i];
            levels[1] += (double)right[i] * (double)right[i];
        }
        double louder = log(levels[0] / levels[1]);
        lead = remainder(lead, (double)length);
        xx += lead * lead, yy += louder * louder, xy += lead * louder;
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
}

static bool runs_backwards(const float* taps, const transform* t, size_t row_count)
{
    double lead = lead_of_louder(taps, &t->layout, t->bins.length);
    return fabs(lead) > 0.5 ? lead < 0 : forwardness_db(taps, row_count, t->bins.length) < -6;
}

static void rotate(float* taps, size_t length, size_t shift, float* scratch)
{
    memcpy(scratch, taps, length * sizeof *taps);
    for (size_t i = 0; i < length; i++) taps[(i + shift) % length] = scratch[i];
}

/* Start of the stretch that holds the peaks: behind the longest stretch round the circle that holds next to none of
   them, by energy, so that a soft response's noise does not count. 0: nothing wraps. */
static size_t find_start(const float* energies, size_t length)
{
    double total = 0;
    for (size_t i = 0; i < length; i++) total += (double)energies[i];
    size_t run = 0, longest = 0, end = 0;
    for (size_t i = 0; i < 2 * length; i++) {
        run = (double)energies[i % length] <= 1e-4 * total ? run + 1 : 0;
        if (run > longest && run <= length) longest = run, end = i + 1;
    }
    size_t start = end % length; /* The stretch without peaks is [start - longest, start). */
    return start < longest ? 0 : start;
}

/* Where the transform's time zero is the middle of the head, the nearer ear hears before it: its onset wraps round to
   the end. All responses are then delayed alike. */
static void unwrap_time(const pinna_sofa_context* context, float* taps, size_t row_count, size_t length, float* scratch)
{
    memset(scratch, 0, length * sizeof *scratch);
    for (size_t row = 0; row < row_count; row++) {
        size_t peak = peak_of(taps + row * length, length);
        scratch[peak] += taps[row * length + peak] * taps[row * length + peak];
    }
    size_t start = find_start(scratch, length);
    if (start == 0) return;
    size_t shift = length - start + length / 32;
    for (size_t row = 0; row < row_count; row++) rotate(taps + row * length, length, shift, scratch);
    pinna_report_add(context->report, PINNA_SEVERITY_NOTE, "time-zero-in-head",
                     "some responses begin before the spectra's time zero; all were delayed by %zu samples alike",
                     shift);
}

/* --- the whole --- */

static void report_bins(const pinna_sofa_context* context, const bins* b)
{
    double rate_hz = (double)b->length * b->spacing_hz, highest_hz = (double)(b->first + b->count - 1) * b->spacing_hz;
    pinna_report_add(context->report, PINNA_SEVERITY_NOTE, "frequency-domain",
                     "the responses are stored as %zu bins from %g to %g Hz; transformed to %zu samples at %g Hz",
                     b->count, (double)b->first * b->spacing_hz, highest_hz, b->length, rate_hz);
    if (highest_hz < 14000)
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "missing-high-end",
                         "the spectra end at %g Hz; above, nothing is heard, so heights are hard to tell", highest_hz);
    if ((double)b->first * b->spacing_hz > 250)
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "missing-low-end",
                         "the spectra begin at %g Hz; what lies below was filled in at the level of the lowest bins",
                         (double)b->first * b->spacing_hz);
}

static pinna_status make(const pinna_sofa_context* context, pinna_sofa_fields* fields, transform* t)
{
    pinna_status status;
    size_t length = t->bins.length;
    float* taps = pinna_sofa_make_responses(context, fields, &t->layout, length, (double)length * t->bins.spacing_hz,
                                            &status);
    if (!taps) return status;
    size_t row_count = fields->impulse_responses.count / length;
    transform_all(t, taps);
    report_bins(context, &t->bins);
    if (runs_backwards(taps, t, row_count)) {
        t->is_reversed = true;
        transform_all(t, taps);
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "reversed-phase",
                         "the spectra's phases run the wrong way (time runs as e^-iwt), so responses would sound "
                         "backwards; the phases were negated");
    }
    unwrap_time(context, taps, row_count, length, (float*)t->samples);
    return PINNA_OK;
}

static pinna_status make_room(transform* t)
{
    keep_one_side(t);
    t->spectrum = malloc(t->bins.length * sizeof *t->spectrum);
    t->samples = malloc(t->bins.length * sizeof *t->samples);
    t->fft = kiss_fft_alloc((int)t->bins.length, 1, NULL, NULL);
    return t->spectrum && t->samples && t->fft ? PINNA_OK : PINNA_ERROR_MEMORY;
}

pinna_status pinna_sofa_make_from_spectra(const pinna_sofa_context* context, pinna_sofa_fields* fields)
{
    transform t = {.real = &fields->real, .imaginary = &fields->imaginary};
    if (t.real->count != t.imaginary->count || !pinna_sofa_find_layout(fields, t.real, &t.layout) || !t.real->count)
        return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "spectrum-shape",
                                 "Data.Real and Data.Imag differ in shape; use another copy");
    t.bins.count = t.layout.sizes[AXIS_N];
    pinna_status status = find_bins(context, fields, &t);
    if (!status) status = make_room(&t);
    if (!status) status = make(context, fields, &t);
    free(t.frequencies_hz);
    free(t.spectrum);
    free(t.samples);
    kiss_fft_free(t.fft);
    pinna_sofa_uneven_destroy(t.uneven);
    return status;
}
