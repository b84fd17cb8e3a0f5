/* SPDX-License-Identifier: MIT */
#ifndef PINNA_EQUALIZER_H
#define PINNA_EQUALIZER_H

#include <pinna/base.h>

PINNA_BEGIN_DECLS

/**
 * @file
 * Headphone equalisation: up to 64 second-order filters and a gain per ear, in the text format that AutoEq and
 * Equalizer APO write. All functions are pure: any thread, no memory. pinna_renderer_set_equalizer() makes it heard.
 */

enum { PINNA_EQUALIZER_MAX_FILTERS = 64 /**< Per ear. */ };

/** Shapes of a filter: those of R. Bristow-Johnson's "Cookbook formulae for audio equalizer biquad filter
 *  coefficients". */
typedef enum pinna_filter_kind {
    PINNA_FILTER_PEAK,
    PINNA_FILTER_LOW_SHELF,
    PINNA_FILTER_HIGH_SHELF,
    PINNA_FILTER_LOW_PASS,
    PINNA_FILTER_HIGH_PASS,
    PINNA_FILTER_BAND_PASS, /**< 0 dB at the peak. */
    PINNA_FILTER_NOTCH,
    PINNA_FILTER_ALL_PASS,
    PINNA_FILTER_KIND_COUNT
} pinna_filter_kind;

/** In what a filter's width is given. */
typedef enum pinna_filter_width {
    PINNA_WIDTH_Q,       /**< Centre frequency over bandwidth. */
    PINNA_WIDTH_OCTAVES, /**< Bandwidth, between points at half the gain (in dB) or, of passes and notches, -3 dB. */
    PINNA_WIDTH_SLOPE,   /**< Of shelves: 1 is as steep as can be without a bump. */
    PINNA_WIDTH_COUNT
} pinna_filter_width;

/** One filter. */
typedef struct pinna_filter {
    pinna_filter_kind kind;        /**< Peak, shelf, ... */
    pinna_filter_width width_unit; /**< What width is given as. */
    float frequency_hz; /**< 1 to 200000. One at or above half the sample rate changes nothing. */
    float gain_db;      /**< -60 to 60. Of peaks and shelves. */
    float width;        /**< 0.001 to 1000, in width_unit. */
} pinna_filter;

/** What one ear's signal goes through. */
typedef struct pinna_equalizer_ear {
    float preamp_db;       /**< -120 to 60. */
    uint32_t filter_count; /**< At most PINNA_EQUALIZER_MAX_FILTERS. */
    pinna_filter filters[PINNA_EQUALIZER_MAX_FILTERS]; /**< In series. */
} pinna_equalizer_ear;

/** Equalisation of both ears. {0} changes nothing. */
typedef struct pinna_equalizer {
    pinna_equalizer_ear ears[PINNA_EAR_COUNT]; /**< By PINNA_LEFT and PINNA_RIGHT. */
} pinna_equalizer;

/**
 * Reads the text of an AutoEq "ParametricEQ" file or of an Equalizer APO configuration:
 *
 *     Preamp: -6.1 dB
 *     Channel: L                                        (or R, 1, 2, L R, all; holds until the next)
 *     Filter 1: ON LSC Fc 105 Hz Gain 5.5 dB Q 0.70
 *     Filter 2: ON PK Fc 2345 Hz Gain -3.1 dB Q 1.41    (or BW Oct 1.0 instead of Q)
 *
 * Kinds: PK (PEQ, Modal), LS, LSC, HS, HSC (also LSQ, HSQ), LP, LPQ, HP, HPQ, BP, NO, AP, None. A shelf without Q has
 * a slope, "LSC 12 dB Fc ...", by default 0.9 times 12 dB per octave; frequencies of LS and HS are then those of the
 * corner, as Equalizer APO has it. Passes without Q have 0.7071, notches 30. Several preamps add up. Empty lines,
 * comments (#), filters that are OFF, and the lines Room EQ Wizard writes at the head of its files are passed over;
 * anything else is refused, for a correction that is made in part is none.
 *
 * @param text    Need not end with a zero. Lines end with LF or CRLF. UTF-8, with or without a byte order mark.
 * @param name    Of the file, for messages. NULL: "equalizer".
 * @param report  On failure: name, line and what is wrong with it. May be NULL.
 * @param out     Untouched on failure.
 * @return PINNA_OK, PINNA_ERROR_ARGUMENT, PINNA_ERROR_FORMAT (no such line), PINNA_ERROR_DATA (a number out of
 *         range; no filter at all), PINNA_ERROR_UNSUPPORTED (a command of Equalizer APO that is none of these) or
 *         PINNA_ERROR_LIMIT (too many filters). Thread: any but the audio thread.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_equalizer_parse(const char* text, size_t byte_count, const char* name,
                                                             pinna_report* report, pinna_equalizer* out);

/** Whether all values are within their ranges; NULL is not. Any thread. */
PINNA_API PINNA_REALTIME bool pinna_equalizer_is_valid(const pinna_equalizer* equalizer);

/** Level of an ear's filters at a frequency below half the sample rate, in dB, preamp included. 0 for an equaliser
    that is not valid, and for an ear there is not. Any thread. */
PINNA_API double pinna_equalizer_response_db(const pinna_equalizer* equalizer, int ear, double frequency_hz,
                                             double sample_rate_hz);

PINNA_END_DECLS
#endif
