/* SPDX-License-Identifier: MIT */
/* Directions that were measured but not given to the renderer; and what the batch path adds to the exact path's error.
 */
#include "support.h"

enum { LENGTH = 512 };

/* A set of some of another's measurements. Its arrays are its own. */
static pinna_measured_set keep_some(const pinna_measured_set* all, const bool* keep)
{
    pinna_measured_set some = *all;
    size_t row = 2 * (size_t)all->tap_count, count = 0;
    float* hrirs = malloc(all->measurement_count * row * sizeof *hrirs);
    float* delays = malloc(all->measurement_count * 2 * sizeof *delays);
    pinna_vec3* positions = malloc(all->measurement_count * sizeof *positions);
    for (size_t i = 0; i < all->measurement_count; i++) {
        if (!keep[i]) continue;
        memcpy(hrirs + count * row, all->hrirs + i * row, row * sizeof *hrirs);
        for (size_t ear = 0; ear < 2; ear++)
            delays[2 * count + ear] = all->delays_frames ? all->delays_frames[2 * i + ear] : 0.0f;
        positions[count++] = all->positions_m[i];
    }
    some.measurement_count = (uint32_t)count;
    some.hrirs = hrirs;
    some.delays_frames = delays;
    some.positions_m = positions;
    return some;
}

static void free_some(pinna_measured_set* some)
{
    free((void*)some->hrirs);
    free((void*)some->delays_frames);
    free((void*)some->positions_m);
}

/* Each next one as far as can be from those already chosen. */
static void choose_farthest(const pinna_measured_set* all, size_t count, bool* keep)
{
    float* nearest = malloc(all->measurement_count * sizeof *nearest); /* cosine to the nearest one chosen */
    for (size_t i = 0; i < all->measurement_count; i++)
        nearest[i] = -2.0f;
    for (size_t chosen = 0, current = 0; chosen < count; chosen++) {
        pinna_vec3 at = pinna_vec3_normalize(all->positions_m[current]);
        size_t next = 0;
        keep[current] = true;
        for (size_t i = 0; i < all->measurement_count; i++) {
            nearest[i] = fmaxf(nearest[i], pinna_vec3_dot(at, pinna_vec3_normalize(all->positions_m[i])));
            if (nearest[i] < nearest[next]) next = i;
        }
        current = next;
    }
    free(nearest);
}

static errors held_out_errors(const pinna_measured_set* all, const bool* keep, pinna_method method)
{
    pinna_measured_set kept = keep_some(all, keep);
    bool* left_out = malloc(all->measurement_count * sizeof *left_out);
    for (size_t i = 0; i < all->measurement_count; i++)
        left_out[i] = !keep[i];
    pinna_measured_set tested = keep_some(all, left_out);
    pinna_hrtf* hrtf = prepare(&kept, 48000, 0);
    float* reference = calloc(tested.measurement_count * (size_t)2 * LENGTH, sizeof *reference);
    for (size_t row = 0; row < 2 * (size_t)tested.measurement_count; row++)
        resample_response(tested.hrirs + row * tested.tap_count, tested.tap_count, tested.sample_rate_hz,
                          tested.delays_frames[row], reference + row * LENGTH, LENGTH, 48000.0);
    float* got = probe(hrtf, method, tested.positions_m, tested.measurement_count, LENGTH);
    errors e = compare_responses(reference, got, tested.measurement_count, LENGTH, 48000.0);
    free(reference);
    free(got);
    free(left_out);
    free_some(&tested);
    free_some(&kept);
    pinna_hrtf_release(hrtf);
    return e;
}

