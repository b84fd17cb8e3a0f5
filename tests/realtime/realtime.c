/* SPDX-License-Identifier: MIT */
/*
 * The real-time promise, proved: minutes of audio with every feature on, in a cell where the first system call,
 * allocation or lock ends the test. Control calls that promise not to wait are made from inside, too.
 *
 *     test_realtime [SECONDS]    of audio; default 120
 */
#include "cases.h"
#include "traps.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char* name;
    case_run* run;
} cases[] = {{"renderer, auto", run_auto},
             {"renderer, exact", run_exact},
             {"renderer, batch", run_batch},
             {"convolver", run_convolver},
             {"ambisonics", run_ambisonics}};

int main(int argc, char** argv)
{
    double seconds = argc > 1 ? atof(argv[1]) : 120.0;
    int failed_count = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int code = run_case(cases[i].name, cases[i].run, seconds);
        if (code == TRAP_EXIT_SKIPPED) return TRAP_EXIT_SKIPPED;
        failed_count += code != TRAP_EXIT_CLEAN;
    }
    return failed_count ? 1 : 0;
}
