/* SPDX-License-Identifier: MIT */
/* Categories, ducking, compression over distance, the screen anchor: levels as they are specified. */
#include "support.h"

#include "render/renderer.h"

#include <pinna/preset.h>

#define RATE_HZ 48000.0
#define PI 3.14159265358979323846

enum { BLOCK = 128, SECOND = 48000 };

typedef struct stage {
    pinna_hrtf* hrtf;
    pinna_renderer* renderer;
    uint64_t frame;
} stage;

static stage open_stage(const pinna_mix_params* mix, pinna_method method)
{
    stage s = {.hrtf = sphere_head()};
    pinna_renderer_config config = sphere_config(s.hrtf, method);
    s.renderer = renderer_of(&config);
    if (mix) cr_assert_eq(pinna_renderer_set_mix(s.renderer, mix), PINNA_OK);
    return s;
}

static void close_stage(stage* s)
{
    pinna_renderer_destroy(s->renderer);
    pinna_hrtf_release(s->hrtf);
}

static pinna_source add(stage* s, pinna_category category, pinna_vec3 position)
{
    pinna_source source;
    pinna_source_params params = pinna_source_params_default();
    params.category = category;
    params.position = position;
    params.snap = true;
    cr_assert_eq(pinna_source_create(s->renderer, &source), PINNA_OK);
    cr_assert_eq(pinna_source_set_params(s->renderer, source, &params), PINNA_OK);
    return source;
}

static void fill_sine(float* out, uint64_t frame, double hz, float level)
{
    for (int n = 0; n < BLOCK; n++)
        out[n] = level * (float)sin(2.0 * PI * hz * (double)(frame + (uint64_t)n) / RATE_HZ);
}

/* RMS of the left ear over a number of blocks, a sine going in. */
static double level_of(stage* s, pinna_source source, double hz, int blocks)
{
    float in[BLOCK], left[BLOCK], right[BLOCK];
    double sum = 0.0;
    for (int b = 0; b < blocks; b++) {
        fill_sine(in, s->frame, hz, 0.1f);
        pinna_input input = {source, in};
        pinna_renderer_process(s->renderer, &input, 1, left, right, BLOCK);
        s->frame += BLOCK;
        for (int n = 0; n < BLOCK; n++) sum += (double)left[n] * left[n];
    }
    return 10.0 * log10(sum / (blocks * BLOCK) + 1e-30);
}

/* Level of a steady sine through a category, against the same without a mix. */
static double change_db(const pinna_mix_params* mix, pinna_category category, double hz, pinna_vec3 place)
{
    double level[2];
    for (int with = 0; with < 2; with++) {
        stage s = open_stage(with ? mix : NULL, PINNA_METHOD_AUTO);
        pinna_source source = add(&s, category, place);
        level_of(&s, source, hz, 40);
        level[with] = level_of(&s, source, hz, 75);
        close_stage(&s);
    }
    return level[1] - level[0];
}

static const pinna_vec3 ahead = {1.0f, 0.2f, 0.0f};

Test(mix, defaults_change_no_bit)
{
    pinna_mix_params mix = pinna_mix_params_default();
    float in[BLOCK], a[2][BLOCK], b[2][BLOCK];
    stage one = open_stage(NULL, PINNA_METHOD_AUTO), two = open_stage(&mix, PINNA_METHOD_AUTO);
    pinna_source x = add(&one, PINNA_CATEGORY_EFFECT, ahead), y = add(&two, PINNA_CATEGORY_CUE, ahead);
    for (int block = 0; block < 50; block++) {
        fill_sine(in, (uint64_t)block * BLOCK, 700.0, 0.5f);
        pinna_renderer_process(one.renderer, &(pinna_input){x, in}, 1, a[0], a[1], BLOCK);
        pinna_renderer_process(two.renderer, &(pinna_input){y, in}, 1, b[0], b[1], BLOCK);
        cr_assert_arr_eq(a, b, sizeof a);
    }
    close_stage(&one);
    close_stage(&two);
}

