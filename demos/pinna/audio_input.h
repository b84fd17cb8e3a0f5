/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_AUDIO_INPUT_H
#define PINNA_DEMOS_AUDIO_INPUT_H

#include <pinna/base.h>

/*
 * Channels of an audio file (WAV in all its sizes, FLAC, OGG and whatever else libsndfile reads), streamed at any rate.
 * An input delivers one or more *lanes*, each a channel of the file or the mean of all, in step with each other.
 */
typedef struct pinna_audio_input pinna_audio_input;

/** Frame count of a stream whose length its header does not tell. */
#define PINNA_AUDIO_UNKNOWN_LENGTH UINT64_MAX

typedef struct pinna_audio_input_config {
    const char* path; /**< A file's, or a built-in sound's (sounds.h). */
    uint32_t channel; /**< Of lane 0, from 1. 0: the mean of all channels, with a note where there are several. */
    bool loop;        /**< Begins again at the end, without a gap. */
} pinna_audio_input_config;

/** What a file's header says. */
typedef struct pinna_audio_input_info {
    uint32_t channel_count;
    uint32_t sample_rate_hz;
    uint32_t channel_mask; /**< WAVEFORMATEXTENSIBLE's; 0 where the file has none. */
    bool wav_order;        /**< The format itself lays down WAV's order of channels (FLAC does). */
    uint64_t frame_count;  /**< PINNA_AUDIO_UNKNOWN_LENGTH where it is not told. */
} pinna_audio_input_info;

/** Opens a file and reads its header. @param report On failure says what is wrong. */
PINNA_NODISCARD pinna_status pinna_audio_input_open(const pinna_audio_input_config* config, pinna_report* report,
                                                    pinna_audio_input** out);

/** Reads only a file's header. */
PINNA_NODISCARD pinna_status pinna_audio_input_inspect(const char* path, pinna_report* report,
                                                       pinna_audio_input_info* out);

/** Adds a lane. Call before start and preload. @param channel As in the config. @param lane Its number. */
PINNA_NODISCARD pinna_status pinna_audio_input_add_lane(pinna_audio_input* input, uint32_t channel,
                                                        pinna_report* report, uint32_t* lane);

/** The file's own sampling rate. */
uint32_t pinna_audio_input_file_rate_hz(const pinna_audio_input* input);

/** Takes the whole file into memory, so that reading needs no disk. Call before start. */
PINNA_NODISCARD pinna_status pinna_audio_input_preload(pinna_audio_input* input, pinna_report* report);

/** Opens a file once more that another input of one lane has taken into memory: both read the same samples, each at its
    own place. Any thread, while that is not closed. */
PINNA_NODISCARD pinna_status pinna_audio_input_share(const pinna_audio_input* loaded, bool loop,
                                                     pinna_audio_input** out);

/** Sets the rate that read delivers. Call once, before the first read. */
PINNA_NODISCARD pinna_status pinna_audio_input_start(pinna_audio_input* input, uint32_t sample_rate_hz,
                                                     pinna_report* report);

/** Goes on to a later frame at the rate of start(), before the first read. Where the rate is converted, the first few
    frames lack what came before them. */
PINNA_NODISCARD pinna_status pinna_audio_input_skip(pinna_audio_input* input, uint64_t frame);

/** Frames one pass lasts at the rate of start(), or PINNA_AUDIO_UNKNOWN_LENGTH. */
uint64_t pinna_audio_input_frame_count(const pinna_audio_input* input);

/** Fills out with lane 0 of an input that has one lane; fewer than frame_count frames only at the end. Samples are
    finite. */
size_t pinna_audio_input_read(pinna_audio_input* input, float* out, size_t frame_count);

/** The same for all lanes. @param out One array per lane. */
size_t pinna_audio_input_read_lanes(pinna_audio_input* input, float* const* out, size_t frame_count);

/** The next frame_count frames where they lie in memory, for inputs that are wholly there and need no conversion, as
    far as they lie in one piece. False, and nothing is taken, where they do not: then read. @param out One per lane. */
bool pinna_audio_input_view(pinna_audio_input* input, const float** out, size_t frame_count);

/** Adds to the report what was odd while reading: samples that are no numbers, an early end. */
void pinna_audio_input_remarks(const pinna_audio_input* input, pinna_report* report);

/** NULL is accepted. */
void pinna_audio_input_close(pinna_audio_input* input);

#endif
