/* SPDX-License-Identifier: MIT */
/* Rooms at run time: block sizes, changes, sources that come and go, measured rooms, what is refused. */
#include "realtime/head.h"
#include "support.h"

#include "render/reflect.h"
#include "render/renderer.h"

#include <pinna/preset.h>

#define PI 3.14159265358979323846
#define RATE_HZ 48000.0

enum { FRAMES = 48000, SOURCES = 10 };

static pinna_preset cinematic(const char* room)
{
    pinna_preset p;
    cr_assert_eq(pinna_preset_find("cinematic", &p), PINNA_OK);
    cr_assert_eq(pinna_preset_set(&p, "room", room, NULL), PINNA_OK);
    return p;
}

static pinna_renderer* room_renderer(pinna_hrtf* hrtf, pinna_method method, const pinna_preset* preset)
{
    pinna_renderer_config config = sphere_config(hrtf, method);
    config.max_block_frames = 8192;
    pinna_renderer* r = renderer_of(&config);
    if (preset) cr_assert_eq(pinna_renderer_set_preset(r, preset, NULL), PINNA_OK);
    return r;
}

/* --- any block size --- */

static float tape(size_t source, size_t frame)
{
    bool on = (frame / 6000 + source) % 3 != 0;
    return on ? 0.2f * sinf((0.02f + 0.013f * (float)source) * (float)frame) : 0.0f;
}

/* Ten sources of all categories move about, four of them reflected; the preset changes on the way, always at frames
   that every block size meets. */
static float* render_in_blocks(pinna_hrtf* hrtf, pinna_method method, size_t block)
{
    pinna_preset first = cinematic("living room"), second = cinematic("studio");
    second.mix.categories[PINNA_CATEGORY_CUE].ducks = true;
    second.mix.categories[PINNA_CATEGORY_AMBIENCE].duck_db = 12.0f;
    second.mix.categories[PINNA_CATEGORY_EFFECT].presence_db = 6.0f;
    second.room.reflection_order = 2;
    pinna_renderer* r = room_renderer(hrtf, method, &first);
    pinna_source sources[SOURCES];
    float *out = calloc(2 * FRAMES, sizeof *out), (*in)[8192] = malloc(SOURCES * sizeof *in);
    for (size_t i = 0; i < SOURCES; i++) sources[i] = source_at(r, 1.0f, (float)i - 5.0f, 0.3f);
    for (size_t done = 0; done < FRAMES;) {
        size_t count = block, to_step = 4096 - done % 4096;
        if (count > to_step) count = to_step;
        if (count > FRAMES - done) count = FRAMES - done;
        pinna_input inputs[SOURCES];
        if (done % 4096 == 0) {
            for (size_t i = 0; i < SOURCES; i++) {
                pinna_source_params params = pinna_source_params_default();
                float turn = 0.3f * (float)i + (float)(done / 4096) * 0.02f;
                params.position = (pinna_vec3){2.0f * cosf(turn), 2.0f * sinf(turn), 0.2f};
                params.category = (pinna_category)(i % PINNA_CATEGORY_DIRECT);
                cr_assert_eq(pinna_source_set_params(r, sources[i], &params), PINNA_OK);
            }
            if (done == 4096 * 5) cr_assert_eq(pinna_renderer_set_preset(r, &second, NULL), PINNA_OK);
        }
        for (size_t i = 0; i < SOURCES; i++) {
            for (size_t n = 0; n < count; n++) in[i][n] = tape(i, done + n);
            inputs[i] = (pinna_input){sources[i], in[i]};
        }
        pinna_renderer_process(r, inputs, SOURCES, out + done, out + FRAMES + done, count);
        done += count;
    }
    pinna_renderer_destroy(r);
    free(in);
    return out;
}

