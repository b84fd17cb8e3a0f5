/* SPDX-License-Identifier: MIT */
/* The real-time test's own test: over an engine that breaks the promise, each breach is caught for what it is. */
#include "cases.h"
#include "planted.h"
#include "traps.h"

#include <stddef.h>

static const struct {
    const char* name;
    plant plant;
    int code;
} cases[] = {{"planted nothing", PLANT_NOTHING, TRAP_EXIT_CLEAN},
             {"planted malloc", PLANT_MALLOC, TRAP_EXIT_ALLOCATION},
             {"planted free", PLANT_FREE, TRAP_EXIT_ALLOCATION},
             {"planted mutex", PLANT_MUTEX, TRAP_EXIT_LOCK},
             {"planted message", PLANT_MESSAGE, TRAP_EXIT_SYSTEM_CALL},
             {"planted system call", PLANT_SYSTEM_CALL, TRAP_EXIT_SYSTEM_CALL}};

int main(void)
{
    int failed_count = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        planted = cases[i].plant;
        int code = run_case(cases[i].name, run_auto, 5.0);
        if (code == TRAP_EXIT_SKIPPED) return TRAP_EXIT_SKIPPED;
        failed_count += code != cases[i].code;
    }
    return failed_count ? 1 : 0;
}
