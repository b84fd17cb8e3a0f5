/* SPDX-License-Identifier: MIT */
/* Line lengths from the room's size, absorbing filters from its decay. */
#include "dsp/reverb_network.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846
#define SPEED_OF_SOUND_M_PER_S 343.0

/* Lines last one and a half to four and a half mean free paths: longer than sound flies between two walls, because 16
   lines must hold as many modes as thousands of paths do. Bounds keep closets dense in modes, and arenas dense in
   echoes 80 ms after the direct sound. */
#define SHORTEST_PATHS 1.5
#define LONGEST_OVER_SHORTEST 3.0
#define MIN_SHORTEST_S 0.020
#define MAX_SHORTEST_S 0.026

#define LOWEST_BAND_HZ 125.0
#define HIGHEST_FRACTION 0.45 /* of the sample rate: filters end here */
#define PEAK_Q 1.2
#define SHELF_Q 0.7071
#define LEVEL_BAND 3 /* 1 kHz */
#define MAX_CONTRAST 4.0
#define LEAST_DAMPING 0.6 /* nowhere is a line damped less than this share of what the longest decay asks for */

enum { LINES = PINNA_REVERB_LINES, BANDS = PINNA_REVERB_BANDS, SOLVE_ROUNDS = 8 };

static double clamp(double x, double low, double high)
{
    return x >= low ? (x <= high ? x : high) : low; /* NaN: low */
}

void pinna_reverb_spread_bands(float low_s, float middle_s, float high_s, float rt60_s[PINNA_REVERB_BANDS])
{
    for (int b = 0; b < BANDS; b++) rt60_s[b] = b < 3 ? low_s : b < 6 ? middle_s : high_s;
}

/* --- lengths --- */

static bool is_prime(uint32_t n)
{
    for (uint32_t d = 2; d * d <= n; d++)
        if (n % d == 0) return false;
    return n > 1;
}

double pinna_reverb_shortest_line_s(const float size_m[3])
{
    double x = clamp(size_m[0], 1.0, 200.0), y = clamp(size_m[1], 1.0, 200.0), z = clamp(size_m[2], 1.0, 200.0);
    double mean_free_path_m = 4.0 * x * y * z / (2.0 * (x * y + y * z + z * x));
    return clamp(SHORTEST_PATHS * mean_free_path_m / SPEED_OF_SOUND_M_PER_S, MIN_SHORTEST_S, MAX_SHORTEST_S);
}

/* Different primes have no common factor, so echoes of different lines fall together as late as can be. Evenly spread,
   and off that by a golden-ratio sequence, for equal steps would add up to equal sums. */
static void choose_lengths(uint32_t frames[LINES], double shortest_frames)
{
    double step = shortest_frames * (LONGEST_OVER_SHORTEST - 1.0) / LINES, part = 0.0;
    uint32_t last = 0;
    for (int l = 0; l < LINES; l++) {
        part = fmod(part + 0.6180339887, 1.0);
        uint32_t n = (uint32_t)(shortest_frames + step * (l + 0.8 * part));
        if (n <= last) n = last + 1;
        while (!is_prime(n)) n++;
        frames[l] = last = n;
    }
}

/* --- filters: two shelves around peaks at the octaves between (formulas: R. Bristow-Johnson's cookbook) --- */

typedef struct biquad {
    double b[3], a[2];
} biquad;

typedef struct filter_bank {
    double rate_hz;
    uint32_t band_count; /* with a centre the sample rate can carry; at least 2 */
    double cosine[BANDS], alpha[BANDS]; /* of each section */
    double unit_db[BANDS][BANDS];       /* inverse of: response at centre (row) to 1 dB in section (column) */
} filter_bank;

static double centre_hz(uint32_t band)
{
    return LOWEST_BAND_HZ * (double)(1u << band);
}

