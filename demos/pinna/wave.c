/* SPDX-License-Identifier: MIT */
#include "wave.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER_BYTES = 12, CHUNK_HEADER_BYTES = 8, BUFFER_BYTES = 1 << 16, DS64_MIN_BYTES = 24, TABLE_ENTRY_BYTES = 12 };

/* In RF64 and BW64 a size that does not fit stands in the ds64 chunk; writers to a pipe leave it in plain WAV too. */
#define SIZE_ELSEWHERE 0xFFFFFFFFu

typedef struct chunk {
    char id[4];
    uint64_t offset, size; /* size as claimed; what lies beyond the file's end is cut off where it is read */
} chunk;

struct pinna_wave {
    int descriptor;
    char* path;
    uint64_t file_bytes;
    size_t chunk_count;
    chunk chunks[PINNA_WAVE_CHUNK_MAX];
    pinna_wave_format format;
    uint64_t data_offset, frame_count, promised_count, position;
    unsigned char buffer[BUFFER_BYTES];
};

static uint32_t u16(const unsigned char* bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
}

static uint32_t u32(const unsigned char* bytes)
{
    return u16(bytes) | u16(bytes + 2) << 16;
}

static uint64_t u64(const unsigned char* bytes)
{
    return u32(bytes) | (uint64_t)u32(bytes + 4) << 32;
}

static size_t read_at(int descriptor, uint64_t offset, unsigned char* bytes, size_t count)
{
    size_t done = 0;
    while (done < count) {
        ssize_t got = pread(descriptor, bytes + done, count - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        done += (size_t)got;
    }
    return done;
}

static bool is_riff(const unsigned char* header)
{
    bool known = !memcmp(header, "RIFF", 4) || !memcmp(header, "RF64", 4) || !memcmp(header, "BW64", 4);
    return known && !memcmp(header + 8, "WAVE", 4);
}

bool pinna_wave_is(const char* path)
{
    struct stat info;
    unsigned char header[HEADER_BYTES];
    if (stat(path, &info) || !S_ISREG(info.st_mode)) return false;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return false;
    bool whole = read_at(descriptor, 0, header, HEADER_BYTES) == HEADER_BYTES;
    close(descriptor);
    return whole && is_riff(header);
}

static pinna_status refuse(const pinna_wave* wave, pinna_report* report, pinna_status status, const char* what)
{
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "wav", "%s: %s", wave->path, what);
    return status;
}

static const chunk* find_chunk(const pinna_wave* wave, const char* id)
{
    for (size_t i = 0; i < wave->chunk_count; i++)
        if (!memcmp(wave->chunks[i].id, id, 4)) return &wave->chunks[i];
    return NULL;
}

/* The bytes of a chunk that the file really has. */
static uint64_t present_bytes(const pinna_wave* wave, const chunk* c)
{
    uint64_t left = c->offset < wave->file_bytes ? wave->file_bytes - c->offset : 0;
    return c->size < left ? c->size : left;
}

/* A chunk's size from ds64: the data chunk has a field of its own, others stand in a table. */
static uint64_t large_size(const pinna_wave* wave, const char* id)
{
    unsigned char bytes[DS64_MIN_BYTES + 4], entry[TABLE_ENTRY_BYTES];
    const chunk* ds64 = find_chunk(wave, "ds64");
    if (!ds64 || present_bytes(wave, ds64) < sizeof bytes) return UINT64_MAX;
    if (read_at(wave->descriptor, ds64->offset, bytes, sizeof bytes) != sizeof bytes) return UINT64_MAX;
    if (!memcmp(id, "data", 4)) return u64(bytes + 8);
    uint64_t room = (present_bytes(wave, ds64) - sizeof bytes) / TABLE_ENTRY_BYTES;
    uint32_t count = u32(bytes + DS64_MIN_BYTES);
    for (uint64_t i = 0; i < count && i < room && i < PINNA_WAVE_CHUNK_MAX; i++) {
        uint64_t at = ds64->offset + sizeof bytes + i * TABLE_ENTRY_BYTES;
        if (read_at(wave->descriptor, at, entry, sizeof entry) != sizeof entry) break;
        if (!memcmp(entry, id, 4)) return u64(entry + 4);
    }
    return UINT64_MAX;
}

