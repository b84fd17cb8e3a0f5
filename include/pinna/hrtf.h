/* SPDX-License-Identifier: MIT */
#ifndef PINNA_HRTF_H
#define PINNA_HRTF_H

#include <pinna/base.h>
#include <pinna/geometry.h>

PINNA_BEGIN_DECLS

/**
 * @file
 * Measured and prepared heads. Two steps lie between a file and a renderer. A *measured set* is what a laboratory (or
 * plain arrays in your program) gives: impulse responses, where they were measured, at which rate. A *prepared set*
 * (pinna_hrtf) is what the renderer reads: at its rate, split into minimum phase and delay, triangulated, level-
 * matched. Preparing is slow and happens once; a prepared set never changes and may be shared by any number of threads
 * and renderers.
 */

enum {
    PINNA_HRTF_MAX_MEASUREMENTS = 100000, /**< Directions times radii in one set. */
    PINNA_HRTF_MAX_TAPS = 8192,           /**< Taps of one measured HRIR (0.17 s at 48 kHz). */
};

/** HRIRs as measured. All arrays belong to the caller and are only read. */
typedef struct pinna_measured_set {
    double sample_rate_hz;         /**< 8000 to 384000. */
    uint32_t measurement_count;    /**< 1 to PINNA_HRTF_MAX_MEASUREMENTS. */
    uint32_t tap_count;            /**< 1 to PINNA_HRTF_MAX_TAPS. */
    const float* hrirs;            /**< [measurement][ear][tap], linear pressure. */
    const float* delays_frames;    /**< [measurement][ear], at sample_rate_hz, added to the HRIR's own. NULL: none. */
    const pinna_vec3* positions_m; /**< [measurement], source seen from the head's centre. */
} pinna_measured_set;

/**
 * What is changed of a measured head. All zero, the default, changes nothing: the set as measured. Every value works
 * alone and with all others; presets are choices of them.
 */
typedef struct pinna_hrtf_options {
    float diffuse_equalization; /**< Share of what the mean over all directions deviates from a flat response that is
                                     taken out of every response alike, 0 (default) to 1. */
    float low_extension_hz;     /**< Below this frequency the mean response goes on flat, and what directions differ
                                     from it falls with the square of the frequency, as it does about a rigid sphere.
                                     60 to 500; 0 (default): as measured. */
    float cue_expansion;        /**< Factor on how far each band's level goes from direction to direction (in dB, third
                                     octaves, from 5 kHz on in full, below 3.1 kHz not at all): what tells up from down
                                     and front from back. Loudness, level difference and ITD of the ears stay. 1 to 3;
                                     0 (default): 1, as measured. */
    float cue_limit_db;         /**< Bound on what cue expansion changes of a band of a response; a quarter of it bounds
                                     what all directions of one lateral angle have in common. 1 to 24; 0 (default): 7.
                                     */
    float head_circumference_m; /**< Of the listener: scales the measured head's ITD. 0.4 to 0.8; 0 (default): as
                                     measured. */
    float head_width_m;         /**< Of the listener, ear to ear, where the circumference is not known. 0.1 to 0.2;
                                     0 (default): as measured. */
    float balance_db;           /**< Left ear over right ear, -12 to 12, half of it given to each. Default 0. */
} pinna_hrtf_options;

/** How a measured set is prepared. Start from pinna_prepare_config_default(). */
typedef struct pinna_prepare_config {
    uint32_t sample_rate_hz;          /**< 8000 to 192000. Default 48000. */
    uint32_t tap_count;               /**< 16 to 8192, rounded up to a multiple of 16. 0 (default): 256 at 48 kHz, in
                                           proportion at other rates, and no more than the measured length needs. */
    const pinna_allocator* allocator; /**< NULL (default): malloc. Copied. */
    pinna_hrtf_options options;       /**< Default: the set as measured. */
} pinna_prepare_config;

/** A prepared HRTF set. Immutable and reference-counted. */
typedef struct pinna_hrtf pinna_hrtf;

/** All zero: the set as measured. Any thread. */
PINNA_API pinna_hrtf_options pinna_hrtf_options_default(void);

/**
 * Checks options against their ranges.
 *
 * @param report  Receives one sentence that names the option and its range. May be NULL.
 * @return PINNA_OK or PINNA_ERROR_ARGUMENT. Any thread.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_hrtf_options_check(const pinna_hrtf_options* options,
                                                                pinna_report* report);

/** 48 kHz, 256 taps at most, malloc, the set as measured. Any thread. */
PINNA_API pinna_prepare_config pinna_prepare_config_default(void);