Test(mix, levels_by_category)
{
    pinna_mix_params mix = pinna_mix_params_default();
    mix.gain_db = -2.0f;
    mix.categories[PINNA_CATEGORY_MUSIC].gain_db = 5.0f;
    cr_expect_float_eq(change_db(&mix, PINNA_CATEGORY_MUSIC, 500.0, ahead), 3.0, 0.01);
    cr_expect_float_eq(change_db(&mix, PINNA_CATEGORY_CUE, 500.0, ahead), -2.0, 0.01);
}

/* All of it in the middle, about half of it at 2 and 6 kHz, little beyond. */
Test(mix, presence)
{
    pinna_mix_params mix = pinna_mix_params_default();
    const float gains_db[] = {6.0f, -6.0f};
    for (int i = 0; i < 2; i++) {
        mix.categories[PINNA_CATEGORY_CUE].presence_db = gains_db[i];
        double sign = gains_db[i] > 0.0f ? 1.0 : -1.0;
        double middle = sign * change_db(&mix, PINNA_CATEGORY_CUE, 3464.0, ahead);
        double low = sign * change_db(&mix, PINNA_CATEGORY_CUE, 2000.0, ahead);
        double high = sign * change_db(&mix, PINNA_CATEGORY_CUE, 6000.0, ahead);
        double below = sign * change_db(&mix, PINNA_CATEGORY_CUE, 500.0, ahead);
        printf("presence %+.0f dB: %.2f at 3.5 kHz, %.2f at 2, %.2f at 6, %.2f at 0.5\n", (double)gains_db[i], middle,
               low, high, below);
        cr_expect_float_eq(middle, 6.0, 0.1);
        cr_expect(low > 1.5 && low < 4.5);
        cr_expect(high > 1.5 && high < 4.5);
        cr_expect_lt(fabs(below), 0.5);
        cr_expect_float_eq(change_db(&mix, PINNA_CATEGORY_EFFECT, 3464.0, ahead), 0.0, 1e-6);
    }
}

Test(mix, compression_gives_back_a_part_of_what_distance_takes)
{
    pinna_mix_params mix = pinna_mix_params_default();
    mix.categories[PINNA_CATEGORY_CUE].compression = 0.25f;
    const float distances[] = {0.5f, 1.0f, 2.0f, 10.0f, 100.0f};
    for (int i = 0; i < 5; i++) {
        double falls_db = distances[i] > 1.0f ? 20.0 * log10((double)distances[i]) : 0.0;
        pinna_vec3 place = {distances[i], 0.0f, 0.0f};
        cr_expect_float_eq(change_db(&mix, PINNA_CATEGORY_CUE, 500.0, place), 0.25 * falls_db, 0.02, "%g m",
                           (double)distances[i]);
    }
}

Test(mix, minima_of_a_category)
{
    pinna_mix_params mix = pinna_mix_params_default();
    mix.categories[PINNA_CATEGORY_CUE].air_absorption = 1.0f;
    mix.categories[PINNA_CATEGORY_CUE].near_field = true;
    pinna_vec3 far = {60.0f, 0.0f, 0.0f}, near = {0.0f, 0.25f, 0.0f};
    double air_db = change_db(&mix, PINNA_CATEGORY_CUE, 14000.0, far);
    printf("air of 60 m: %.2f dB at 14 kHz\n", air_db);
    cr_expect(air_db < -2.0 && air_db > -6.5);
    cr_expect_gt(change_db(&mix, PINNA_CATEGORY_CUE, 300.0, near), 1.0, "nearness makes the near ear louder");
    cr_expect_float_eq(change_db(&mix, PINNA_CATEGORY_EFFECT, 300.0, near), 0.0, 1e-6);
}

Test(mix, priority_of_a_category_keeps_the_exact_path)
{
    pinna_mix_params mix = pinna_mix_params_default();
    mix.categories[PINNA_CATEGORY_CUE].priority = 200;
    stage s = open_stage(&mix, PINNA_METHOD_AUTO);
    enum { COUNT = 40 };
    pinna_input inputs[COUNT];
    float in[BLOCK], left[BLOCK], right[BLOCK];
    for (int i = 0; i < COUNT; i++)
        inputs[i] = (pinna_input){add(&s, i < 3 ? PINNA_CATEGORY_CUE : PINNA_CATEGORY_EFFECT, ahead), in};
    for (int block = 0; block < 60; block++) {
        fill_sine(in, (uint64_t)block * BLOCK, 500.0, 0.01f);
        pinna_renderer_process(s.renderer, inputs, COUNT, left, right, BLOCK);
    }
    for (int i = 0; i < COUNT; i++) {
        pinna_path path = s.renderer->sources[inputs[i].source.index1 - 1].voices[PINNA_VOICE_MAIN].path;
        cr_expect_eq(path, i < 3 ? PINNA_PATH_EXACT : PINNA_PATH_BATCH, "source %d", i);
    }
    close_stage(&s);
}