static biquad peak(double cosine, double alpha, double gain_db)
{
    double a = pow(10.0, gain_db / 40.0), scale = 1.0 / (1.0 + alpha / a);
    return (biquad){{(1.0 + alpha * a) * scale, -2.0 * cosine * scale, (1.0 - alpha * a) * scale},
                    {-2.0 * cosine * scale, (1.0 - alpha / a) * scale}};
}

/* sign 1: low shelf, -1: high shelf, which is its mirror image. */
static biquad shelf(double cosine, double alpha, double gain_db, double sign)
{
    double a = pow(10.0, gain_db / 40.0), root = 2.0 * sqrt(a) * alpha, down = a - 1.0, up = a + 1.0, c = sign * cosine;
    double scale = 1.0 / (up + down * c + root);
    return (biquad){{a * (up - down * c + root) * scale, 2.0 * a * sign * (down - up * c) * scale,
                     a * (up - down * c - root) * scale},
                    {-2.0 * sign * (down + up * c) * scale, (up + down * c - root) * scale}};
}

static biquad section(const filter_bank* bank, uint32_t k, double gain_db)
{
    if (k == 0) return shelf(bank->cosine[k], bank->alpha[k], gain_db, 1.0);
    if (k + 1 == bank->band_count) return shelf(bank->cosine[k], bank->alpha[k], gain_db, -1.0);
    return peak(bank->cosine[k], bank->alpha[k], gain_db);
}

/* Power. */
static double response(const biquad* q, double cosine)
{
    /* |b0 + b1 z + b2 z^2|^2 on the unit circle. */
    double c2 = 2.0 * cosine * cosine - 1.0;
    double above = q->b[0] * q->b[0] + q->b[1] * q->b[1] + q->b[2] * q->b[2] +
                   2.0 * cosine * q->b[1] * (q->b[0] + q->b[2]) + 2.0 * c2 * q->b[0] * q->b[2];
    double below = 1.0 + q->a[0] * q->a[0] + q->a[1] * q->a[1] + 2.0 * cosine * q->a[0] * (1.0 + q->a[1]) +
                   2.0 * c2 * q->a[1];
    return above / below;
}

static double response_db(const biquad* q, double cosine)
{
    return 10.0 * log10(response(q, cosine));
}

static void invert(double m[BANDS][BANDS], uint32_t n)
{
    /* Gauss and Jordan, in place; the matrix is nearly diagonal, so pivots need no search. */
    for (uint32_t p = 0; p < n; p++) {
        double pivot = 1.0 / m[p][p];
        m[p][p] = 1.0;
        for (uint32_t j = 0; j < n; j++) m[p][j] *= pivot;
        for (uint32_t i = 0; i < n; i++) {
            if (i == p) continue;
            double factor = m[i][p];
            m[i][p] = 0.0;
            for (uint32_t j = 0; j < n; j++) m[i][j] -= factor * m[p][j];
        }
    }
}

static double centre_cosine(const filter_bank* bank, uint32_t band)
{
    return cos(2.0 * PI * centre_hz(band) / bank->rate_hz);
}

static void bank_init(filter_bank* bank, double rate_hz)
{
    *bank = (filter_bank){.rate_hz = rate_hz, .band_count = 2};
    while (bank->band_count < BANDS && centre_hz(bank->band_count) < HIGHEST_FRACTION * rate_hz) bank->band_count++;
    uint32_t n = bank->band_count;
    for (uint32_t k = 0; k < n; k++) {
        /* Shelves turn between their octave and the next. */
        double turn = k == 0 ? sqrt(2.0) : k + 1 == n ? sqrt(0.5) : 1.0, q = turn == 1.0 ? PEAK_Q : SHELF_Q;
        double w = 2.0 * PI * centre_hz(k) * turn / rate_hz;
        bank->cosine[k] = cos(w);
        bank->alpha[k] = sin(w) / (2.0 * q);
    }
    for (uint32_t k = 0; k < n; k++) {
        biquad one = section(bank, k, 1.0);
        for (uint32_t band = 0; band < n; band++) bank->unit_db[band][k] = response_db(&one, centre_cosine(bank, band));
    }
    invert(bank->unit_db, n);
}

