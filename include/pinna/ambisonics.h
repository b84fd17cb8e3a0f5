/* SPDX-License-Identifier: MIT */
#ifndef PINNA_AMBISONICS_H
#define PINNA_AMBISONICS_H

#include <pinna/base.h>
#include <pinna/geometry.h>
#include <pinna/hrtf.h>

PINNA_BEGIN_DECLS

/**
 * @file
 * Whole sound fields to two ears: ambisonics of order 1 to 7, turned against the head and decoded to a prepared set.
 *
 * The decoder is a pair of filters per channel, fitted once so that a plane wave from anywhere comes out as the set
 * renders it. A low order cannot hold a head's phases at high frequencies; above about 400 Hz times the order (2 kHz at
 * most) the fit therefore gives up the delays between directions and keeps the magnitudes, which are what is heard
 * there: magnitude least squares (Schoerkhuber, Zaunschirm and Hoeldrich 2018) that starts from time-aligned responses
 * (Zaunschirm, Schoerkhuber and Hoeldrich 2018) and weighs errors as ratios.
 *
 * Channels are in ACN order: degree l and index m, from -l to l, lie in channel l (l + 1) + m. In AES69's axes the
 * channels of degree 1 are y, z, x: left, up, front.
 */

enum {
    PINNA_AMBISONICS_MAX_ORDER = 7,
    PINNA_AMBISONICS_MAX_CHANNELS = (PINNA_AMBISONICS_MAX_ORDER + 1) * (PINNA_AMBISONICS_MAX_ORDER + 1),
};

/** How channels are ordered and scaled. */
typedef enum pinna_ambisonics_format {
    PINNA_AMBISONICS_AMBIX, /**< ACN order, SN3D: a plane wave has its own level in channel 0, no channel exceeds it. */
    PINNA_AMBISONICS_N3D,   /**< ACN order, N3D: degree l is sqrt(2 l + 1) times SN3D. */
    PINNA_AMBISONICS_FUMA,  /**< W X Y Z R S T U V K L M N O P Q, maxN with W 3 dB down. Orders 1 to 3. */
    PINNA_AMBISONICS_FORMAT_COUNT
} pinna_ambisonics_format;

/** What a decoder is built for. Start from pinna_ambisonics_config_default(). */
typedef struct pinna_ambisonics_config {
    const pinna_hrtf* hrtf;           /**< Required; sets the sample rate. Read during create only. */
    uint32_t order;                   /**< 1 to PINNA_AMBISONICS_MAX_ORDER. Default 1. */
    pinna_ambisonics_format format;   /**< Of the channels given to process. Default PINNA_AMBISONICS_AMBIX. */
    bool max_re;                      /**< Taper high degrees above the aligned band, so that energy keeps together in
                                           its direction at the price of timbre. Default off: closest to the set. */
    const pinna_allocator* allocator; /**< NULL (default): malloc. Used by create and destroy only. Copied. */
} pinna_ambisonics_config;

/** First order, AmbiX, malloc; the set is missing. Any thread. */
PINNA_API pinna_ambisonics_config pinna_ambisonics_config_default(void);

/** (order + 1) squared, or 0 for an order above PINNA_AMBISONICS_MAX_ORDER. Any thread. */
PINNA_API PINNA_REALTIME uint32_t pinna_ambisonics_channel_count(uint32_t order);

/**
 * The order a number of channels stands for: 1 for 4, to 7 for 64. 0 where it stands for none (also for 1 channel,
 * which has no direction). Any thread.
 */
PINNA_API PINNA_REALTIME uint32_t pinna_ambisonics_order_of(uint32_t channel_count);

/**
 * Gains that place a mono signal in a sound field: real spherical harmonics, ACN order, SN3D, without the
 * Condon-Shortley phase.
 *
 * @param order      0 to PINNA_AMBISONICS_MAX_ORDER; above it nothing is written.
 * @param direction  Any length; normalised.
 * @param gains      pinna_ambisonics_channel_count(order) gains.
 *
 * Thread: any. Real-time safe.
 */
PINNA_API PINNA_REALTIME void pinna_ambisonics_encode(uint32_t order, pinna_vec3 direction, float* gains);

/** Decodes one sound field to two ears. */
typedef struct pinna_ambisonics pinna_ambisonics;

/**
 * Fits the filters to a set and creates a decoder with all the memory it will ever use.
 *
 * @param config  Copied; the set may be released afterwards.
 * @param out     The decoder, or NULL on failure. Free with pinna_ambisonics_destroy().
 * @return PINNA_OK, PINNA_ERROR_ARGUMENT (no set, order or format out of range, FuMa above order 3) or
 *         PINNA_ERROR_MEMORY.
 *
 * Thread: control. Takes some tens (order 1) to hundreds (order 7) of milliseconds, more at rates above 48 kHz.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_ambisonics_create(const pinna_ambisonics_config* config,
                                                               pinna_ambisonics** out);

/** Destroys a decoder. NULL is accepted. Thread: control, never during process. */
PINNA_API void pinna_ambisonics_destroy(pinna_ambisonics* ambisonics);

/**
 * Turns the head in the sound field, which stays where it is. Before the first frame it is turned at once; later it
 * glides there within 256 frames, beginning at the next multiple of 64 frames. The latest call wins.
 *
 * @param orientation  Maps head vectors to vectors of the sound field; normalised. pinna_quat_identity() at first.
 * @return PINNA_OK or PINNA_ERROR_ARGUMENT (NULL, not finite or zero; nothing changes).
 *
 * Thread: control, one call at a time. Never waits.
 */
PINNA_API pinna_status pinna_ambisonics_set_orientation(pinna_ambisonics* ambisonics, pinna_quat orientation);

/**
 * Decodes one block, overwriting both outputs. Any split of a signal into blocks gives the same result. Samples that
 * are not finite are taken as 0; magnitudes are cut at 1e6.
 *
 * @param channels     (order + 1) squared arrays of frame_count samples. A NULL array is silence.
 * @param left, right  frame_count samples. May be the same arrays as channels, not as each other.
 * @param frame_count  Any number.
 *
 * Thread: audio. Real-time safe. Adds no latency: a plane wave arrives when the set's own response would.
 */
PINNA_API PINNA_REALTIME void pinna_ambisonics_process(pinna_ambisonics* ambisonics, const float* const* channels,
                                                       float* left, float* right, size_t frame_count);

/** Forgets all input and arrives at the newest orientation: the next output is as after create. Thread: control, never
 *  during process. */
PINNA_API void pinna_ambisonics_reset(pinna_ambisonics* ambisonics);

PINNA_END_DECLS
#endif