/* --- ducking --- */

static pinna_mix_params ducking(void)
{
    pinna_mix_params mix = pinna_mix_params_default();
    mix.categories[PINNA_CATEGORY_CUE].ducks = true;
    mix.categories[PINNA_CATEGORY_AMBIENCE].duck_db = 6.0f;
    mix.categories[PINNA_CATEGORY_DIRECT].duck_db = 3.0f;
    return mix;
}

/* Levels, every 20 ms, of an ambience (a 400 Hz sine at the left ear) while a cue (far to the right, and only where
   `cue` says so) comes and goes. The cue is a tone the meter does not hear. */
enum { STEP_BLOCKS = 7, STEPS = 250 };

static void follow(const pinna_mix_params* mix, bool (*cue)(double t_s), float cue_level, double levels_db[STEPS])
{
    stage s = open_stage(mix, PINNA_METHOD_AUTO);
    pinna_source ambience = add(&s, PINNA_CATEGORY_AMBIENCE, ahead), shot = add(&s, PINNA_CATEGORY_CUE, ahead);
    float in[2][BLOCK], left[BLOCK], right[BLOCK];
    for (int step = 0; step < STEPS; step++) {
        double re = 0.0, im = 0.0;
        for (int b = 0; b < STEP_BLOCKS; b++, s.frame += BLOCK) {
            fill_sine(in[0], s.frame, 375.0, 0.1f);
            fill_sine(in[1], s.frame, 3000.0, cue((double)s.frame / RATE_HZ) ? cue_level : 0.0f);
            pinna_input inputs[2] = {{ambience, in[0]}, {shot, in[1]}};
            pinna_renderer_process(s.renderer, inputs, 2, left, right, BLOCK);
            for (int n = 0; n < BLOCK; n++) {
                double angle = 2.0 * PI * 375.0 * (double)(s.frame + (uint64_t)n) / RATE_HZ;
                re += (double)left[n] * cos(angle);
                im += (double)left[n] * sin(angle);
            }
        }
        levels_db[step] = 10.0 * log10(re * re + im * im + 1e-30);
    }
    close_stage(&s);
}

static bool never(double t_s)
{
    (void)t_s;
    return false;
}

static bool once(double t_s)
{
    return t_s >= 1.0 && t_s < 1.5;
}

static bool steps(double t_s)
{
    return t_s >= 1.0 && fmod(t_s, 0.5) < 0.1;
}

static double at(const double levels_db[STEPS], double t_s)
{
    return levels_db[(int)(t_s * RATE_HZ / (STEP_BLOCKS * BLOCK))];
}

Test(mix, ducking_over_time)
{
    pinna_mix_params mix = ducking();
    static double levels[STEPS];
    follow(&mix, once, 0.1f, levels);
    double full = at(levels, 0.9);
    printf(
        "ducking: %.2f dB a moment after the cue begins, %.2f while it sounds, %.2f held, %.2f 0.6 s into the release, "
        "%.2f at the end\n",
        at(levels, 1.05) - full, at(levels, 1.4) - full, at(levels, 2.2) - full, at(levels, 2.9) - full,
        at(levels, 4.6) - full);
    cr_expect_float_eq(at(levels, 0.5), full, 0.01, "nothing before the cue");
    cr_expect_float_eq(at(levels, 1.05) - full, -6.0 * (1.0 - exp(-0.055 / 0.03)), 1.0);
    cr_expect_float_eq(at(levels, 1.4) - full, -6.0, 0.05);
    cr_expect_float_eq(at(levels, 2.2) - full, -6.0, 0.05, "held for 0.8 s");
    cr_expect_float_eq(at(levels, 2.9) - full, -6.0 * exp(-0.6 / 0.6), 0.3);
    cr_expect_float_eq(at(levels, 4.6) - full, -6.0 * exp(-2.3 / 0.6), 0.05);
}

