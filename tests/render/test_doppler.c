/* SPDX-License-Identifier: MIT */
/* A source that flies away sounds at one lower pitch, however often and evenly the host says where it is. */
#include "support.h"

enum { RATE = 48000, FRAMES = 2 * RATE, FIRST = RATE, BLOCK = 64 };

#define HZ 1000.0
#define SPEED_M_S 20.0

/* In bypass, at a constant gain: nothing but late. @param frames  Between two sets of parameters, in turn. */
static void fly(pinna_hrtf* hrtf, const int* frames, int count, float* left)
{
    static float right[BLOCK], in[BLOCK];
    pinna_renderer_config config = sphere_config(hrtf, PINNA_METHOD_AUTO);
    config.max_propagation_m = 60.0f;
    pinna_renderer* renderer = renderer_of(&config);
    pinna_source source = source_at(renderer, 1.0f, 0.0f, 0.0f);
    for (int at = 0, next = 0, turn = 0; at < FRAMES; at += BLOCK) {
        if (at >= next) {
            pinna_source_params params = pinna_source_params_default();
            params.position = (pinna_vec3){1.0f + (float)(SPEED_M_S * at / RATE), 0.0f, 0.0f};
            params.distance_model = PINNA_DISTANCE_NONE;
            params.bypass = params.propagation = true;
            cr_assert_eq(pinna_source_set_params(renderer, source, &params), PINNA_OK);
            next += frames[turn++ % count];
        }
        for (int n = 0; n < BLOCK; n++) in[n] = (float)sin(6.283185307179586 * HZ / RATE * (at + n));
        pinna_input input = {source, in};
        pinna_renderer_process(renderer, &input, 1, left + at, right, BLOCK);
    }
    pinna_renderer_destroy(renderer);
}

/* Phase against the shifted pitch, about a frame. */
static double phase_at(const float* x, int middle)
{
    enum { REACH = 240 };
    double w = 6.283185307179586 * HZ * (1.0 - SPEED_M_S / 343.0) / RATE, sine = 0.0, cosine = 0.0;
    for (int n = -REACH; n < REACH; n++) {
        double weight = 1.0 + cos(3.141592653589793 * n / REACH);
        sine += (double)x[middle + n] * sin(w * (middle + n)) * weight;
        cosine += (double)x[middle + n] * cos(w * (middle + n)) * weight;
    }
    return atan2(cosine, sine);
}

/* How far the pitch strays from the shifted one at the worst, in percent, seen through 10 ms. */
static double astray_percent(const float* x)
{
    enum { HOP = 48 };
    double worst = 0.0, before = phase_at(x, FIRST);
    for (int n = FIRST + HOP; n + RATE / 10 < FRAMES; n += HOP) {
        double phase = phase_at(x, n), turned = remainder(phase - before, 6.283185307179586);
        worst = fmax(worst, 100.0 * fabs(turned) / HOP * RATE / (6.283185307179586 * HZ));
        before = phase;
    }
    return worst;
}

Test(doppler, has_one_pitch)
{
    static const struct host { const char* name; int frames[5], count; double bar_percent; } hosts[] = {
        {"in each period", {128}, 1, 0.05},
        {"in each second period", {256}, 1, 0.05},
        {"60 times a second", {800}, 1, 0.3}, /* 6 periods and a quarter */
        {"60 times, unevenly", {700, 900, 800, 640, 960}, 5, 1.2},
        {"25 times", {1920}, 1, 0.05},
        {"now and then late", {800, 800, 1600, 800, 800}, 5, 0.8},
    };
    static float left[FRAMES];
    pinna_hrtf* hrtf = sphere_head();
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        fly(hrtf, hosts[i].frames, hosts[i].count, left);
        double astray = astray_percent(left);
        fprintf(stderr, "[doppler] set %s: %.3f %% off the pitch at worst, of a shift of 5.8 (bar %.2f)\n",
                hosts[i].name, astray, hosts[i].bar_percent);
        cr_expect(astray < hosts[i].bar_percent, "%s: %.3f %%", hosts[i].name, astray);
    }
    pinna_hrtf_release(hrtf);
}
