/* SPDX-License-Identifier: MIT */
#ifndef PINNA_CONVOLVER_H
#define PINNA_CONVOLVER_H

#include <pinna/base.h>

PINNA_BEGIN_DECLS

/**
 * @file
 * Convolution with long impulse responses (measured rooms, reverbs) without latency: a matrix of paths from every input
 * to every output, up to half a minute long. The first taps run directly, the rest in partitions whose transforms are
 * cut into small steps and spread evenly over time, all on the calling thread.
 *
 * A *response* is a matrix of impulse responses made ready for one kind of convolver: slow to create, immutable,
 * counted, shared by any number of convolvers of the same config. A *convolver* is the running state. Handing it
 * another response crossfades: the head within 256 frames, later parts of the response as their partitions come round.
 */

enum {
    PINNA_CONVOLVER_MAX_CHANNELS = 64,   /**< Inputs, and outputs. */
    PINNA_CONVOLVER_MAX_TAPS = 5760000,  /**< 30 s at 192 kHz. */
    PINNA_CONVOLVER_HEAD_TAPS = 512,     /**< Taps that run directly. Where they are all 0 in a path, they cost nothing:
                                              who may be late by that much pads responses and convolves by transforms
                                              alone. */
};

/** What a convolver is built for. Start from pinna_convolver_config_default(). */
typedef struct pinna_convolver_config {
    uint32_t input_count;             /**< 1 to PINNA_CONVOLVER_MAX_CHANNELS. Default 1. */
    uint32_t output_count;            /**< 1 to PINNA_CONVOLVER_MAX_CHANNELS. Default 2. */
    uint32_t max_tap_count;           /**< 1 to PINNA_CONVOLVER_MAX_TAPS. Default 48000. Cost grows with it, slowly. */
    const pinna_allocator* allocator; /**< NULL (default): malloc. Used by create and destroy only. Copied. */
} pinna_convolver_config;

/** One input, two outputs, up to 48000 taps. Any thread. */
PINNA_API pinna_convolver_config pinna_convolver_config_default(void);

/** A matrix of impulse responses, ready to convolve with. Immutable and reference-counted. */
typedef struct pinna_response pinna_response;

/**
 * Prepares a matrix of impulse responses.
 *
 * @param config      Of the convolvers it is for; the allocator is used for the response.
 * @param paths       [input * output_count + output]: tap_count linear taps each. A NULL path is silent and costs
 *                    nothing. Read only during the call.
 * @param tap_count   1 to config->max_tap_count.
 * @param out         The response with one reference, or NULL on failure. Give back with pinna_response_release().
 * @return PINNA_OK, PINNA_ERROR_ARGUMENT, PINNA_ERROR_LIMIT (too many taps), PINNA_ERROR_DATA (a tap is not finite, or
 *         beyond 1e9) or PINNA_ERROR_MEMORY.
 *
 * Thread: any but the audio thread. Takes about a millisecond per second of response and path.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_response_create(const pinna_convolver_config* config,
                                                             const float* const* paths, uint32_t tap_count,
                                                             pinna_response** out);

/** Adds a reference and returns the response. Any thread. */
PINNA_API pinna_response* pinna_response_retain(pinna_response* response);

/** Gives a reference back; the last one frees the response. NULL is accepted. Any thread but the audio thread. */
PINNA_API void pinna_response_release(pinna_response* response);

/** Runs one response. */
typedef struct pinna_convolver pinna_convolver;

/** Bytes pinna_convolver_place() needs, or 0 for a config out of range or too large for the address space.
    Any thread. */
PINNA_API size_t pinna_convolver_size(const pinna_convolver_config* config);

/**
 * Builds a convolver in the caller's memory, silent until it has a response. Call pinna_convolver_destroy() before
 * reusing the memory: it gives back the responses held.
 *
 * @param memory  pinna_convolver_size() bytes, any alignment. Must outlive the convolver.
 * @return The convolver, or NULL for a config out of range. Thread: control.
 */
PINNA_API pinna_convolver* pinna_convolver_place(void* memory, const pinna_convolver_config* config);

/**
 * Creates a convolver with all the memory it will ever use, silent until it has a response.
 *
 * @param out  The convolver, or NULL on failure. Free with pinna_convolver_destroy().
 * @return PINNA_OK, PINNA_ERROR_ARGUMENT or PINNA_ERROR_MEMORY. Thread: control.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_convolver_create(const pinna_convolver_config* config,
                                                              pinna_convolver** out);

/** Destroys a convolver (a placed one: all but its memory). NULL is accepted. Thread: control, never during process. */
PINNA_API void pinna_convolver_destroy(pinna_convolver* convolver);

/**
 * Changes to another response. Before the first frame it is there at once; later it is crossfaded to, from the next
 * multiple of 256 frames on. Changes may follow each other at any pace: parts still fading finish first, then go to the
 * newest.
 *
 * @param response  Retained until replaced. Created with the same counts and max_tap_count. NULL: silence.
 * @return PINNA_OK or PINNA_ERROR_ARGUMENT (made for another config). Thread: control. Never waits.
 */
PINNA_API pinna_status pinna_convolver_set_response(pinna_convolver* convolver, pinna_response* response);

/** Releases responses that are no longer heard. pinna_convolver_set_response() does it too. Thread: control. */
PINNA_API void pinna_convolver_collect(pinna_convolver* convolver);

/**
 * Convolves one block, overwriting the outputs. Any split of a signal into blocks gives the same result. Samples that
 * are not finite are taken as 0; magnitudes are cut at 1e6.
 *
 * @param inputs       config.input_count arrays of frame_count samples. A NULL array is silence.
 * @param outputs      config.output_count arrays. An output may be the same array as an input.
 * @param frame_count  Any number.
 *
 * Thread: audio. Real-time safe. Adds no latency.
 */
PINNA_API PINNA_REALTIME void pinna_convolver_process(pinna_convolver* convolver, const float* const* inputs,
                                                      float* const* outputs, size_t frame_count);

/** Forgets all input: the next output is as after create with the newest response. Thread: control, never during
 *  process. */
PINNA_API void pinna_convolver_reset(pinna_convolver* convolver);

PINNA_END_DECLS
#endif