/* Against the same without ducking: the steps themselves reach the meter, too. */
Test(mix, steady_steps_do_not_pump)
{
    pinna_mix_params mix = ducking(), none = pinna_mix_params_default();
    static double with[STEPS], without[STEPS];
    follow(&mix, steps, 0.1f, with);
    follow(&none, steps, 0.1f, without);
    double low = INFINITY, high = -INFINITY;
    for (double t = 1.5; t < 4.6; t += 0.02) {
        low = fmin(low, at(with, t) - at(without, t));
        high = fmax(high, at(with, t) - at(without, t));
    }
    printf("ducking: two steps a second leave the ambience steady within %.3f dB\n", high - low);
    cr_expect_float_eq(low, -6.0, 0.2);
    cr_expect_lt(high - low, 0.15);
}

Test(mix, what_lies_below_the_threshold_ducks_nothing)
{
    pinna_mix_params mix = ducking();
    static double with[STEPS], without[STEPS];
    follow(&mix, steps, 0.003f, with); /* -53 dB */
    follow(&mix, never, 0.0f, without);
    for (int i = 20; i < STEPS - 5; i++) cr_assert_float_eq(with[i], without[i], 0.05);
}

Test(mix, direct_stereo_has_its_level_and_is_ducked)
{
    pinna_mix_params mix = ducking();
    mix.categories[PINNA_CATEGORY_DIRECT].gain_db = -6.0f;
    mix.gain_db = 10.0f; /* not of the direct stereo */
    stage s = open_stage(&mix, PINNA_METHOD_AUTO);
    pinna_source cue = add(&s, PINNA_CATEGORY_CUE, (pinna_vec3){0.0f, 1.0f, 0.0f});
    float in[BLOCK], tone[BLOCK], left[BLOCK], right[BLOCK];
    double level[2] = {0};
    for (int phase = 0; phase < 2; phase++) {
        for (int b = 0; b < 300; b++, s.frame += BLOCK) {
            fill_sine(in, s.frame, 375.0, 0.1f);
            fill_sine(tone, s.frame, 6000.0, 0.05f);
            pinna_input input = {cue, phase ? tone : NULL};
            pinna_direct direct = {in, in};
            pinna_renderer_process_with(s.renderer, &input, 1, &direct, left, right, BLOCK);
            if (b < 280) continue;
            double re = 0.0, im = 0.0;
            for (int n = 0; n < BLOCK; n++) {
                re += (double)right[n] * cos(2.0 * PI * 375.0 * n / RATE_HZ);
                im += (double)right[n] * sin(2.0 * PI * 375.0 * n / RATE_HZ);
            }
            level[phase] = 20.0 * log10(sqrt(re * re + im * im) / (0.05 * BLOCK));
        }
    }
    cr_expect_float_eq(level[0], -6.0, 0.05);
    cr_expect_float_eq(level[1] - level[0], -3.0, 0.1);
    close_stage(&s);
}

/* --- the screen anchor --- */

static pinna_vec3 direction_of(const stage* s, pinna_source source)
{
    return s->renderer->sources[source.index1 - 1].target.direction;
}

static void turn_head(stage* s, float yaw_deg, float pitch_deg)
{
    pinna_listener_params listener = pinna_listener_params_default();
    listener.head_orientation = pinna_quat_from_yaw_pitch_roll(yaw_deg, pitch_deg, 0.0f);
    cr_assert_eq(pinna_renderer_set_listener(s->renderer, &listener), PINNA_OK);
}

/* Angle between where a source is rendered and where it is on the screen, seen from a head turned so. */
static double off_screen_deg(const stage* s, pinna_source source, float yaw_deg, float pitch_deg)
{
    pinna_vec3 d = pinna_quat_rotate(pinna_quat_from_yaw_pitch_roll(yaw_deg, pitch_deg, 0.0f), direction_of(s, source));
    return 180.0 / PI * acos(fmin(1.0, (double)pinna_vec3_dot(d, pinna_vec3_normalize(ahead))));
}

