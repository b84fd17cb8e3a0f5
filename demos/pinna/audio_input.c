/* SPDX-License-Identifier: MIT */
#include "audio_input.h"
#include "resample.h"
#include "sounds.h"

#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK_FRAMES = 2048, WHOLE_MAX_FRAMES = 200000000, CHANNEL_MAX = 1024, RATE_MIN_HZ = 1000, RATE_MAX_HZ = 768000 };

struct pinna_audio_input {
    SNDFILE* file;
    SF_INFO info;
    char* path;
    uint32_t channel;
    bool loop;
    uint32_t sample_rate_hz;
    pinna_resampler* resampler;
    float* frames; /* [frame][channel], CHUNK_FRAMES of them */
    float* mono;
    float* whole; /* all of one pass, mono at the file's rate; NULL while the file is streamed */
    uint64_t pass_count; /* file frames read in this pass */
    uint64_t bad_count;  /* samples that were no numbers */
    bool ended_early;
};

static pinna_status refuse(pinna_report* report, pinna_status status, const char* path, const char* what)
{
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "audio-input", "%s: %s", path, what);
    return status;
}

/* libsndfile says of a missing file only "System error": ask the system first. */
static pinna_status check_readable(const char* path, pinna_report* report)
{
    struct stat info;
    if (stat(path, &info)) return refuse(report, PINNA_ERROR_FILE, path, strerror(errno));
    if (S_ISDIR(info.st_mode)) return refuse(report, PINNA_ERROR_FILE, path, "is a folder, not an audio file");
    if (S_ISREG(info.st_mode) && info.st_size == 0)
        return refuse(report, PINNA_ERROR_FORMAT, path, "is empty, not an audio file");
    FILE* file = S_ISREG(info.st_mode) ? fopen(path, "rb") : NULL;
    if (S_ISREG(info.st_mode) && !file) return refuse(report, PINNA_ERROR_FILE, path, strerror(errno));
    if (file) fclose(file);
    return PINNA_OK;
}

static pinna_status open_file(pinna_audio_input* input, pinna_report* report)
{
    input->file = sf_open(input->path, SFM_READ, &input->info);
    if (input->file) return PINNA_OK;
    char text[256];
    snprintf(text, sizeof text, "is not an audio file that can be read (WAV, FLAC, OGG, AIFF...): %s",
             sf_strerror(NULL));
    text[strcspn(text, "\n")] = '\0';
    return refuse(report, PINNA_ERROR_FORMAT, input->path, text);
}

static pinna_status make_builtin(pinna_audio_input* input, const char* name, pinna_report* report)
{
    size_t frame_count = 0;
    pinna_status status = pinna_sounds_make(name, &input->whole, &frame_count);
    if (status == PINNA_ERROR_ARGUMENT) return refuse(report, status, input->path, "there is no such built-in sound");
    input->info = (SF_INFO){
        .frames = (sf_count_t)frame_count, .samplerate = PINNA_SOUNDS_RATE_HZ, .channels = 1, .seekable = 1};
    return status;
}

static pinna_status open_any(pinna_audio_input* input, pinna_report* report)
{
    const char* builtin = pinna_sounds_builtin_name(input->path);
    if (builtin) return make_builtin(input, builtin, report);
    pinna_status status = check_readable(input->path, report);
    return status ? status : open_file(input, report);
}

static pinna_status check_header(const pinna_audio_input* input, pinna_report* report)
{
    const SF_INFO* info = &input->info;
    char text[160] = "";
    if (info->channels < 1 || info->channels > CHANNEL_MAX)
        snprintf(text, sizeof text, "has %d channels; 1 to %d can be read", info->channels, CHANNEL_MAX);
    else if (info->samplerate < RATE_MIN_HZ || info->samplerate > RATE_MAX_HZ)
        snprintf(text, sizeof text, "has a sampling rate of %d Hz; %d to %d can be read", info->samplerate, RATE_MIN_HZ,
                 RATE_MAX_HZ);
    else if (input->channel > (uint32_t)info->channels)
        snprintf(text, sizeof text, "has %d channel(s); there is no channel %u", info->channels, input->channel);
    else if (info->frames == 0)
        snprintf(text, sizeof text, "holds no samples");
    return text[0] ? refuse(report, PINNA_ERROR_DATA, input->path, text) : PINNA_OK;
}

static pinna_status allocate_buffers(pinna_audio_input* input)
{
    input->frames = malloc(sizeof(float) * CHUNK_FRAMES * (size_t)input->info.channels);
    input->mono = malloc(sizeof(float) * CHUNK_FRAMES);
    return input->frames && input->mono ? PINNA_OK : PINNA_ERROR_MEMORY;
}

pinna_status pinna_audio_input_open(const pinna_audio_input_config* config, pinna_report* report,
                                    pinna_audio_input** out)
{
    *out = NULL;
    pinna_audio_input* input = calloc(1, sizeof *input);
    if (!input) return PINNA_ERROR_MEMORY;
    input->channel = config->channel;
    input->loop = config->loop;
    input->path = strdup(config->path);
    pinna_status status = input->path ? open_any(input, report) : PINNA_ERROR_MEMORY;
    if (!status) status = check_header(input, report);
    if (!status) status = allocate_buffers(input);
    if (status) goto fail;
    if (!config->channel && input->info.channels > 1)
        pinna_report_add(report, PINNA_SEVERITY_NOTE, "downmix",
                         "%s: the mean of its %d channels is taken as one source (choose one with --channel, or "
                         "\"channel\" in a scene)",
                         config->path, input->info.channels);
    *out = input;
    return PINNA_OK;
fail:
    pinna_audio_input_close(input);
    return status;
}