static double bank_response_db(const filter_bank* bank, const double gains_db[BANDS], double cosine)
{
    double sum = 0.0;
    for (uint32_t k = 0; k < bank->band_count; k++) {
        biquad q = section(bank, k, gains_db[k]);
        sum += response_db(&q, cosine);
    }
    return sum;
}

/* Section gains for which the bank has these levels at the centres. Levels of sections nearly add up, so a few rounds
   of correcting by the inverse for small gains get there. */
static void bank_solve(const filter_bank* bank, const double wanted_db[BANDS], double gains_db[BANDS])
{
    uint32_t n = bank->band_count;
    double error[BANDS];
    memset(gains_db, 0, BANDS * sizeof *gains_db);
    for (int round = 0; round < SOLVE_ROUNDS; round++) {
        for (uint32_t band = 0; band < n; band++)
            error[band] = wanted_db[band] - bank_response_db(bank, gains_db, centre_cosine(bank, band));
        for (uint32_t k = 0; k < n; k++)
            for (uint32_t band = 0; band < n; band++) gains_db[k] += bank->unit_db[k][band] * error[band];
    }
}

/* Attenuation per frame in each band, as dB. */
static void wanted_per_frame_db(const filter_bank* bank, const float rt60_s[BANDS], double per_frame_db[BANDS])
{
    for (uint32_t band = 0; band < bank->band_count; band++) {
        double rt60 = clamp(rt60_s[band], PINNA_REVERB_MIN_RT60_S, PINNA_REVERB_MAX_RT60_S);
        per_frame_db[band] = -60.0 / (rt60 * bank->rate_hz);
    }
}

/* Filters of an octave's width reach past what is asked for where neighbours differ too much: a band is damped at most
   so many times as fast as the one beside it. */
static void limit_contrast(const filter_bank* bank, double per_frame_db[BANDS])
{
    for (uint32_t k = 1; k < bank->band_count; k++)
        per_frame_db[k] = fmax(per_frame_db[k], MAX_CONTRAST * per_frame_db[k - 1]);
    for (uint32_t k = bank->band_count - 1; k-- > 0;)
        per_frame_db[k] = fmax(per_frame_db[k], MAX_CONTRAST * per_frame_db[k + 1]);
}

/* --- an octave decays as a meter sees it ---

   Within an octave the decay goes over from that of its neighbours, and what lasts longest rules a measurement. So the
   decays at the centres are moved until the octaves, measured as usual (fourth-order Butterworth bands, a line through
   -5 to -35 dB of Schroeder's integral), decay as asked. */

enum { POINTS_PER_OCTAVE = 8, METER_POINTS = 2 * POINTS_PER_OCTAVE + 1, METER_TIMES = 160, METER_ROUNDS = 8 };

/* Decay at a point of a meter's band, as the filters of a line of middle length make it. */
static double decay_at(const filter_bank* bank, const double gains_db[BANDS], double mean_db, double line_frames,
                       double hz)
{
    double db = mean_db + bank_response_db(bank, gains_db, cos(2.0 * PI * hz / bank->rate_hz));
    return -60.0 * line_frames / (bank->rate_hz * fmin(db, -1e-6));
}

