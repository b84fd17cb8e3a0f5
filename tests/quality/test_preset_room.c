/* SPDX-License-Identifier: MIT */
/* Rooms through the real renderer, measured from rendered impulse responses as an acoustician would measure a room. */
#include "dsp/reverb_measure.h"
#include "support.h"

#include "hrtf/diffuse.h"

#include <pinna/preset.h>

#define RATE_HZ 48000.0
#define SPEED_OF_SOUND_M_S 343.0
#define PI 3.14159265358979323846

enum { EARS = PINNA_EAR_COUNT, SETTLE = 256 };

typedef struct answer {
    size_t count;
    float* ears[EARS];
} answer;

static void drop(answer* a)
{
    for (int ear = 0; ear < EARS; ear++) free(a->ears[ear]);
}

static pinna_room_params room_named(const char* name)
{
    pinna_room_params room;
    cr_assert_eq(pinna_room_find(name, &room), PINNA_OK);
    return room;
}

/* Response to an impulse from a place, by a source that follows the physics of a point. room NULL: none. */
static answer respond(pinna_hrtf* hrtf, const pinna_room_params* room, pinna_vec3 place, pinna_method method,
                      size_t count)
{
    enum { BLOCK = 500 };
    answer a = {.count = count};
    static float in[BLOCK];
    pinna_renderer_config config = plain_config(hrtf, method);
    pinna_renderer* r = renderer_of(&config);
    if (room) cr_assert_eq(pinna_renderer_set_room(r, room), PINNA_OK);
    pinna_source source;
    pinna_source_params params = pinna_source_params_default();
    params.position = place;
    params.snap = true;
    params.reference_distance_m = 0.01f; /* 1 / distance from there on */
    params.gain = 1.0f;
    cr_assert_eq(pinna_source_create(r, &source), PINNA_OK);
    cr_assert_eq(pinna_source_set_params(r, source, &params), PINNA_OK);
    for (int ear = 0; ear < EARS; ear++) a.ears[ear] = calloc(count, sizeof(float));
    for (size_t done = 0; done < count; done += BLOCK) {
        float left[BLOCK], right[BLOCK];
        size_t part = count - done < BLOCK ? count - done : BLOCK;
        memset(in, 0, sizeof in);
        if (done == 0) in[0] = 100.0f; /* 1 at a metre */
        process_one(r, source, in, left, right, part);
        memcpy(a.ears[0] + done, left, part * sizeof *left);
        memcpy(a.ears[1] + done, right, part * sizeof *right);
    }
    pinna_renderer_destroy(r);
    return a;
}

/* a less b times the factor that makes their first frames alike; returns the factor. */
static double take_off(answer* a, const answer* b, size_t first_frames)
{
    double both = 0.0, own = 0.0;
    for (int ear = 0; ear < EARS; ear++)
        for (size_t n = 0; n < first_frames; n++) {
            both += (double)a->ears[ear][n] * b->ears[ear][n];
            own += (double)b->ears[ear][n] * b->ears[ear][n];
        }
    double factor = both / own;
    for (int ear = 0; ear < EARS; ear++)
        for (size_t n = 0; n < a->count && n < b->count; n++) a->ears[ear][n] -= (float)(factor * b->ears[ear][n]);
    return factor;
}

static double energy_both(const answer* a, size_t from)
{
    return energy_of(a->ears[0] + from, a->count - from) + energy_of(a->ears[1] + from, a->count - from);
}

/* What the room adds to a source. The images of a source two metres off come more than 2 ms after it. */
static answer room_alone(pinna_hrtf* hrtf, const pinna_room_params* room, pinna_vec3 place, size_t count)
{
    answer with = respond(hrtf, room, place, PINNA_METHOD_AUTO, count);
    answer without = respond(hrtf, NULL, place, PINNA_METHOD_AUTO, count);
    take_off(&with, &without, 140);
    drop(&without);
    return with;
}

static const pinna_vec3 ahead = {2.0f, 0.6f, 0.1f};

