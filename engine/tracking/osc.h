/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TRACKING_OSC_H
#define PINNA_TRACKING_OSC_H

#include <pinna/tracking.h>

/* One OSC message, its arguments as numbers. Strings and other kinds without a number are NaN. */
typedef struct pinna_osc_message {
    const char* address; /* within the packet, terminated */
    double argument[PINNA_OSC_MAX_ARGUMENTS];
    uint32_t argument_count;
} pinna_osc_message;

/* Takes one message into the reader. PINNA_OK if it held a pose, PINNA_ERROR_UNSUPPORTED if it means nothing to us,
   PINNA_ERROR_FORMAT for too few arguments, PINNA_ERROR_DATA. The reader is unchanged unless PINNA_OK. */
pinna_status pinna_osc_apply(pinna_osc_reader* reader, const pinna_osc_message* message);

#endif