Test(space, any_block)
{
    static const size_t blocks[] = {1, 64, 257, 1000};
    pinna_hrtf* hrtf = sphere_head();
    for (int method = 0; method < PINNA_METHOD_COUNT; method++) {
        float* whole = render_in_blocks(hrtf, (pinna_method)method, 4096);
        double peak = loudest(whole, 2 * FRAMES);
        cr_assert(peak > 0.1 && isfinite(peak));
        for (size_t b = 0; b < sizeof blocks / sizeof blocks[0]; b++) {
            float* split = render_in_blocks(hrtf, (pinna_method)method, blocks[b]);
            double worst = 0.0;
            for (size_t n = 0; n < 2 * FRAMES; n++) worst = fmax(worst, fabs((double)whole[n] - (double)split[n]));
            printf("room, method %d: blocks of %zu against 4096: %.1f dB\n", method, blocks[b],
                   20.0 * log10(worst / peak));
            cr_expect_lt(20.0 * log10(worst / peak + 1e-30), -120.0);
            free(split);
        }
        free(whole);
    }
    pinna_hrtf_release(hrtf);
}

/* --- changes --- */

typedef void change(pinna_renderer* r, pinna_hrtf* other, pinna_response* response, size_t step);

static void change_room(pinna_renderer* r, pinna_hrtf* other, pinna_response* response, size_t step)
{
    static const char* const names[] = {"hall", "off", "cinema", "studio", "living room"};
    pinna_preset p = cinematic(names[step % 5]);
    (void)other;
    (void)response;
    p.room.reflection_order = 1 + (uint32_t)step % 2;
    cr_assert_eq(pinna_renderer_set_room(r, &p.room), PINNA_OK);
}

static void change_head(pinna_renderer* r, pinna_hrtf* other, pinna_response* response, size_t step)
{
    (void)response;
    (void)step;
    cr_assert_eq(pinna_renderer_set_hrtf(r, other), PINNA_OK);
}

static void change_response(pinna_renderer* r, pinna_hrtf* other, pinna_response* response, size_t step)
{
    (void)other;
    cr_assert_eq(pinna_renderer_set_room_response(r, step % 2 ? NULL : response), PINNA_OK);
}

static float church_tap(uint32_t* state, uint32_t n)
{
    return next_between(state, -0.05f, 0.05f) * expf(-(float)n / 2000.0f);
}

static pinna_response* church(uint32_t tap_count, float scale)
{
    float* taps[2] = {calloc(tap_count, sizeof(float)), calloc(tap_count, sizeof(float))};
    pinna_convolver_config config = pinna_convolver_config_default();
    pinna_response* response = NULL;
    uint32_t state = 5;
    config.max_tap_count = tap_count;
    for (uint32_t n = 200; n < tap_count; n++)
        for (int ear = 0; ear < 2; ear++)
            taps[ear][n] = scale * church_tap(&state, n);
    cr_assert_eq(pinna_response_create(&config, (const float* const*)taps, tap_count, &response), PINNA_OK);
    free(taps[0]);
    free(taps[1]);
    return response;
}

/* A sine of 300 Hz plays while something changes each 5000 frames; sixth differences see nothing of it, all of a click.
 */
