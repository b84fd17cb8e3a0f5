/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_AUDIO_OUTPUT_H
#define PINNA_DEMOS_AUDIO_OUTPUT_H

#include <pinna/base.h>

/* A stereo file, WAV or FLAC by the name's ending, that appears when it is whole (output_file.h). WAV beyond 4 GB
   becomes RF64. */
typedef struct pinna_audio_output pinna_audio_output;

typedef enum pinna_sample_format {
    PINNA_SAMPLE_PCM16, /**< With triangular dither. */
    PINNA_SAMPLE_PCM24,
    PINNA_SAMPLE_FLOAT32, /**< WAV only. */
} pinna_sample_format;

typedef struct pinna_audio_output_config {
    const char* path;
    uint32_t sample_rate_hz;
    pinna_sample_format format;
    uint64_t frame_count; /**< Expected; UINT64_MAX where unknown. */
    const char* comment;  /**< Kept in the file; NULL: none. */
} pinna_audio_output_config;

PINNA_NODISCARD pinna_status pinna_audio_output_create(const pinna_audio_output_config* config, pinna_report* report,
                                                       pinna_audio_output** out);

/** Appends frames. False when the disk is full or gone; discard it then, after asking problem(). */
bool pinna_audio_output_write(pinna_audio_output* output, const float* left, const float* right, size_t frame_count);

/** Samples above full scale that an integer format had to cut. */
uint64_t pinna_audio_output_clipped_count(const pinna_audio_output* output);

/** Completes and names the file; frees it in any case. */
PINNA_NODISCARD pinna_status pinna_audio_output_commit(pinna_audio_output* output, pinna_report* report);

/** Leaves nothing behind. NULL is accepted. */
void pinna_audio_output_discard(pinna_audio_output* output);

#endif