/* Every chunk's place. One with a size beyond the file's end is the last: nothing can follow it. */
static pinna_status list_chunks(pinna_wave* wave, pinna_report* report)
{
    unsigned char header[CHUNK_HEADER_BYTES];
    uint64_t at = HEADER_BYTES;
    while (at + CHUNK_HEADER_BYTES <= wave->file_bytes) {
        if (wave->chunk_count == PINNA_WAVE_CHUNK_MAX)
            return refuse(wave, report, PINNA_ERROR_LIMIT, "has more than 4096 chunks; is this a WAV file?");
        if (read_at(wave->descriptor, at, header, sizeof header) != sizeof header)
            return refuse(wave, report, PINNA_ERROR_FILE, "cannot be read");
        chunk* c = &wave->chunks[wave->chunk_count];
        memcpy(c->id, header, 4);
        c->offset = at + CHUNK_HEADER_BYTES;
        c->size = u32(header + 4);
        if (c->size == SIZE_ELSEWHERE) c->size = large_size(wave, c->id);
        wave->chunk_count++;
        if (c->size > wave->file_bytes - c->offset) break;
        at = c->offset + c->size + (c->size & 1);
    }
    return PINNA_OK;
}

/* GUIDs of WAVEFORMATEXTENSIBLE begin with the old format tag; the rest is the same for all. */
static const unsigned char guid_rest[14] = {0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71};

enum { TAG_PCM = 1, TAG_FLOAT = 3, TAG_EXTENSIBLE = 0xFFFE, FMT_MIN_BYTES = 16, FMT_EXTENSIBLE_BYTES = 40 };

static pinna_status check_format(const pinna_wave* wave, uint32_t tag, uint32_t block_bytes, pinna_report* report)
{
    const pinna_wave_format* f = &wave->format;
    char text[128];
    if (tag != TAG_PCM && tag != TAG_FLOAT) return PINNA_ERROR_UNSUPPORTED;
    if (!f->channel_count || f->channel_count > PINNA_WAVE_CHANNEL_MAX) {
        snprintf(text, sizeof text, "has %u channels; 1 to %d can be read", f->channel_count, PINNA_WAVE_CHANNEL_MAX);
        return refuse(wave, report, PINNA_ERROR_DATA, text);
    }
    bool fits = block_bytes == f->sample_bytes * f->channel_count;
    bool known =
        f->is_float ? f->sample_bytes == 4 || f->sample_bytes == 8 : f->sample_bytes >= 1 && f->sample_bytes <= 4;
    if (fits && known) return PINNA_OK;
    snprintf(text, sizeof text, "its header contradicts itself: %u channels, %u bytes per frame", f->channel_count,
             block_bytes);
    return refuse(wave, report, PINNA_ERROR_DATA, text);
}

static pinna_status read_format(pinna_wave* wave, pinna_report* report)
{
    unsigned char bytes[FMT_EXTENSIBLE_BYTES] = {0};
    const chunk* c = find_chunk(wave, "fmt ");
    uint64_t size = c ? present_bytes(wave, c) : 0;
    if (size < FMT_MIN_BYTES)
        return refuse(wave, report, PINNA_ERROR_FORMAT, "is a WAV file without a whole fmt chunk");
    size_t wanted = size < sizeof bytes ? FMT_MIN_BYTES : sizeof bytes;
    if (read_at(wave->descriptor, c->offset, bytes, wanted) != wanted)
        return refuse(wave, report, PINNA_ERROR_FILE, "cannot be read");
    uint32_t tag = u16(bytes), block_bytes = u16(bytes + 12);
    wave->format.channel_count = u16(bytes + 2);
    wave->format.sample_rate_hz = u32(bytes + 4);
    if (tag == TAG_EXTENSIBLE) {
        if (wanted < sizeof bytes || memcmp(bytes + 26, guid_rest, sizeof guid_rest)) return PINNA_ERROR_UNSUPPORTED;
        tag = u16(bytes + 24);
        wave->format.channel_mask = u32(bytes + 20);
    }
    wave->format.is_float = tag == TAG_FLOAT;
    wave->format.sample_bytes = (u16(bytes + 14) + 7) / 8;
    return check_format(wave, tag, block_bytes, report);
}