static void check_decay(const char* label, pinna_hrtf* hrtf, const char* name, const pinna_room_params* room)
{
    static const char* const octaves[PINNA_ROOM_OCTAVES] = {"125", "250", "500", "1k", "2k", "4k", "8k"};
    answer a = room_alone(hrtf, room, ahead, (size_t)((1.6 * (double)room->rt60_s[0] + 0.4) * RATE_HZ));
    double worst = 0.0;
    int worst_band = 1;
    for (int band = 1; band <= 5; band++) {
        for (int ear = 0; ear < EARS; ear++) {
            double asked = (double)room->rt60_s[band];
            double off = octave_decay_s(a.ears[ear], a.count, RATE_HZ, 125.0 * (1 << band)) / asked - 1.0;
            if (fabs(off) > fabs(worst)) worst = off, worst_band = band;
        }
    }
    double dense_ms = 0.0;
    while (dense_ms < 200.0 && echo_density(a.ears[0], a.count, RATE_HZ, (size_t)(dense_ms * 48.0)) < 1.0)
        dense_ms += 1.0;
    say(label,
        "room %-12s decays within %.1f %% of what was asked (worst at %s Hz; bar 10), echoes are dense from %.0f ms on "
        "(bar 80)",
        name, 100.0 * worst, octaves[worst_band], dense_ms);
    cr_expect_lt(fabs(worst), 0.1, "%s", name);
    cr_expect_leq(dense_ms, 80.0, "%s", name);
    drop(&a);
}

ParameterizedTestParameters(preset_room, decay_and_density)
{
    return cr_make_param_array(set_name, all_sets, all_set_count);
}

ParameterizedTest(const set_name* set, preset_room, decay_and_density)
{
    pinna_hrtf* hrtf = need_hrtf(set);
    for (uint32_t i = 0; pinna_room_name(i); i++) {
        pinna_room_params room = room_named(pinna_room_name(i));
        check_decay(set->label, hrtf, pinna_room_name(i), &room);
    }
    pinna_room_params other = room_named("studio");
    const float decays[PINNA_ROOM_OCTAVES] = {1.0f, 0.9f, 0.8f, 0.72f, 0.65f, 0.58f, 0.5f};
    memcpy(other.rt60_s, decays, sizeof decays);
    check_decay(set->label, hrtf, "as asked", &other);
    pinna_hrtf_release(hrtf);
}

/* RMS over third octaves, 100 Hz to 8 kHz, of the coherence measured less that of a diffuse field. */
static double coherence_error(const tail_spectra* s, const pinna_diffuse_field* field)
{
    double sum = 0.0, step_hz = 0.5 * RATE_HZ / (s->bin_count - 1);
    int count = 0;
    for (double centre = 100.0; centre < 8100.0; centre *= pow(2.0, 1.0 / 3.0), count++) {
        double cross = 0.0, power[EARS] = {0}, wanted = 0.0;
        for (uint32_t k = 1; k < s->bin_count; k++) {
            if (fabs(log2(k * step_hz / centre)) > 1.0 / 6.0) continue;
            uint32_t at = (uint32_t)lround((double)k * (PINNA_DIFFUSE_BINS - 1) / (s->bin_count - 1));
            cross += s->cross_re[k];
            for (int ear = 0; ear < EARS; ear++) power[ear] += s->power[ear][k];
            wanted += (double)field->coherence[at] * sqrt(s->power[0][k] * s->power[1][k]);
        }
        double error = (cross - wanted) / sqrt(power[0] * power[1]);
        sum += error * error;
    }
    return sqrt(sum / count);
}

ParameterizedTestParameters(preset_room, late_field)
{
    return cr_make_param_array(set_name, all_sets, all_set_count);
}