Test(mix, the_scene_stays_with_the_screen)
{
    pinna_mix_params mix = pinna_mix_params_default();
    stage s = open_stage(&mix, PINNA_METHOD_AUTO);
    pinna_source source = add(&s, PINNA_CATEGORY_EFFECT, ahead);
    double worst = 0.0;
    for (float yaw = -170.0f; yaw <= 170.0f; yaw += 17.0f) {
        turn_head(&s, yaw, 0.2f * yaw);
        level_of(&s, source, 500.0, 2);
        worst = fmax(worst, off_screen_deg(&s, source, yaw, 0.2f * yaw));
    }
    printf("screen anchor: the source stays within %.4f degrees\n", worst);
    cr_expect_lt(worst, 0.05);
    mix.anchor = PINNA_ANCHOR_HEAD;
    cr_assert_eq(pinna_renderer_set_mix(s.renderer, &mix), PINNA_OK);
    level_of(&s, source, 500.0, 2);
    turn_head(&s, 60.0f, 10.0f);
    level_of(&s, source, 500.0, 2);
    pinna_vec3 d = direction_of(&s, source), wanted = pinna_vec3_normalize(ahead);
    cr_expect_gt(pinna_vec3_dot(d, wanted), 0.99999f, "on the head it turns along");
    close_stage(&s);
}

/* e^-1 of the turn is left after the time constant; tilt stays with the screen. */
Test(mix, the_scene_follows_slowly_where_asked)
{
    pinna_mix_params mix = pinna_mix_params_default();
    mix.recentre_s = 2.0f;
    stage s = open_stage(&mix, PINNA_METHOD_AUTO);
    pinna_source source = add(&s, PINNA_CATEGORY_EFFECT, (pinna_vec3){1.0f, 0.0f, 0.0f});
    level_of(&s, source, 500.0, 4);
    turn_head(&s, 90.0f, 0.0f);
    level_of(&s, source, 500.0, (int)(2.0 * RATE_HZ / BLOCK));
    pinna_vec3 d = direction_of(&s, source);
    double azimuth = 180.0 / PI * atan2((double)d.y, (double)d.x);
    cr_expect_float_eq(azimuth, -90.0 * exp(-1.0), 1.0, "%.2f degrees are left after 2 s", azimuth);
    level_of(&s, source, 500.0, (int)(14.0 * RATE_HZ / BLOCK));
    d = direction_of(&s, source);
    cr_expect_lt(fabs(180.0 / PI * atan2((double)d.y, (double)d.x)), 0.2, "in the end it is in front again");
    mix.recentre_s = 0.0f;
    cr_assert_eq(pinna_renderer_set_mix(s.renderer, &mix), PINNA_OK);
    level_of(&s, source, 500.0, 3);
    d = direction_of(&s, source);
    cr_expect_float_eq(180.0 / PI * atan2((double)d.y, (double)d.x), -90.0, 0.1, "switched off, it is on the screen");
    close_stage(&s);
}

/* --- what is refused --- */

Test(mix, values_out_of_range_are_refused)
{
    stage s = open_stage(NULL, PINNA_METHOD_AUTO);
    pinna_mix_params mix = pinna_mix_params_default();
    mix.categories[PINNA_CATEGORY_SPEECH].compression = 1.5f;
    pinna_report report = {0};
    cr_expect_eq(pinna_mix_check(&mix, &report), PINNA_ERROR_ARGUMENT);
    cr_expect_str_eq(pinna_report_error(&report), "speech.compression is 0 to 1, not 1.5");
    cr_expect_eq(pinna_renderer_set_mix(s.renderer, &mix), PINNA_ERROR_ARGUMENT);
    cr_expect_eq(pinna_renderer_set_mix(s.renderer, NULL), PINNA_ERROR_ARGUMENT);
    mix = pinna_mix_params_default();
    mix.duck_release_s = NAN;
    cr_expect_eq(pinna_renderer_set_mix(s.renderer, &mix), PINNA_ERROR_ARGUMENT);
    pinna_source source = add(&s, PINNA_CATEGORY_EFFECT, ahead);
    pinna_source_params params = pinna_source_params_default();
    params.category = PINNA_CATEGORY_COUNT;
    cr_expect_eq(pinna_source_set_params(s.renderer, source, &params), PINNA_ERROR_ARGUMENT);
    close_stage(&s);
}
