/* SPDX-License-Identifier: MIT */
#ifndef DICE_H
#define DICE_H

#include <stdint.h>

/* A small generator of our own: the same numbers on every machine. */
typedef struct dice {
    uint64_t state;
} dice;

static inline uint32_t roll_u32(dice* d)
{
    d->state = d->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(d->state >> 33) ^ (uint32_t)(d->state >> 11);
}

static inline double roll_unit(dice* d)
{
    return roll_u32(d) / 4294967296.0;
}

/* Near enough to a normal distribution of deviation one. */
static inline double roll_normal(dice* d)
{
    double sum = -6.0;
    for (int i = 0; i < 12; i++)
        sum += roll_unit(d);
    return sum;
}

#endif
