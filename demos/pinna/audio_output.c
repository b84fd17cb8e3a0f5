/* SPDX-License-Identifier: MIT */
#include "audio_output.h"
#include "output_file.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { CHUNK_FRAMES = 4096 };

/* Above this WAV's 32-bit sizes no longer hold; the rest is room for the header. */
#define WAV_MAX_BYTES 4290000000u

struct pinna_audio_output {
    pinna_output_file* file;
    SNDFILE* sound;
    pinna_sample_format format;
    uint64_t clipped_count;
    uint32_t dither_state;
    size_t fill;
    float frames[2 * CHUNK_FRAMES];
};

static sf_count_t file_length(void* user)
{
    return pinna_output_file_size(((pinna_audio_output*)user)->file);
}

static sf_count_t file_seek(sf_count_t offset, int whence, void* user)
{
    return pinna_output_file_seek(((pinna_audio_output*)user)->file, offset, whence);
}

static sf_count_t file_tell(void* user)
{
    return pinna_output_file_seek(((pinna_audio_output*)user)->file, 0, SEEK_CUR);
}

static sf_count_t file_read(void* bytes, sf_count_t count, void* user)
{
    (void)bytes, (void)count, (void)user; /* written once, never read back */
    return 0;
}

/* Always claims success: the encoder must not try again, and commit reports what went wrong. */
static sf_count_t file_write(const void* bytes, sf_count_t count, void* user)
{
    pinna_output_file_write(((pinna_audio_output*)user)->file, bytes, (size_t)count);
    return count;
}

static bool has_ending(const char* path, const char* ending)
{
    size_t length = strlen(path), ending_length = strlen(ending);
    return length > ending_length && !strcasecmp(path + length - ending_length, ending);
}

static int wav_type(const pinna_audio_output_config* config)
{
    static const uint64_t frame_bytes[] = {
        [PINNA_SAMPLE_PCM16] = 4, [PINNA_SAMPLE_PCM24] = 6, [PINNA_SAMPLE_FLOAT32] = 8};
    return config->frame_count > WAV_MAX_BYTES / frame_bytes[config->format] ? SF_FORMAT_RF64 : SF_FORMAT_WAV;
}

/* A header's lengths are written last, so the output must be able to go back to it. Asked before a pipe is opened,
   which would wait for its reader. */
static pinna_status check_place(const char* path, pinna_report* report)
{
    struct stat info;
    bool pipe = stat(path, &info) == 0 && (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode));
    if (!pipe && strcmp(path, "-")) return PINNA_OK;
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "output-format",
                     "%s: sound cannot be written into a pipe, for its header comes last; give the name of a file",
                     path);
    return PINNA_ERROR_UNSUPPORTED;
}

static pinna_status choose_format(const pinna_audio_output_config* config, pinna_report* report, int* out)
{
    static const int subtypes[] = {[PINNA_SAMPLE_PCM16] = SF_FORMAT_PCM_16,
                                   [PINNA_SAMPLE_PCM24] = SF_FORMAT_PCM_24,
                                   [PINNA_SAMPLE_FLOAT32] = SF_FORMAT_FLOAT};
    bool flac = has_ending(config->path, ".flac");
    const char* base = strrchr(config->path, '/');
    bool named_otherwise = strchr(base ? base + 1 : config->path, '.') && !flac && !has_ending(config->path, ".wav");
    if (named_otherwise)
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "output-format",
                         "%s: its name must end in .wav or .flac, the formats that can be written", config->path);
    else if (flac && config->format == PINNA_SAMPLE_FLOAT32)
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "output-format",
                         "%s: FLAC cannot hold 32-bit float samples; choose .wav or pcm24", config->path);
    else {
        *out = (flac ? SF_FORMAT_FLAC : wav_type(config)) | subtypes[config->format];
        return PINNA_OK;
    }
    return PINNA_ERROR_UNSUPPORTED;
}

pinna_status pinna_audio_output_create(const pinna_audio_output_config* config, pinna_report* report,
                                       pinna_audio_output** out)
{
    static SF_VIRTUAL_IO calls = {file_length, file_seek, file_read, file_write, file_tell};
    *out = NULL;
    SF_INFO info = {.samplerate = (int)config->sample_rate_hz, .channels = PINNA_EAR_COUNT};
    pinna_status status = check_place(config->path, report);
    if (!status) status = choose_format(config, report, &info.format);
    if (status) return status;
    pinna_audio_output* output = calloc(1, sizeof *output);
    if (!output) return PINNA_ERROR_MEMORY;
    output->format = config->format;
    output->dither_state = 1;
    status = pinna_output_file_create(config->path, report, &output->file);
    if (status) goto fail;
    output->sound = sf_open_virtual(&calls, SFM_WRITE, &info, output);
    if (!output->sound) {
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "output-format", "%s: cannot be written as such: %s",
                         config->path, sf_strerror(NULL));
        status = PINNA_ERROR_UNSUPPORTED;
        goto fail;
    }
    sf_command(output->sound, SFC_SET_CLIPPING, NULL, SF_TRUE);
    /* Room for large sizes is kept where the length is not known; what stays small becomes what everyone can read. */
    sf_command(output->sound, SFC_RF64_AUTO_DOWNGRADE, NULL, SF_TRUE);
    sf_command(output->sound, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE); /* holds the date: no two runs would be alike */
    if (config->comment) sf_set_string(output->sound, SF_STR_COMMENT, config->comment);
    *out = output;
    return PINNA_OK;
fail:
    pinna_audio_output_discard(output);
    return status;
}

/* Uniform in -0.5 to +0.5; Marsaglia's xorshift, seeded alike for every file: one input, one output. */
static float random_half(uint32_t* state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return (float)*state / 4294967296.0f - 0.5f;
}

/* Two uniform numbers make triangular dither, two steps wide: the error's mean and power no longer follow the signal.
   Digital silence stays silent. */
static float prepare_sample(pinna_audio_output* output, float sample)
{
    if (output->format == PINNA_SAMPLE_FLOAT32) return sample;
    if (fabsf(sample) > 1.0f) output->clipped_count++;
    if (output->format != PINNA_SAMPLE_PCM16 || sample == 0.0f) return sample;
    return sample + (random_half(&output->dither_state) + random_half(&output->dither_state)) / 32768.0f;
}

static void flush(pinna_audio_output* output)
{
    if (output->fill) sf_writef_float(output->sound, output->frames, (sf_count_t)output->fill);
    output->fill = 0;
}

bool pinna_audio_output_write(pinna_audio_output* output, const float* left, const float* right, size_t frame_count)
{
    for (size_t i = 0; i < frame_count; i++) {
        output->frames[2 * output->fill] = prepare_sample(output, left[i]);
        output->frames[2 * output->fill + 1] = prepare_sample(output, right[i]);
        if (++output->fill == CHUNK_FRAMES) flush(output);
    }
    return !pinna_output_file_problem(output->file);
}

uint64_t pinna_audio_output_clipped_count(const pinna_audio_output* output)
{
    return output->clipped_count;
}

pinna_status pinna_audio_output_commit(pinna_audio_output* output, pinna_report* report)
{
    flush(output);
    sf_close(output->sound); /* writes the header's lengths through file_write */
    output->sound = NULL;
    pinna_status status = pinna_output_file_commit(output->file, report);
    output->file = NULL;
    pinna_audio_output_discard(output);
    return status;
}

void pinna_audio_output_discard(pinna_audio_output* output)
{
    if (!output) return;
    if (output->sound) sf_close(output->sound);
    pinna_output_file_discard(output->file);
    free(output);
}
