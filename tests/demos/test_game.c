/* SPDX-License-Identifier: MIT */
/* demos/game: its sound is what a mixer may be handed. */
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { RATE_HZ = 48000 };

/* Mean square of one ear's frames. */
static double power(const float* samples, size_t first, size_t count, size_t ear)
{
    double sum = 0.0;
    for (size_t i = first; i < first + count; i++) sum += (double)samples[2 * i + ear] * (double)samples[2 * i + ear];
    return sum / (double)count;
}

/* Loudest and widest half second: the highest power, and the largest level difference between the ears. */
static void measure(const float* samples, size_t frame_count, double* loudest_db, double* widest_db)
{
    *loudest_db = -200.0;
    *widest_db = 0.0;
    for (size_t first = 0; first + RATE_HZ / 2 <= frame_count; first += RATE_HZ / 2) {
        double left = power(samples, first, RATE_HZ / 2, 0), right = power(samples, first, RATE_HZ / 2, 1);
        *loudest_db = fmax(*loudest_db, 10.0 * log10(left + right + 1e-20));
        *widest_db = fmax(*widest_db, fabs(10.0 * log10((left + 1e-20) / (right + 1e-20))));
    }
}

static void run_game(const char* arguments)
{
    char command[PATH_BYTES];
    snprintf(command, sizeof command, "'%s/pinna-game' %s >.out 2>&1", PINNA_BINARY_DIR, arguments);
    cr_assert_eq(system(command), 0, "%s failed", command);
}

Test(game, is_heard_and_does_not_clip)
{
    enter_folder();
    run_game("game.wav 12");
    size_t frame_count;
    int rate_hz;
    float* samples = read_stereo("game.wav", &frame_count, &rate_hz);
    cr_assert_eq(rate_hz, RATE_HZ);
    cr_assert_geq(frame_count, 12 * (size_t)RATE_HZ);
    float peak = 0.0f;
    for (size_t i = 0; i < 2 * frame_count; i++) {
        cr_assert(isfinite(samples[i]), "frame %zu", i / 2);
        peak = fmaxf(peak, fabsf(samples[i]));
    }
    double loudest_db, widest_db;
    measure(samples, frame_count, &loudest_db, &widest_db);
    cr_expect_lt(peak, 0.95f, "the limiter has work to do: peak %g", (double)peak);
    cr_expect_gt(loudest_db, -35.0);
    cr_expect_gt(widest_db, 3.0, "nothing is ever to one side");
    free(samples);
}

Test(game, fails_in_words)
{
    enter_folder();
    char command[PATH_BYTES];
    snprintf(command, sizeof command, "'%s/pinna-game' no-such-folder/game.wav 1 2>.err", PINNA_BINARY_DIR);
    cr_expect_neq(system(command), 0);
    snprintf(command, sizeof command, "grep -q 'pinna-game: cannot write no-such-folder/game.wav' .err");
    cr_expect_eq(system(command), 0);
}