static double click_db(change* changes)
{
    pinna_hrtf* heads[2] = {sphere_head(), NULL};
    pinna_status status;
    heads[1] = make_head(3, 180, 64, NULL, &status);
    pinna_response* response = church(6000, 1.0f);
    pinna_renderer_config config = sphere_config(heads[0], PINNA_METHOD_AUTO);
    config.max_room_tap_count = 6000;
    pinna_renderer* r = renderer_of(&config);
    pinna_preset preset = cinematic("living room");
    cr_assert_eq(pinna_renderer_set_preset(r, &preset, NULL), PINNA_OK);
    pinna_source source = source_at(r, 1.5f, 0.7f, 0.2f);
    static float left[FRAMES], right[FRAMES];
    for (size_t done = 0; done < FRAMES; done += 100) {
        float in[100];
        for (int n = 0; n < 100; n++) {
            double t = (double)done + n, rise = t < 4000.0 ? 0.5 - 0.5 * cos(PI * t / 4000.0) : 1.0;
            in[n] = (float)(0.5 * rise * sin(2.0 * PI * 300.0 * t / RATE_HZ));
        }
        if (done >= 10000 && done % 5000 == 0) changes(r, heads[done / 5000 % 2], response, done / 5000);
        pinna_renderer_process(r, &(pinna_input){source, in}, 1, left + done, right + done, 100);
        pinna_renderer_collect(r);
    }
    double worst = 0.0, peak = fmax(loudest(left, FRAMES), loudest(right, FRAMES));
    for (size_t n = 9000; n + 6 < FRAMES; n++) {
        for (int ear = 0; ear < 2; ear++) {
            const float* x = (ear ? right : left) + n;
            double d = (double)x[0] - 6.0 * (double)x[1] + 15.0 * (double)x[2] - 20.0 * (double)x[3] +
                       15.0 * (double)x[4] - 6.0 * (double)x[5] + (double)x[6];
            worst = fmax(worst, fabs(d) / 20.0);
        }
    }
    pinna_renderer_destroy(r);
    pinna_response_release(response);
    for (int i = 0; i < 2; i++) pinna_hrtf_release(heads[i]);
    return 20.0 * log10(worst / peak);
}

Test(space, changes_do_not_click)
{
    static const struct {
        const char* name;
        change* run;
    } cases[] = {{"rooms", change_room}, {"heads", change_head}, {"measured room", change_response}};
    for (size_t i = 0; i < 3; i++) {
        double db = click_db(cases[i].run);
        printf("%s changed beside a sine: %.1f dB\n", cases[i].name, db);
        cr_expect_lt(db, -80.0, "%s", cases[i].name);
    }
}

/* --- who is reflected --- */

static void render_some(pinna_renderer* r, const pinna_source* sources, size_t count, bool sounds, size_t blocks)
{
    static float in[480], left[480], right[480];
    pinna_input inputs[32];
    for (int n = 0; n < 480; n++) in[n] = 0.1f * sinf(0.1f * (float)n);
    for (size_t b = 0; b < blocks; b++) {
        for (size_t i = 0; i < count; i++) inputs[i] = (pinna_input){sources[i], in};
        pinna_renderer_process(r, inputs, sounds ? count : 0, left, right, 480);
    }
}

Test(space, reflectors_go_round)
{
    pinna_hrtf* hrtf = sphere_head();
    pinna_preset preset = cinematic("living room");
    pinna_renderer* r = room_renderer(hrtf, PINNA_METHOD_AUTO, &preset);
    pinna_source sources[20];
    for (int i = 0; i < 20; i++) sources[i] = source_at(r, 1.0f, 0.1f * (float)i, 0.0f);
    render_some(r, sources, 20, true, 3);
    cr_expect_eq(r->space.free_count, 0, "four of twenty have reflections");
    for (int i = 0; i < 20; i++) cr_expect_eq(pinna_source_destroy(r, sources[i]), PINNA_OK);
    render_some(r, sources, 0, false, 100);
    cr_expect_eq(r->space.free_count, 4, "given back where the sources have died away");
    cr_expect_eq(r->active_count, 0);
    for (int i = 0; i < PINNA_BANK_COUNT; i++) cr_expect(pinna_batch_is_idle(&r->banks[i].batch));
    render_some(r, sources, 0, false, 400);
    cr_expect(pinna_reverb_is_silent(r->space.reverb), "and the tail has ended");
    pinna_renderer_destroy(r);
    pinna_hrtf_release(hrtf);
}

/* --- a measured room --- */

/* How loud the church is in a response over one without it. Its first taps are silent: there is the direct sound alone,
   which has been turned down for the room. */
