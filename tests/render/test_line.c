/* SPDX-License-Identifier: MIT */
/* A ring read at delays that move, against the sine it holds, late by just as much. */
#include "support.h"

#include "render/line.h"

enum { RAMP = 128, RING = 700, PERIODS = 24, FRAMES = PERIODS * RAMP, FIRST = 8 * RAMP /* the ring is full */ };

static pinna_delay_table table;

static pinna_path_config path_of(const pinna_kernels* kernels)
{
    pinna_delay_table_init(&table, kernels, PINNA_DELAY_TAPS, PINNA_DELAY_LEAD, 0.7);
    return (pinna_path_config){.ramp_frames = RAMP, .kernels = kernels, .delays = &table};
}

static double wave(double hz, double frame)
{
    return sin(6.283185307179586 * hz / 48000.0 * frame);
}

/* Where a delay is before a period: it swings, `step` frames a period at its fastest. */
static float delay_before(int period, double step)
{
    double middle = (RING - RAMP - PINNA_DELAY_TAPS) / 2.0, swing = fmin(middle - PINNA_DELAY_LEAD, 2.0 * step);
    return (float)(PINNA_DELAY_LEAD + middle + swing * sin(period * step / fmax(swing, 1.0)));
}

/* A sine through the ring, in segments of at most so many frames. */
static void run(const pinna_path_config* path, double hz, double step, uint32_t most, float* out)
{
    static float samples[RING + RAMP + PINNA_DELAY_TAPS];
    cr_assert_eq(pinna_line_floats(RING, RAMP), sizeof samples / sizeof *samples);
    memset(samples, 0, sizeof samples);
    const pinna_line line = {samples, RING, 0.5f};
    for (uint32_t at = 0, count; at < FRAMES; at += count) {
        float in[RAMP];
        pinna_segment segment = {at % RAMP, RAMP - at % RAMP < most ? RAMP - at % RAMP : most};
        count = segment.frame_count;
        for (uint32_t n = 0; n < count; n++) in[n] = (float)wave(hz, at + n);
        pinna_line_write(path, &line, at % RING, in, count);
        int period = (int)(at / RAMP);
        pinna_line_glide(path, &line, at % RING, delay_before(period, step), delay_before(period + 1, step), segment,
                         out + at);
    }
}

static double error_db(double hz, double step, const float* out)
{
    double error = 0.0;
    for (int n = FIRST; n < FRAMES; n++) {
        double from = (double)delay_before(n / RAMP, step), to = (double)delay_before(n / RAMP + 1, step);
        double delay = from + (to - from) * (n % RAMP + 1) / RAMP, off = (double)out[n] - wave(hz, n - delay);
        error += off * off;
    }
    return 10.0 * log10(error / (FRAMES - FIRST) / 0.5);
}

/* From rest over a walk (0.5 frames a period) and a car (10) to a rocket that is everywhere within a period. */
Test(line, is_late_by_what_it_is_asked_for)
{
    static const double steps[] = {0.0, 0.01, 0.5, 3.0, 10.0, 40.0, 100.0, 280.0};
    static const struct tone { double hz, bar_db; } tones[] = {{200, -85}, {1000, -60}, {5000, -40}, {10000, -50}};
    static float out[FRAMES];
    const pinna_path_config path = path_of(pinna_kernels_select(pinna_cpu_flags()));
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
        for (size_t t = 0; t < sizeof tones / sizeof *tones; t++) {
            run(&path, tones[t].hz, steps[s], RAMP, out);
            double off_db = error_db(tones[t].hz, steps[s], out);
            cr_expect(off_db < tones[t].bar_db, "%g Hz, %g frames a period: %.1f dB", tones[t].hz, steps[s], off_db);
        }
}

Test(line, does_not_mind_how_blocks_are_cut)
{
    static const uint32_t cuts[] = {1, 7, 64, 100};
    static float whole[FRAMES], cut[FRAMES];
    const pinna_kernels* tables[4];
    size_t count = pinna_kernels_all(tables);
    for (size_t k = 0; k < count; k++) {
        const pinna_path_config path = path_of(tables[k]);
        for (int step = 0; step <= 60; step += 20) {
            run(&path, 3000.0, step, RAMP, whole);
            for (size_t c = 0; c < sizeof cuts / sizeof *cuts; c++) {
                run(&path, 3000.0, step, cuts[c], cut);
                for (int n = 0; n < FRAMES; n++)
                    cr_assert_float_eq(cut[n], whole[n], 1e-5f, "%s, %d frames a period, cut at %u: frame %d",
                                       tables[k]->name, step, cuts[c], n);
            }
        }
    }
}

Test(line, keeps_out_what_is_not_finite)
{
    static float samples[RING + RAMP + PINNA_DELAY_TAPS];
    const pinna_path_config path = path_of(pinna_kernels_select(pinna_cpu_flags()));
    const pinna_line line = {samples, RING, 0.5f};
    const float broken[] = {NAN, 1.0f, INFINITY, -INFINITY, 1e30f};
    float out[RAMP];
    pinna_line_write(&path, &line, RING - 2, broken, 5);
    pinna_line_write(&path, &line, 3, NULL, RAMP);
    pinna_line_rest(&path, &line, 3, 10.0f, RAMP, out);
    cr_expect(isfinite(loudest(out, RAMP)));
    cr_expect_eq(loudest(samples, RING), 1e6, "cut, not thrown away");
}