static pinna_status find_data(pinna_wave* wave, pinna_report* report)
{
    const chunk* c = find_chunk(wave, "data");
    if (!c) return refuse(wave, report, PINNA_ERROR_FORMAT, "is a WAV file without samples (no data chunk)");
    uint64_t frame_bytes = (uint64_t)wave->format.sample_bytes * wave->format.channel_count;
    wave->data_offset = c->offset;
    wave->frame_count = present_bytes(wave, c) / frame_bytes;
    wave->promised_count = c->size == UINT64_MAX ? wave->frame_count : c->size / frame_bytes;
    return PINNA_OK;
}

pinna_status pinna_wave_open(const char* path, pinna_report* report, pinna_wave** out)
{
    *out = NULL;
    struct stat info;
    unsigned char header[HEADER_BYTES];
    pinna_wave* wave = calloc(1, sizeof *wave);
    if (!wave) return PINNA_ERROR_MEMORY;
    pinna_status status = PINNA_ERROR_MEMORY;
    wave->descriptor = open(path, O_RDONLY | O_CLOEXEC);
    wave->path = strdup(path);
    if (!wave->path) goto fail;
    status = PINNA_ERROR_FILE;
    if (wave->descriptor < 0 || fstat(wave->descriptor, &info)) {
        refuse(wave, report, status, strerror(errno));
        goto fail;
    }
    wave->file_bytes = (uint64_t)info.st_size;
    status = PINNA_ERROR_FORMAT;
    if (read_at(wave->descriptor, 0, header, HEADER_BYTES) != HEADER_BYTES || !is_riff(header)) {
        refuse(wave, report, status, "is not a WAV file (RIFF, RF64 or BW64)");
        goto fail;
    }
    status = list_chunks(wave, report);
    if (!status) status = read_format(wave, report);
    if (!status) status = find_data(wave, report);
    if (status) goto fail;
    *out = wave;
    return PINNA_OK;
fail:
    pinna_wave_close(wave);
    return status;
}

pinna_wave_format pinna_wave_get_format(const pinna_wave* wave)
{
    return wave->format;
}

uint64_t pinna_wave_frame_count(const pinna_wave* wave)
{
    return wave->frame_count;
}

uint64_t pinna_wave_promised_count(const pinna_wave* wave)
{
    return wave->promised_count;
}

bool pinna_wave_has_chunk(const pinna_wave* wave, const char* id)
{
    const chunk* c = find_chunk(wave, id);
    return c && present_bytes(wave, c);
}

uint64_t pinna_wave_chunk_bytes(const pinna_wave* wave, const char* id)
{
    const chunk* c = find_chunk(wave, id);
    return c ? c->size : 0;
}

size_t pinna_wave_read_chunk_at(const pinna_wave* wave, const char* id, uint64_t offset, unsigned char* bytes,
                                size_t count)
{
    const chunk* c = find_chunk(wave, id);
    uint64_t present = c ? present_bytes(wave, c) : 0;
    if (offset >= present) return 0;
    if (count > present - offset) count = (size_t)(present - offset);
    return read_at(wave->descriptor, c->offset + offset, bytes, count);
}