ParameterizedTest(const set_name* set, preset_room, late_field)
{
    pinna_hrtf* hrtf = need_hrtf(set);
    static pinna_diffuse_field field;
    cr_assert(pinna_hrtf_diffuse_field(hrtf, pinna_allocator_default(), &field));
    for (uint32_t i = 0; pinna_room_name(i); i++) {
        pinna_room_params room = room_named(pinna_room_name(i));
        answer a =
            respond(hrtf, &room, ahead, PINNA_METHOD_AUTO, (size_t)((2.0 * (double)room.rt60_s[0] + 0.5) * RATE_HZ));
        tail_spectra late = tail_spectra_of(a.ears[0], a.ears[1], a.count, (size_t)(0.1 * RATE_HZ), 2048);
        tail_spectra modes = tail_spectra_of(a.ears[0], a.ears[1], a.count, (size_t)(0.2 * RATE_HZ), 2048);
        double error = coherence_error(&late, &field), at_hz = 0.0;
        double mode = worst_mode_db(&modes, RATE_HZ, 150.0, 10000.0, &at_hz);
        say(set->label,
            "room %-12s late coherence %.3f RMS off the set's diffuse field (bar 0.1), highest mode %.1f dB (bar 6)",
            pinna_room_name(i), error, mode);
        cr_expect_lt(error, 0.1, "%s", pinna_room_name(i));
        cr_expect_lt(mode, 6.0, "%s at %.0f Hz", pinna_room_name(i), at_hz);
        tail_spectra_free(&late);
        tail_spectra_free(&modes);
        drop(&a);
    }
    pinna_hrtf_release(hrtf);
}

/* Direct against room, in dB, at a distance. */
static double drr_db(pinna_hrtf* hrtf, const pinna_room_params* room, float distance_m)
{
    pinna_vec3 place = {distance_m, 0.0f, 0.0f};
    answer with = respond(hrtf, room, place, PINNA_METHOD_AUTO, 60000);
    answer without = respond(hrtf, NULL, place, PINNA_METHOD_AUTO, 2000);
    double factor = take_off(&with, &without, 60);
    double db = 10.0 * log10(factor * factor * energy_both(&without, 0) / energy_both(&with, 0));
    drop(&with);
    drop(&without);
    return db;
}

Test(preset_room, direct_falls_against_the_room_as_asked)
{
    pinna_hrtf* hrtf = need_hrtf(KEMAR);
    const float falloffs[] = {1.0f, 0.5f, 0.0f};
    for (int i = 0; i < 3; i++) {
        pinna_room_params room = room_named("cinema");
        room.distance_falloff = falloffs[i];
        room.reflection_order = 0;
        double at_1 = drr_db(hrtf, &room, 1.0f), at_2 = drr_db(hrtf, &room, 2.0f), at_8 = drr_db(hrtf, &room, 8.0f);
        say("KEMAR", "direct over tail at 1, 2, 8 m: %.2f, %.2f, %.2f dB; asked for %.2f dB a doubling", at_1, at_2,
            at_8, 6.0206 * (double)falloffs[i]);
        cr_expect_float_eq(at_1 - at_2, 6.0206 * (double)falloffs[i], 0.2);
        cr_expect_float_eq(at_1 - at_8, 3.0 * 6.0206 * (double)falloffs[i], 0.4);
    }
    pinna_room_params softer = room_named("cinema"), plain = softer;
    softer.level_db = -6.0f;
    cr_expect_float_eq(drr_db(hrtf, &softer, 2.0f) - drr_db(hrtf, &plain, 2.0f), 6.0, 0.2);
    pinna_hrtf_release(hrtf);
}

/* --- first reflections --- */

typedef struct image {
    pinna_vec3 direction;
    double delay_frames, level;
} image;

/* The six walls, by the geometry of mirrors: nothing of the engine's. */
static void mirror(const pinna_room_params* room, pinna_vec3 source, image images[6])
{
    double at[3] = {room->listener_m.x, room->listener_m.y, room->listener_m.z}, to[3] = {source.x, source.y, source.z};
    double direct = sqrt(to[0] * to[0] + to[1] * to[1] + to[2] * to[2]);
    for (int wall = 0; wall < 6; wall++) {
        double way[3] = {to[0], to[1], to[2]}, there = at[wall / 2] + to[wall / 2];
        double plane = wall % 2 ? (double)room->size_m[wall / 2] : 0.0;
        way[wall / 2] = 2.0 * plane - there - at[wall / 2];
        double length = sqrt(way[0] * way[0] + way[1] * way[1] + way[2] * way[2]);
        images[wall] = (image){{(float)(way[0] / length), (float)(way[1] / length), (float)(way[2] / length)},
                               (length - direct) / SPEED_OF_SOUND_M_S * RATE_HZ, direct / length};
    }
}