uint32_t pinna_audio_input_file_rate_hz(const pinna_audio_input* input)
{
    return (uint32_t)input->info.samplerate;
}

static float mix_frame(pinna_audio_input* input, const float* frame)
{
    int count = input->info.channels;
    float sum = 0;
    if (input->channel) sum = frame[input->channel - 1];
    for (int c = 0; !input->channel && c < count; c++)
        sum += frame[c];
    if (!isfinite(sum)) {
        input->bad_count++;
        return 0;
    }
    return input->channel ? sum : sum / (float)count;
}

static bool length_known(const pinna_audio_input* input)
{
    return input->info.seekable && input->info.frames > 0 && input->info.frames < SF_COUNT_MAX;
}

static size_t pull_whole(pinna_audio_input* input, float** samples)
{
    uint64_t total = (uint64_t)input->info.frames;
    if (input->pass_count >= total && input->loop) input->pass_count = 0;
    uint64_t left = input->pass_count < total ? total - input->pass_count : 0;
    size_t count = left < CHUNK_FRAMES ? (size_t)left : CHUNK_FRAMES;
    *samples = input->whole + input->pass_count;
    input->pass_count += count;
    return count;
}

/* At the end of a pass: true where another begins. */
static bool rewind_file(pinna_audio_input* input)
{
    if (length_known(input) && input->pass_count < (uint64_t)input->info.frames) input->ended_early = true;
    if (!input->loop || !input->pass_count || sf_seek(input->file, 0, SEEK_SET) != 0) return false;
    input->pass_count = 0;
    return true;
}

static size_t pull(void* user, float** samples)
{
    pinna_audio_input* input = user;
    if (input->whole) return pull_whole(input, samples);
    sf_count_t got = sf_readf_float(input->file, input->frames, CHUNK_FRAMES);
    if (got <= 0 && rewind_file(input)) got = sf_readf_float(input->file, input->frames, CHUNK_FRAMES);
    if (got <= 0) return 0;
    for (sf_count_t i = 0; i < got; i++)
        input->mono[i] = mix_frame(input, input->frames + i * input->info.channels);
    input->pass_count += (uint64_t)got;
    *samples = input->mono;
    return (size_t)got;
}

pinna_status pinna_audio_input_preload(pinna_audio_input* input, pinna_report* report)
{
    if (input->whole) return PINNA_OK;
    if (!length_known(input) || input->info.frames > WHOLE_MAX_FRAMES)
        return refuse(report, PINNA_ERROR_LIMIT, input->path,
                      "is too long, or does not say how long it is, to be played live; use pinna render");
    float* whole = calloc((size_t)input->info.frames, sizeof *whole);
    if (!whole) return PINNA_ERROR_MEMORY;
    bool loop = input->loop;
    input->loop = false;
    float* samples;
    uint64_t have = 0, total = (uint64_t)input->info.frames;
    for (size_t got; have < total && (got = pull(input, &samples)) > 0; have += got)
        memcpy(whole + have, samples, sizeof *whole * (have + got > total ? (size_t)(total - have) : got));
    if (have < total) input->ended_early = true;
    input->loop = loop;
    input->pass_count = 0;
    input->whole = whole;
    return PINNA_OK;
}

pinna_status pinna_audio_input_start(pinna_audio_input* input, uint32_t sample_rate_hz, pinna_report* report)
{
    input->sample_rate_hz = sample_rate_hz;
    pinna_status status =
        pinna_resampler_create((uint32_t)input->info.samplerate, sample_rate_hz, pull, input, &input->resampler);
    if (status != PINNA_ERROR_UNSUPPORTED) return status;
    return refuse(report, status, input->path, "its sampling rate cannot be converted; choose another --rate");
}

uint64_t pinna_audio_input_frame_count(const pinna_audio_input* input)
{
    if (!length_known(input)) return PINNA_AUDIO_UNKNOWN_LENGTH;
    return pinna_resampler_scale((uint64_t)input->info.frames, (uint32_t)input->info.samplerate, input->sample_rate_hz);
}

size_t pinna_audio_input_read(pinna_audio_input* input, float* out, size_t frame_count)
{
    return pinna_resampler_read(input->resampler, out, frame_count);
}

void pinna_audio_input_remarks(const pinna_audio_input* input, pinna_report* report)
{
    if (input->bad_count)
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "not-finite",
                         "%s: %llu frames are not finite numbers and were taken as silence", input->path,
                         (unsigned long long)input->bad_count);
    if (input->ended_early)
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "ended-early",
                         "%s: ends early: its header promises %lld frames, %llu could be read", input->path,
                         (long long)input->info.frames, (unsigned long long)input->pass_count);
}

void pinna_audio_input_close(pinna_audio_input* input)
{
    if (!input) return;
    pinna_resampler_destroy(input->resampler);
    if (input->file) sf_close(input->file);
    free(input->frames);
    free(input->mono);
    free(input->whole);
    free(input->path);
    free(input);
}