static double measured_decay_s(const double decays_s[METER_POINTS], const double weights[METER_POINTS], double guess_s)
{
    double k = 0.0, st = 0.0, sl = 0.0, stt = 0.0, stl = 0.0, total = 0.0;
    double energy[METER_POINTS], factor[METER_POINTS], step_s = 2.0 * guess_s / METER_TIMES;
    for (int i = 0; i < METER_POINTS; i++) {
        energy[i] = weights[i] * decays_s[i];
        factor[i] = exp(-13.8155 * step_s / decays_s[i]);
        total += energy[i];
    }
    for (int n = 0; n < METER_TIMES; n++) {
        double sum = 0.0, t = n * step_s;
        for (int i = 0; i < METER_POINTS; i++) {
            sum += energy[i];
            energy[i] *= factor[i];
        }
        double level = 10.0 * log10(sum / total);
        if (level > -5.0 || level < -35.0) continue;
        k += 1.0;
        st += t;
        sl += level;
        stt += t * t;
        stl += t * level;
    }
    double slope = (k * stl - st * sl) / (k * stt - st * st);
    return k > 2.0 && slope < 0.0 ? -60.0 / slope : guess_s;
}

static double octave_decay_s(const filter_bank* bank, const double gains_db[BANDS], double mean_db, double line_frames,
                             uint32_t band, double guess_s)
{
    double decays_s[METER_POINTS], weights[METER_POINTS], top_hz = 0.49 * bank->rate_hz;
    for (int i = 0; i < METER_POINTS; i++) {
        double octaves = (double)(i - POINTS_PER_OCTAVE) / POINTS_PER_OCTAVE, ratio = exp2(octaves);
        double hz = centre_hz(band) * ratio, low = 1.0 / (ratio * sqrt(2.0)), high = ratio / sqrt(2.0);
        decays_s[i] = decay_at(bank, gains_db, mean_db, line_frames, fmin(hz, top_hz));
        weights[i] = hz < top_hz ? ratio / ((1.0 + pow(low, 8.0)) * (1.0 + pow(high, 8.0))) : 0.0;
    }
    return measured_decay_s(decays_s, weights, guess_s);
}

static double centre_levels(const filter_bank* bank, const double per_frame_db[BANDS], double line_frames,
                            double wanted_db[BANDS])
{
    double mean = 0.0;
    for (uint32_t band = 0; band < bank->band_count; band++)
        mean += per_frame_db[band] * line_frames / bank->band_count;
    for (uint32_t band = 0; band < bank->band_count; band++) wanted_db[band] = per_frame_db[band] * line_frames - mean;
    return mean;
}

static void meet_meter(const filter_bank* bank, const float rt60_s[BANDS], double line_frames,
                       double per_frame_db[BANDS])
{
    double asked_db[BANDS], levels_db[BANDS], gains_db[BANDS];
    memcpy(asked_db, per_frame_db, sizeof asked_db);
    for (int round = 0; round < METER_ROUNDS; round++) {
        double mean = centre_levels(bank, per_frame_db, line_frames, levels_db);
        bank_solve(bank, levels_db, gains_db);
        for (uint32_t band = 0; band < bank->band_count; band++) {
            double asked_s = clamp(rt60_s[band], PINNA_REVERB_MIN_RT60_S, PINNA_REVERB_MAX_RT60_S);
            double seen_s = octave_decay_s(bank, gains_db, mean, line_frames, band, asked_s);
            double moved = per_frame_db[band] * pow(seen_s / asked_s, 0.8);
            per_frame_db[band] = clamp(moved, asked_db[band] * 1.6, asked_db[band] / 1.3);
        }
    }
}

/* The highest level of a line's filters, as they are stored, anywhere. */
static double highest_db(const filter_bank* bank, const pinna_reverb_tuning* tuning, int line)
{
    enum { STEPS_PER_OCTAVE = 6, OCTAVES_BELOW = 8, OCTAVES_ABOVE = 11 };
    double last_hz = 0.499 * bank->rate_hz, hz = 0.0, worst = 0.0;
    for (int i = -OCTAVES_BELOW * STEPS_PER_OCTAVE; i < OCTAVES_ABOVE * STEPS_PER_OCTAVE && hz < last_hz; i++) {
        double power = 1.0;
        hz = fmin(LOWEST_BAND_HZ * exp2((double)i / STEPS_PER_OCTAVE), last_hz);
        for (uint32_t k = 0; k < bank->band_count; k++) {
            const float(*q)[LINES] = tuning->sections[k];
            biquad stored = {{(double)q[0][line], (double)q[1][line], (double)q[2][line]},
                             {(double)q[3][line], (double)q[4][line]}};
            power *= response(&stored, cos(2.0 * PI * hz / bank->rate_hz));
        }
        worst = fmax(worst, power);
    }
    return 10.0 * log10(worst);
}

