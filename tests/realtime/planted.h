/* SPDX-License-Identifier: MIT */
/* Breaches of the real-time promise to choose from. */
#ifndef PINNA_TESTS_REALTIME_PLANTED_H
#define PINNA_TESTS_REALTIME_PLANTED_H

typedef enum plant {
    PLANT_NOTHING,
    PLANT_MALLOC,
    PLANT_FREE,
    PLANT_MUTEX,
    PLANT_MESSAGE,
    PLANT_SYSTEM_CALL
} plant;

/** What process does besides its work, once it has run a while. */
extern plant planted;

#endif
