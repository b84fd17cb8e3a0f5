/* SPDX-License-Identifier: MIT */
/* Impulses through the real renderer against the file's own responses, where they were measured. */
#include "support.h"

enum { LENGTH = 1024 };

/* The file's responses at another rate, [measurement][ear][frame]. */
static float* file_responses(const pinna_measured_set* set, double rate_hz, size_t frame_count)
{
    float* out = malloc((size_t)set->measurement_count * 2 * frame_count * sizeof *out);
    for (size_t row = 0; row < 2 * (size_t)set->measurement_count; row++)
        resample_response(set->hrirs + row * set->tap_count, set->tap_count, set->sample_rate_hz,
                          set->delays_frames ? set->delays_frames[row] : 0.0, out + row * frame_count, frame_count,
                          rate_hz);
    return out;
}

static void check_faithful(const set_name* name, uint32_t tap_count, double lsd_bar)
{
    pinna_sofa* sofa = need_sofa(name);
    const pinna_measured_set* set = pinna_sofa_measured(sofa);
    pinna_hrtf* hrtf = prepare(set, 48000, tap_count);
    float* reference = file_responses(set, 48000.0, LENGTH);
    float* got = probe(hrtf, PINNA_METHOD_EXACT, set->positions_m, set->measurement_count, LENGTH);
    errors e = compare_responses(reference, got, set->measurement_count, LENGTH, 48000.0);
    say(name->label,
        "faithful, %u directions: LSD %.3f dB (worst %.2f), ITD %.2f us (worst %.1f), ILD %.3f dB (worst %.2f) (bars "
        "%.1f / 4 / 0.05)",
        set->measurement_count, e.lsd_db, e.worst_lsd_db, e.itd_us, e.worst_itd_us, e.ild_db, e.worst_ild_db, lsd_bar);
    cr_expect_leq(e.lsd_db, lsd_bar);
    cr_expect_leq(e.itd_us, 4.0);
    cr_expect_leq(e.ild_db, 0.05);
    free(reference);
    free(got);
    pinna_hrtf_release(hrtf);
    pinna_sofa_destroy(sofa);
}

/* KEMAR rings for 512 taps at 44.1 kHz; 512 at 48 kHz hold most of it. */
SetsTest(faithful, at_measured_directions, all_set_count)
{
    check_faithful(name, name->file[0] ? 0 : 512, name->file[0] ? 0.1 : 0.3);
}