static void check_held_out(const char* what, const bool* keep, const pinna_measured_set* all, pinna_method method,
                           errors bars)
{
    errors e = held_out_errors(all, keep, method);
    say("KU100", "held out, %s: LSD %.3f dB, ITD %.2f us (worst %.0f), ILD %.3f dB (bars %.2f / %.1f / %.2f)", what,
        e.lsd_db, e.itd_us, e.worst_itd_us, e.ild_db, bars.lsd_db, bars.itd_us, bars.ild_db);
    cr_expect_leq(e.lsd_db, bars.lsd_db);
    cr_expect_leq(e.itd_us, bars.itd_us);
    cr_expect_leq(e.ild_db, bars.ild_db);
}

Test(held_out, farthest_588)
{
    pinna_sofa* sofa = need_sofa(KU100);
    const pinna_measured_set* all = pinna_sofa_measured(sofa);
    bool* keep = calloc(all->measurement_count, sizeof *keep);
    choose_farthest(all, 588, keep);
    check_held_out("588 of 2354 farthest points kept, exact", keep, all, PINNA_METHOD_EXACT,
                   (errors){.lsd_db = 1.18, .itd_us = 5.5, .ild_db = 0.17});
    check_held_out("588 of 2354 farthest points kept, batch", keep, all, PINNA_METHOD_BATCH,
                   (errors){.lsd_db = 1.26, .itd_us = 5.5, .ild_db = 0.18});
    free(keep);
    pinna_sofa_destroy(sofa);
}

Test(held_out, every_fourth)
{
    pinna_sofa* sofa = need_sofa(KU100);
    const pinna_measured_set* all = pinna_sofa_measured(sofa);
    bool* keep = calloc(all->measurement_count, sizeof *keep);
    for (size_t i = 0; i < all->measurement_count; i += 4)
        keep[i] = true;
    check_held_out("every fourth kept, exact", keep, all, PINNA_METHOD_EXACT,
                   (errors){.lsd_db = 1.30, .itd_us = 6.5, .ild_db = 0.25});
    free(keep);
    pinna_sofa_destroy(sofa);
}

/* KEMAR has no bar of its own for interpolation; half of it predicting the other half must not get out of hand. */
Test(held_out, kemar_half)
{
    pinna_sofa* sofa = need_sofa(KEMAR);
    const pinna_measured_set* all = pinna_sofa_measured(sofa);
    bool* keep = calloc(all->measurement_count, sizeof *keep);
    choose_farthest(all, all->measurement_count / 2, keep);
    errors e = held_out_errors(all, keep, PINNA_METHOD_EXACT);
    say("KEMAR", "held out, half kept, exact: LSD %.3f dB, ITD %.2f us, ILD %.3f dB (bars 2 / 10 / 0.5)", e.lsd_db,
        e.itd_us, e.ild_db);
    cr_expect_leq(e.lsd_db, 2.0);
    cr_expect_leq(e.itd_us, 10.0);
    cr_expect_leq(e.ild_db, 0.5);
    free(keep);
    pinna_sofa_destroy(sofa);
}

SetsTest(held_out, batch_against_exact, all_set_count)
{
    enum { COUNT = 500 };
    pinna_hrtf* hrtf = need_hrtf(name);
    pinna_vec3 directions[COUNT];
    uint32_t seed = 7;
    for (int i = 0; i < COUNT; i++)
        directions[i] = random_direction(&seed);
    float* exact = probe(hrtf, PINNA_METHOD_EXACT, directions, COUNT, LENGTH);
    float* batch = probe(hrtf, PINNA_METHOD_BATCH, directions, COUNT, LENGTH);
    errors e = compare_responses(exact, batch, COUNT, LENGTH, 48000.0);
    say(name->label,
        "batch against exact, %d directions: LSD %.3f dB (worst %.2f), ITD %.2f us, ILD %.3f dB, gain %.3f dB (bar "
        "0.8)",
        COUNT, e.lsd_db, e.worst_lsd_db, e.itd_us, e.ild_db, e.gain_db);
    cr_expect_leq(e.lsd_db, 0.8);
    free(exact);
    free(batch);
    pinna_hrtf_release(hrtf);
}
