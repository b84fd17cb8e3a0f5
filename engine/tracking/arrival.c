/* SPDX-License-Identifier: MIT */
#include "tracking/arrival.h"

#include <math.h>

#define SHORTEST_S 0.001
#define LONGEST_S 0.2
#define TIME_GAIN 0.15   /* of a deviation is taken for the clock's, the rest for the network's */
#define PERIOD_GAIN 0.01 /* well below TIME_GAIN squared over four: the loop does not ring */
#define SETTLE_COUNT 16

double pinna_arrival_smooth(pinna_arrival* arrival, double time_s)
{
    double expected_s = arrival->time_s + arrival->period_s, late_s = time_s - expected_s;
    bool lost = arrival->count == 0 || late_s > fmax(2.5 * arrival->period_s, 0.03) || late_s < -0.1;
    if (lost || arrival->count < SETTLE_COUNT) {
        /* First learn the period, then lock on to it. */
        double step_s = time_s - arrival->time_s;
        if (lost && arrival->count >= SETTLE_COUNT)
            arrival->count = SETTLE_COUNT - 1;
        else if (arrival->count)
            arrival->period_s += (fmax(0.0, step_s) - arrival->period_s) / arrival->count;
        arrival->period_s = fmax(SHORTEST_S, fmin(LONGEST_S, arrival->period_s));
        arrival->count++;
        arrival->time_s = lost ? time_s : fmax(time_s, arrival->time_s);
        return arrival->time_s;
    }
    arrival->period_s = fmax(SHORTEST_S, fmin(LONGEST_S, arrival->period_s + PERIOD_GAIN * late_s));
    arrival->time_s = fmax(arrival->time_s, expected_s + TIME_GAIN * late_s);
    return arrival->time_s;
}