static double level_of_church(float (*with)[8000], float (*without)[8000], uint32_t tap_count)
{
    double own = 0.0, both = 0.0, taps = 0.0, heard = 0.0, off = 0.0;
    uint32_t state = 5, again = 5;
    for (int n = 0; n < 200; n++) {
        own += (double)without[0][n] * (double)without[0][n];
        both += (double)without[0][n] * (double)with[0][n];
    }
    for (int pass = 0; pass < 2; pass++) {
        uint32_t* dice = pass ? &again : &state;
        for (uint32_t n = 200; n < tap_count; n++)
            for (int ear = 0; ear < 2; ear++) {
                double tap = (double)church_tap(dice, n),
                       is = (double)with[ear][n] - both / own * (double)without[ear][n];
                if (pass) off = fmax(off, fabs(is - heard / taps * tap));
                taps += pass ? 0.0 : tap * tap;
                heard += pass ? 0.0 : tap * is;
            }
    }
    cr_expect_lt(off, 1e-4 * heard / taps, "the tail is the response itself");
    return heard / taps;
}

/* The tail is the response itself, at a level of its own. */
Test(space, a_response_stands_in_for_the_model)
{
    enum { TAPS = 6000, COUNT = 8000 };
    pinna_hrtf* hrtf = sphere_head();
    pinna_renderer_config config = sphere_config(hrtf, PINNA_METHOD_AUTO);
    config.max_room_tap_count = TAPS;
    config.max_block_frames = COUNT;
    pinna_preset preset = cinematic("hall");
    static float in[COUNT], with[2][COUNT], without[2][COUNT];
    double level[3];
    in[0] = 1.0f;
    for (int i = 0; i < 4; i++) {
        static const float scales[] = {1.0f, 1e-4f, 200.0f};
        pinna_response* response = church(TAPS, scales[i % 3]);
        pinna_renderer* r = renderer_of(&config);
        preset.room.on = i > 0;
        preset.room.level_db = i == 3 ? -15.0f : -9.0f;
        cr_assert_eq(pinna_renderer_set_preset(r, &preset, NULL), PINNA_OK);
        cr_assert_eq(pinna_renderer_set_room_response(r, response), PINNA_OK);
        pinna_source source = source_at(r, 1.0f, 0.0f, 0.0f);
        float(*out)[COUNT] = i ? with : without;
        pinna_renderer_process(r, &(pinna_input){source, in}, 1, out[0], out[1], COUNT);
        pinna_renderer_destroy(r);
        pinna_response_release(response);
        if (i) level[i - 1] = level_of_church(with, without, TAPS);
    }
    printf("measured room: level %.4f, stored 127 dB lower %.4f, asked for 6 dB less %.4f\n", level[0], level[1],
           level[2]);
    cr_expect_float_eq(level[1], level[0], 1e-4 * level[0]);
    cr_expect_float_eq(level[2], 0.501187 * level[0], 0.05 * level[0], "and sources come up as the room goes down");
    pinna_hrtf_release(hrtf);
}

/* White noise has its energy in all bands, whatever the rate, and however long it lasts. */
Test(space, power_of_a_response)
{
    static const uint32_t rates_hz[] = {8000, 16000, 44100, 48000, 96000, 192000},
                          lengths[] = {1, 300, 5000, 40000, 200000};
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 5; j++) {
            float* taps = calloc(lengths[j], sizeof *taps);
            double energy = 0.0;
            uint32_t state = 7;
            for (uint32_t n = 0; n < lengths[j]; n++) {
                taps[n] = lengths[j] == 1 ? 0.5f : next_between(&state, -0.1f, 0.1f);
                energy += 2.0 * (double)taps[n] * (double)taps[n];
            }
            pinna_convolver_config config = pinna_convolver_config_default();
            pinna_response* response = NULL;
            config.max_tap_count = lengths[j];
            cr_assert_eq(pinna_response_create(&config, (const float* const[]){taps, taps}, lengths[j], &response),
                         PINNA_OK);
            double db = 10.0 * log10(pinna_space_power_of(response, rates_hz[i]) / energy);
            bool few = lengths[j] == 300; /* chance rules what few taps have in the low bands */
            cr_expect(fabs(db) < (few ? 3.5 : 0.8), "%u Hz, %u taps: %.2f dB", rates_hz[i], lengths[j], db);
            pinna_response_release(response);
            free(taps);
        }
    }
}