/**
 * Prepares a measured set.
 *
 * @param measured  Copied from; may be freed afterwards.
 * @param report    What was repaired or assumed is appended. May be NULL.
 * @param out       The set with one reference, or NULL on failure. Give back with pinna_hrtf_release().
 * @return PINNA_OK, PINNA_ERROR_ARGUMENT, PINNA_ERROR_DATA (silent, not finite, no direction), PINNA_ERROR_LIMIT or
 *         PINNA_ERROR_MEMORY.
 *
 * Thread: any but the audio thread. Takes up to some hundred milliseconds.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_hrtf_prepare(const pinna_measured_set* measured,
                                                          const pinna_prepare_config* config, pinna_report* report,
                                                          pinna_hrtf** out);

/** Adds a reference and returns the set. Any thread. */
PINNA_API pinna_hrtf* pinna_hrtf_retain(pinna_hrtf* hrtf);

/** Gives a reference back; the last one frees the set. NULL is accepted. Any thread but the audio thread. */
PINNA_API void pinna_hrtf_release(pinna_hrtf* hrtf);

/** Facts about a prepared set. */
typedef struct pinna_hrtf_info {
    uint32_t sample_rate_hz;     /**< The rate it was prepared for. */
    uint32_t tap_count;          /**< Taps of each minimum-phase filter. */
    uint32_t direction_count;    /**< Directions in the grid, measured and filled. */
    uint32_t measured_count;     /**< Of these, measured. They come first. */
    uint32_t radius_count;       /**< Distinct measurement distances. */
    uint32_t basis_count;        /**< Filters per ear in the batch basis. */
    float reference_radius_m;    /**< The distance whose measurements form the grid. */
    float max_delay_frames;      /**< Largest delay of any direction and ear. */
    float gain;                  /**< Linear factor applied to the measured HRIRs to match levels. */
} pinna_hrtf_info;

/** Facts about a set. Any thread. */
PINNA_API PINNA_REALTIME pinna_hrtf_info pinna_hrtf_get_info(const pinna_hrtf* hrtf);

/** Direction of a grid point. @param index 0 to direction_count - 1. Any thread. */
PINNA_API PINNA_REALTIME pinna_vec3 pinna_hrtf_get_direction(const pinna_hrtf* hrtf, uint32_t index);

/**
 * The interpolated filter pair of any direction: out = delay(taps * in).
 *
 * @param direction     Unit vector from the head's centre, in the head's axes.
 * @param left, right   info.tap_count minimum-phase taps each.
 * @param delay_frames  Pure delay per ear that belongs in front of the taps.
 *
 * Thread: any. Real-time safe.
 */
PINNA_API PINNA_REALTIME void pinna_hrtf_lookup(const pinna_hrtf* hrtf, pinna_vec3 direction, float* left, float* right,
                                                float delay_frames[PINNA_EAR_COUNT]);

/** Mean errors of interpolating left-out measurements from the rest. */
typedef struct pinna_hrtf_quality {
    uint32_t tested_count;   /**< Directions left out and compared, most often 400 to 800. 0: too few to tell. */
    float log_spectral_db;   /**< 200 Hz to 16 kHz on 1/24-octave points. */
    float itd_error_s;       /**< Interaural cross-correlation below 3 kHz. */
    float ild_error_db;      /**< Broadband. */
} pinna_hrtf_quality;

/**
 * Cross-validates a set: leaves out measurements in turn, prepares the rest and compares. It ends with the
 * fold in which 400 have been compared: of 1600 directions and more, the first.
 *
 * @param fold_count  2 to 64. Each fold leaves 1/fold_count of the directions out.
 * @return as pinna_hrtf_prepare(). Thread: any but the audio thread. Takes some hundred
 *         milliseconds.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_hrtf_cross_validate(const pinna_measured_set* measured,
                                                                 const pinna_prepare_config* config,
                                                                 uint32_t fold_count, pinna_hrtf_quality* out);

/**
 * For tools that look at a set without rendering it: what pinna_hrtf_prepare() would say of it, what
 * pinna_hrtf_cross_validate() would, and the times between the ears, in about half the time of the first two.
 *
 * @param fold_count  As for pinna_hrtf_cross_validate(); ignored without quality.
 * @param report      As for pinna_hrtf_prepare().
 * @param info        That of the set which pinna_hrtf_prepare() would make. Zeroed on failure.
 * @param itds_s      [measurement] The prepared set's time between the ears from each measurement's direction,
 *                    positive where the left ear is first. NULL: not wanted.
 * @param quality     Its tested_count is 0 where nothing can be told. NULL: not wanted.
 * @return as pinna_hrtf_prepare(). Thread: any but the audio thread. Takes up to some hundred milliseconds.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_hrtf_examine(const pinna_measured_set* measured,
                                                          const pinna_prepare_config* config, uint32_t fold_count,
                                                          pinna_report* report, pinna_hrtf_info* info, float* itds_s,
                                                          pinna_hrtf_quality* quality);

PINNA_END_DECLS
#endif
