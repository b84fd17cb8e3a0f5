/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_INFO_FACTS_H
#define PINNA_DEMOS_INFO_FACTS_H

#include <pinna/hrtf.h>

enum { INFO_MAX_LISTED = 16 };

/* What a measured set looks like from outside, in numbers. */
typedef struct info_facts {
    uint32_t direction_count; /* Distinct, over all radii. */
    uint32_t radius_count;
    float radii_m[INFO_MAX_LISTED]; /* The first, ascending. */
    float least_radius_m, most_radius_m;
    float lowest_deg, highest_deg; /* Elevations. */
    uint32_t ring_count;           /* Distinct elevations. */
    bool is_rings;                 /* Few elevations with many directions each, rather than scattered. */
    float median_spacing_deg, widest_spacing_deg; /* To the nearest neighbour. NAN: one direction. */
    float largest_itd_s;
    float least_itd_s, most_itd_s; /* + the left ear leads. */
    float largest_itd_azimuth_deg, largest_itd_elevation_deg;
    float largest_ild_db;
    float balance_db;                      /* Left over right, mean of all measurements. */
    float peak;                            /* Largest sample. */
    float least_delay_frames, most_delay_frames; /* Of the separate delays. */
} info_facts;

/* Finds time differences by onsets, of sets that cannot be prepared. False for want of memory. */
bool info_estimate_itds(const pinna_measured_set* set, info_facts* out);

/* Takes time differences, by measurement, from the prepared set: it has compared whole responses. */
void info_take_itds(const pinna_measured_set* set, const float* itds_s, info_facts* out);

/* All but time differences. False for want of memory. */
bool info_gather_facts(const pinna_measured_set* set, info_facts* out);

#endif
