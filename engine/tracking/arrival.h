/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TRACKING_ARRIVAL_H
#define PINNA_TRACKING_ARRIVAL_H

#include <pinna/base.h>

/* Evens out the arrival times of a sender with a steady rate: networks and schedulers delay packets, the head does not
   stutter. Start from {0}. */
typedef struct pinna_arrival {
    double time_s, period_s;
    uint32_t count;
} pinna_arrival;

/* The likely time of measurement of what arrived at time_s: never before the previous one. */
double pinna_arrival_smooth(pinna_arrival* arrival, double time_s);

#endif
