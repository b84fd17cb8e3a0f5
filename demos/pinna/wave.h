/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_WAVE_H
#define PINNA_DEMOS_WAVE_H

#include <pinna/base.h>

/*
 * WAV in its three sizes, RIFF, RF64 (EBU Tech 3306) and BW64 (ITU-R BS.2088), with uncompressed samples. Chunks may
 * stand in any order, what the headers claim is checked against the file, and a file cut short gives what it has.
 */
typedef struct pinna_wave pinna_wave;

typedef struct pinna_wave_format {
    uint32_t channel_count;  /**< 1 to PINNA_WAVE_CHANNEL_MAX. */
    uint32_t sample_rate_hz; /**< As written; not checked. */
    uint32_t sample_bytes;   /**< 1 to 4, or 8: of one sample of one channel. */
    bool is_float;
    uint32_t channel_mask; /**< WAVEFORMATEXTENSIBLE's dwChannelMask; 0: none. */
} pinna_wave_format;

enum { PINNA_WAVE_CHANNEL_MAX = 1024, PINNA_WAVE_CHUNK_MAX = 4096 };

/** Whether a regular file begins like a WAV. */
bool pinna_wave_is(const char* path);

/**
 * Opens a file and lists its chunks.
 *
 * @param report  On failure says what is wrong; nothing is added for PINNA_ERROR_UNSUPPORTED.
 * @return PINNA_OK, PINNA_ERROR_FILE, PINNA_ERROR_FORMAT, PINNA_ERROR_DATA, PINNA_ERROR_MEMORY, or
 *         PINNA_ERROR_UNSUPPORTED: samples are coded in another way than as whole or floating-point numbers.
 */
PINNA_NODISCARD pinna_status pinna_wave_open(const char* path, pinna_report* report, pinna_wave** out);

pinna_wave_format pinna_wave_get_format(const pinna_wave* wave);

/** Frames that are really there. */
uint64_t pinna_wave_frame_count(const pinna_wave* wave);

/** Frames the header promises; more than there are where the file was cut short. */
uint64_t pinna_wave_promised_count(const pinna_wave* wave);

/** Whether a chunk of this name is there, not empty. */
bool pinna_wave_has_chunk(const pinna_wave* wave, const char* id);

/**
 * Reads a whole chunk, the first of its name.
 *
 * @param limit   More bytes than this are refused.
 * @param out     The bytes and a zero byte after them; free them. NULL where there is no such chunk.
 * @param size    Without the zero byte.
 */
PINNA_NODISCARD pinna_status pinna_wave_read_chunk(pinna_wave* wave, const char* id, size_t limit, pinna_report* report,
                                                   unsigned char** out, size_t* size);

/** Bytes a chunk claims, the first of its name; 0 where there is none. */
uint64_t pinna_wave_chunk_bytes(const pinna_wave* wave, const char* id);

/** Reads a part of a chunk. Returns how many bytes there were, fewer than asked for at the chunk's or the file's
    end. */
size_t pinna_wave_read_chunk_at(const pinna_wave* wave, const char* id, uint64_t offset, unsigned char* bytes,
                                size_t count);

/** The next frames, interleaved, full scale 1. Fewer than frame_count only at the end or when reading fails. */
size_t pinna_wave_read(pinna_wave* wave, float* frames, size_t frame_count);

/** Where the next read begins; at most the frame count. */
bool pinna_wave_seek(pinna_wave* wave, uint64_t frame);

/** NULL is accepted. */
void pinna_wave_close(pinna_wave* wave);

#endif