/* How much later than `frame` (a fraction is allowed) the wanted response lies in x: where their correlation peaks, in
   steps of a tenth of a frame. */
static double lag_frames(const float* x, size_t x_count, const float* wanted, size_t count, double frame)
{
    double best = -1e30, best_lag = 0.0;
    for (double lag = -3.0; lag <= 3.01; lag += 0.1) {
        double sum = 0.0, at = frame + lag;
        for (size_t n = 0; n < count; n++) {
            double position = at + (double)n, value = 0.0;
            long first = (long)floor(position) - 15;
            for (long k = 0; k < 32; k++)
                if (first + k >= 0 && (size_t)(first + k) < x_count)
                    value += (double)x[first + k] * sinc(position - (double)(first + k)) *
                             kaiser((position - (double)(first + k)) / 17.0, 8.0);
            sum += value * wanted[n];
        }
        if (sum > best) best = sum, best_lag = lag;
    }
    return best_lag;
}

/* A place whose six images come apart from each other, and before the tail. */
Test(preset_room, first_reflections_are_where_geometry_puts_them)
{
    enum { LENGTH = 160, COUNT = 4800 };
    pinna_hrtf* hrtf = need_hrtf(KU100);
    pinna_room_params room = room_named("living room"), bare;
    room.listener_m = (pinna_vec3){1.9f, 3.4f, 0.8f};
    bare = room;
    bare.reflection_order = 0;
    pinna_vec3 place = {0.6f, -1.4f, 0.0f};
    answer a = respond(hrtf, &room, place, PINNA_METHOD_BATCH, COUNT),
           b = respond(hrtf, &bare, place, PINNA_METHOD_BATCH, COUNT);
    image images[6];
    mirror(&room, place, images);
    take_off(&a, &b, 60);
    double worst_time = 0.0, worst_itd = 0.0;
    for (int i = 0; i < 6; i++) {
        float* wanted = probe(hrtf, PINNA_METHOD_BATCH, &images[i].direction, 1, LENGTH);
        double lag[EARS];
        for (int ear = 0; ear < EARS; ear++) {
            lag[ear] = lag_frames(a.ears[ear], COUNT, wanted + ear * LENGTH, LENGTH, images[i].delay_frames);
            worst_time = fmax(worst_time, fabs(lag[ear]));
        }
        worst_itd = fmax(worst_itd, fabs(lag[0] - lag[1]));
        say("KU100",
            "reflection %d: %.1f frames after the direct sound, %.1f dB; heard %+.1f and %+.1f frames off that", i,
            images[i].delay_frames, 20.0 * log10(images[i].level), lag[0], lag[1]);
        free(wanted);
    }
    say("KU100", "first reflections: times within %.1f frames (bar 1), ITD within %.1f frames", worst_time, worst_itd);
    cr_expect_leq(worst_time, 1.0);
    cr_expect_leq(worst_itd, 1.0);
    drop(&a);
    drop(&b);
    pinna_hrtf_release(hrtf);
}

/* --- the direct sound --- */

/* A room takes nothing of its time, and hardly of its shape. */
Test(preset_room, direct_sound_is_not_delayed)
{
    pinna_hrtf* hrtf = need_hrtf(KEMAR);
    pinna_preset preset;
    cr_assert_eq(pinna_preset_find("cinematic", &preset), PINNA_OK);
    answer with = respond(hrtf, &preset.room, ahead, PINNA_METHOD_AUTO, 1000);
    answer without = respond(hrtf, NULL, ahead, PINNA_METHOD_AUTO, 1000);
    double factor = take_off(&with, &without, 100);
    double left = ratio_db(energy_of(with.ears[0], 100) + energy_of(with.ears[1], 100),
                           factor * factor * (energy_of(without.ears[0], 100) + energy_of(without.ears[1], 100)));
    say("KEMAR", "direct sound in cinematic's room: at the same time, %.0f dB different but for its level of %.2f dB",
        left, 20.0 * log10(factor));
    cr_expect_lt(left, -80.0);
    drop(&with);
    drop(&without);
    pinna_hrtf_release(hrtf);
}