/* Between the centres and beyond them nothing was asked for; but what is not damped would grow. */
static void keep_damped(const filter_bank* bank, const double per_frame_db[BANDS], int line, pinna_reverb_tuning* out)
{
    double slowest_db = -INFINITY;
    for (uint32_t band = 0; band < bank->band_count; band++) slowest_db = fmax(slowest_db, per_frame_db[band]);
    double excess_db = highest_db(bank, out, line) - LEAST_DAMPING * slowest_db * out->line_frames[line];
    float gain = (float)pow(10.0, -0.05 * fmax(excess_db, 0.0));
    for (int i = 0; i < 3; i++) out->sections[0][i][line] *= gain;
}

static void design_line(const filter_bank* bank, const double per_frame_db[BANDS], int line, pinna_reverb_tuning* out)
{
    double wanted[BANDS], gains_db[BANDS];
    uint32_t n = bank->band_count;
    double mean = centre_levels(bank, per_frame_db, out->line_frames[line], wanted);
    bank_solve(bank, wanted, gains_db);
    for (uint32_t k = 0; k < BANDS; k++) {
        biquad q = k < n ? section(bank, k, gains_db[k]) : (biquad){.b = {1.0}};
        double gain = k == 0 ? pow(10.0, mean / 20.0) : 1.0;
        for (int i = 0; i < 3; i++) out->sections[k][i][line] = (float)(q.b[i] * gain);
        for (int i = 0; i < 2; i++) out->sections[k][3 + i][line] = (float)q.a[i];
    }
    keep_damped(bank, per_frame_db, line, out);
}

/* Energy of one sum for an impulse: each pass through the lines keeps the part `kept`, and each line's share reaches
   both sums with the weight +1 or -1. */
static double tail_energy(const pinna_reverb_tuning* tuning, double per_frame_db)
{
    double kept = 0.0;
    for (int l = 0; l < LINES; l++) kept += pow(10.0, 0.1 * per_frame_db * tuning->line_frames[l]) / LINES;
    return kept / (1.0 - kept);
}

void pinna_reverb_tune(const pinna_reverb_params* params, double sample_rate_hz, pinna_reverb_tuning* out)
{
    filter_bank bank;
    double per_frame_db[BANDS], level = clamp(params->level, 0.0, 100.0);
    memset(out, 0, sizeof *out);
    bank_init(&bank, sample_rate_hz);
    choose_lengths(out->line_frames, pinna_reverb_shortest_line_s(params->size_m) * sample_rate_hz);
    wanted_per_frame_db(&bank, params->rt60_s, per_frame_db);
    limit_contrast(&bank, per_frame_db);
    meet_meter(&bank, params->rt60_s, out->line_frames[LINES / 2], per_frame_db);
    for (int l = 0; l < LINES; l++) design_line(&bank, per_frame_db, l, out);
    uint32_t band = bank.band_count > LEVEL_BAND ? LEVEL_BAND : bank.band_count - 1;
    out->gain = (float)(level / sqrt(tail_energy(out, per_frame_db[band])));
    double pre_delay_frames = clamp(params->pre_delay_s, 0.0, PINNA_REVERB_MAX_PRE_DELAY_S) * sample_rate_hz;
    uint32_t least = PINNA_REVERB_CHUNK + out->line_frames[0], wanted = (uint32_t)pre_delay_frames;
    out->pre_delay_frames = wanted > least ? wanted - least : 0;
    out->onset_frames = least + out->pre_delay_frames;
}
