/* SPDX-License-Identifier: MIT */
/* Headphone equalisation at the renderer's end. */
#include "support.h"

#include <complex.h>

#define PI 3.14159265358979323846
#define RATE_HZ 48000.0

enum { FRAMES = 16384, BLOCK = 256 };

static const char text[] =
    "Preamp: -4 dB\nFilter: ON LSC Fc 100 Hz Gain 6 dB Q 0.7\nFilter: ON PK Fc 3000 Hz Gain -5 dB Q 2\n"
    "Channel: R\nFilter: ON HSC Fc 8000 Hz Gain -3 dB Q 0.7\n";

static pinna_equalizer headphones(void)
{
    pinna_equalizer eq;
    cr_assert_eq(pinna_equalizer_parse(text, sizeof text - 1, NULL, NULL, &eq), PINNA_OK);
    return eq;
}

/* Direct stereo through the renderer; `change` is set at that frame. */
static void render(const pinna_equalizer* first, const pinna_equalizer* change, size_t at, const float* in,
                   size_t block, float* out[2])
{
    pinna_hrtf* hrtf = sphere_head();
    pinna_renderer_config config = sphere_config(hrtf, PINNA_METHOD_AUTO);
    pinna_renderer* r = renderer_of(&config);
    cr_assert_eq(pinna_renderer_set_equalizer(r, first), PINNA_OK);
    for (size_t done = 0; done < FRAMES;) {
        size_t count = FRAMES - done < block ? FRAMES - done : block;
        if (done == at) cr_assert_eq(pinna_renderer_set_equalizer(r, change), PINNA_OK);
        if (done < at && done + count > at) count = at - done;
        pinna_direct direct = {in + done, in + done};
        pinna_renderer_process_with(r, NULL, 0, &direct, out[0] + done, out[1] + done, count);
        done += count;
    }
    pinna_renderer_destroy(r);
    pinna_hrtf_release(hrtf);
}

static double level_db(const float* x, double hz)
{
    double complex sum = 0.0;
    for (size_t n = 0; n < FRAMES; n++) sum += (double)x[n] * cexp(-2.0 * PI * I * hz * (double)n / RATE_HZ);
    return 20.0 * log10(cabs(sum));
}

Test(equalizer, response_is_the_files)
{
    static float in[FRAMES], left[FRAMES], right[FRAMES];
    pinna_equalizer eq = headphones();
    in[0] = 1.0f;
    render(&eq, NULL, SIZE_MAX, in, BLOCK, (float*[]){left, right});
    double worst = 0.0;
    for (double hz = 20.0; hz < 20000.0; hz *= 1.2) {
        worst = fmax(worst, fabs(level_db(left, hz) - pinna_equalizer_response_db(&eq, 0, hz, RATE_HZ)));
        worst = fmax(worst, fabs(level_db(right, hz) - pinna_equalizer_response_db(&eq, 1, hz, RATE_HZ)));
    }
    printf("through the renderer: within %.4f dB of the curve\n", worst);
    cr_expect_lt(worst, 0.1);
    cr_expect_gt(fabs((double)left[0]), 0.1, "no latency");
}

Test(equalizer, none_leaves_every_bit)
{
    static float in[FRAMES], left[FRAMES], right[FRAMES];
    for (int n = 0; n < FRAMES; n++) in[n] = sinf(0.01f * (float)n * (float)(n % 77));
    render(NULL, NULL, SIZE_MAX, in, BLOCK, (float*[]){left, right});
    cr_expect_arr_eq(left, in, sizeof in);
}

Test(equalizer, blocks_change_nothing)
{
    static float in[FRAMES], one[2][FRAMES], two[2][FRAMES];
    pinna_equalizer eq = headphones();
    for (int n = 0; n < FRAMES; n++) in[n] = 0.4f * sinf(0.07f * (float)n) + 0.1f * sinf(0.9f * (float)n);
    render(NULL, &eq, 3000, in, BLOCK, (float*[]){one[0], one[1]});
    render(NULL, &eq, 3000, in, 37, (float*[]){two[0], two[1]});
    cr_expect_arr_eq(one[0], two[0], sizeof one[0]);
    cr_expect_arr_eq(one[1], two[1], sizeof one[1]);
}

/* A 200 Hz sine in an octave of which nothing lies above 1 kHz, change or not. */
Test(equalizer, a_change_does_not_click)
{
    static float in[FRAMES], left[FRAMES], right[FRAMES];
    pinna_equalizer eq = headphones();
    for (int n = 0; n < FRAMES; n++) in[n] = 0.5f * (float)sin(2.0 * PI * 200.0 * n / RATE_HZ);
    render(NULL, &eq, 5000, in, BLOCK, (float*[]){left, right});
    double worst = 0.0;
    /* Sixth differences: a sine of 200 Hz is weakened by 190 dB, a click made 20 times as large. */
    for (int n = 4000; n < 9000; n++) {
        const float* x = left + n;
        double d = (double)x[0] - 6.0 * x[1] + 15.0 * x[2] - 20.0 * x[3] + 15.0 * x[4] - 6.0 * x[5] + x[6];
        worst = fmax(worst, fabs(d) / 20.0);
    }
    printf("what stands beside a sine while it changes: %.1f dB\n", 20.0 * log10(worst / 0.5));
    cr_expect_lt(worst, 0.5e-5);
    double before = level_db(left, 200.0);
    cr_expect(isfinite(before));
}

Test(equalizer, nonsense_is_refused_and_ignored)
{
    static float in[FRAMES], left[FRAMES], right[FRAMES];
    pinna_hrtf* hrtf = sphere_head();
    pinna_renderer_config config = sphere_config(hrtf, PINNA_METHOD_AUTO);
    pinna_renderer* r = renderer_of(&config);
    pinna_equalizer eq = headphones();
    eq.ears[0].filters[1].frequency_hz = NAN;
    cr_expect_eq(pinna_renderer_set_equalizer(r, &eq), PINNA_ERROR_ARGUMENT);
    cr_expect_eq(pinna_renderer_set_equalizer(NULL, NULL), PINNA_ERROR_ARGUMENT);
    pinna_renderer_destroy(r);
    pinna_hrtf_release(hrtf);
    eq = headphones();
    in[100] = NAN;
    in[200] = INFINITY;
    render(&eq, NULL, SIZE_MAX, in, BLOCK, (float*[]){left, right});
    cr_expect(isfinite(loudest(left, FRAMES)));
    cr_expect(isfinite(loudest(right, FRAMES)));
}