/* --- what is refused --- */

Test(space, what_is_refused)
{
    pinna_hrtf* hrtf = sphere_head();
    pinna_renderer_config config = sphere_config(hrtf, PINNA_METHOD_AUTO);
    config.room = false;
    pinna_renderer* r = renderer_of(&config);
    pinna_preset preset = cinematic("hall"), flat;
    cr_assert_eq(pinna_preset_find("flat", &flat), PINNA_OK);
    cr_expect_eq(pinna_renderer_set_room(r, &preset.room), PINNA_ERROR_UNSUPPORTED);
    cr_expect_eq(pinna_renderer_set_preset(r, &preset, NULL), PINNA_ERROR_UNSUPPORTED);
    cr_expect_eq(pinna_renderer_set_preset(r, &flat, NULL), PINNA_OK);
    cr_expect_eq(pinna_renderer_set_room_response(r, NULL), PINNA_ERROR_UNSUPPORTED);
    pinna_renderer_destroy(r);
    r = room_renderer(hrtf, PINNA_METHOD_AUTO, NULL);
    cr_expect_eq(pinna_renderer_set_room_response(r, NULL), PINNA_ERROR_UNSUPPORTED);
    preset.room.rt60_s[2] = 0.0f;
    cr_expect_eq(pinna_renderer_set_room(r, &preset.room), PINNA_ERROR_ARGUMENT);
    preset.room.rt60_s[2] = 1.0f;
    preset.room.listener_m.x = NAN;
    cr_expect_eq(pinna_renderer_set_room(r, &preset.room), PINNA_ERROR_ARGUMENT);
    cr_expect_eq(pinna_renderer_set_preset(r, NULL, NULL), PINNA_ERROR_ARGUMENT);
    pinna_renderer_destroy(r);
    pinna_hrtf_release(hrtf);
}

/* Sources at the listener's very place, in the wall, far outside, and what is not finite, in the smallest room. */
Test(space, nothing_hostile_is_heard)
{
    pinna_hrtf* hrtf = sphere_head();
    pinna_preset preset = cinematic("studio");
    for (int i = 0; i < 3; i++) preset.room.size_m[i] = 1.0f;
    preset.room.reflection_order = 2;
    pinna_renderer* r = room_renderer(hrtf, PINNA_METHOD_AUTO, &preset);
    const pinna_vec3 places[] = {{0, 0, 0}, {0.6f, 0, 0}, {1e6f, 0, 0}, {0, 1e-20f, 0}, {1e8f, -1e8f, 1e8f}};
    static float in[480], left[480], right[480];
    for (int n = 0; n < 480; n++) in[n] = n % 50 == 0 ? NAN : n % 51 == 0 ? INFINITY : n % 52 == 0 ? 1e30f : 0.1f;
    pinna_source source = source_at(r, 1.0f, 0.0f, 0.0f);
    for (int b = 0; b < 200; b++) {
        pinna_source_params params = pinna_source_params_default();
        params.position = places[b % 5];
        params.snap = b % 2;
        cr_assert_eq(pinna_source_set_params(r, source, &params), PINNA_OK);
        pinna_renderer_process(r, &(pinna_input){source, in}, 1, left, right, 480);
        cr_assert(isfinite(loudest(left, 480)) && isfinite(loudest(right, 480)));
    }
    pinna_renderer_destroy(r);
    pinna_hrtf_release(hrtf);
}