pinna_status pinna_wave_read_chunk(pinna_wave* wave, const char* id, size_t limit, pinna_report* report,
                                   unsigned char** out, size_t* size)
{
    *out = NULL;
    *size = 0;
    char text[128];
    const chunk* c = find_chunk(wave, id);
    if (!c) return PINNA_OK;
    uint64_t present = present_bytes(wave, c);
    if (present < c->size)
        snprintf(text, sizeof text, "its %.4s chunk is cut short: %llu of %llu bytes are there", id,
                 (unsigned long long)present, (unsigned long long)c->size);
    else if (present > limit)
        snprintf(text, sizeof text, "its %.4s chunk has %llu bytes; up to %llu are read", id,
                 (unsigned long long)present, (unsigned long long)limit);
    else
        text[0] = '\0';
    if (text[0]) return refuse(wave, report, present > limit ? PINNA_ERROR_LIMIT : PINNA_ERROR_FORMAT, text);
    unsigned char* bytes = malloc((size_t)present + 1);
    if (!bytes) return PINNA_ERROR_MEMORY;
    if (read_at(wave->descriptor, c->offset, bytes, (size_t)present) != present) {
        free(bytes);
        return refuse(wave, report, PINNA_ERROR_FILE, "cannot be read");
    }
    bytes[present] = '\0';
    *out = bytes;
    *size = (size_t)present;
    return PINNA_OK;
}

/* --- samples ------------------------------------------------------------------------------------------------------ */

/* Whole numbers are moved to the top of 32 bits, where their sign is the number's; full scale is 2^31. */
static void convert_whole(const unsigned char* bytes, uint32_t sample_bytes, float* out, size_t count)
{
    const float scale = 1.0f / 2147483648.0f;
    for (size_t i = 0; sample_bytes == 1 && i < count; i++)
        out[i] = ((float)bytes[i] - 128.0f) / 128.0f; /* eight bits are unsigned */
    for (size_t i = 0; sample_bytes == 2 && i < count; i++)
        out[i] = (float)(int32_t)(u16(bytes + 2 * i) << 16) * scale;
    for (size_t i = 0; sample_bytes == 3 && i < count; i++)
        out[i] = (float)(int32_t)(u16(bytes + 3 * i) << 8 | (uint32_t)bytes[3 * i + 2] << 24) * scale;
    for (size_t i = 0; sample_bytes == 4 && i < count; i++)
        out[i] = (float)(int32_t)u32(bytes + 4 * i) * scale;
}

static void convert_float(const unsigned char* bytes, uint32_t sample_bytes, float* out, size_t count)
{
    for (size_t i = 0; sample_bytes == 4 && i < count; i++) {
        uint32_t bits = u32(bytes + 4 * i);
        memcpy(out + i, &bits, sizeof bits);
    }
    for (size_t i = 0; sample_bytes == 8 && i < count; i++) {
        uint64_t bits = u64(bytes + 8 * i);
        double value;
        memcpy(&value, &bits, sizeof bits);
        out[i] = (float)value;
    }
}

static size_t read_piece(pinna_wave* wave, float* frames, size_t frame_count)
{
    const pinna_wave_format* f = &wave->format;
    size_t frame_bytes = (size_t)f->sample_bytes * f->channel_count, room = BUFFER_BYTES / frame_bytes;
    uint64_t left = wave->frame_count - wave->position;
    size_t count = frame_count < room ? frame_count : room;
    if (count > left) count = (size_t)left;
    size_t bytes = read_at(wave->descriptor, wave->data_offset + wave->position * frame_bytes, wave->buffer,
                           count * frame_bytes);
    count = bytes / frame_bytes;
    if (f->is_float)
        convert_float(wave->buffer, f->sample_bytes, frames, count * f->channel_count);
    else
        convert_whole(wave->buffer, f->sample_bytes, frames, count * f->channel_count);
    wave->position += count;
    return count;
}

size_t pinna_wave_read(pinna_wave* wave, float* frames, size_t frame_count)
{
    size_t done = 0;
    for (size_t got; done < frame_count; done += got) {
        got = read_piece(wave, frames + done * wave->format.channel_count, frame_count - done);
        if (!got) break;
    }
    return done;
}

bool pinna_wave_seek(pinna_wave* wave, uint64_t frame)
{
    if (frame > wave->frame_count) return false;
    wave->position = frame;
    return true;
}

void pinna_wave_close(pinna_wave* wave)
{
    if (!wave) return;
    if (wave->descriptor >= 0) close(wave->descriptor);
    free(wave->path);
    free(wave);
}
