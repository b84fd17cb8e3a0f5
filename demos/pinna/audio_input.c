/* SPDX-License-Identifier: MIT */
#include "audio_input.h"
#include "resample.h"
#include "sounds.h"
#include "wave.h"

#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    CHUNK_FRAMES = 2048,
    WHOLE_MAX_FRAMES = 200000000,
    CHANNEL_MAX = 1024,
    RATE_MIN_HZ = 1000,
    RATE_MAX_HZ = 768000
};

/* All of one pass of one channel, at the file's rate. */
typedef struct whole {
    atomic_uint user_count;
    float* samples;
} whole;

/* One delivered channel. Lanes that convert the rate pull what they need; since all need the same, what one makes the
   file deliver waits a little in the queues of the others. */
typedef struct lane {
    pinna_audio_input* input;
    uint32_t channel;
    whole* whole; /* NULL while the file is streamed */
    float chunk[CHUNK_FRAMES];
    const float* at; /* where the newest chunk is: in chunk, or in whole */
    pinna_resampler* resampler;
    float *queue, *taken;
    size_t queue_count, queue_capacity, taken_capacity;
} lane;

/* Samples come from wave, from file or from the lanes' whole. */
struct pinna_audio_input {
    pinna_wave* wave;
    SNDFILE* file;
    pinna_audio_input_info info;
    bool whole_numbers; /* the samples cannot be anything but finite */
    bool seekable;
    bool preloaded;
    char* path;
    bool loop;
    bool out_of_memory;
    uint32_t sample_rate_hz;
    uint32_t lane_count;
    lane** lanes;
    float* frames;       /* [frame][channel], CHUNK_FRAMES of them */
    uint64_t pass_count; /* file frames read in this pass */
    uint64_t bad_count;  /* samples that were no numbers */
    bool ended_early;
};

static pinna_status refuse(pinna_report* report, pinna_status status, const char* path, const char* what)
{
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "audio-input", "%s: %s", path, what);
    return status;
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

/* libsndfile says of a missing file only "System error": ask the system first. */
static pinna_status check_readable(const char* path, pinna_report* report)
{
    struct stat info;
    if (!strcmp(path, "-") && stat(path, &info))
        return refuse(report, PINNA_ERROR_FILE, path, "standard input is not read; give the name of a file");
    if (stat(path, &info)) return refuse(report, PINNA_ERROR_FILE, path, strerror(errno));
    if (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode))
        return refuse(report, PINNA_ERROR_FILE, path, "is a pipe, which cannot be wound back; write a file first");
    if (S_ISDIR(info.st_mode)) return refuse(report, PINNA_ERROR_FILE, path, "is a folder, not an audio file");
    if (S_ISREG(info.st_mode) && info.st_size == 0)
        return refuse(report, PINNA_ERROR_FORMAT, path, "is empty, not an audio file");
    FILE* file = S_ISREG(info.st_mode) ? fopen(path, "rb") : NULL;
    if (S_ISREG(info.st_mode) && !file) return refuse(report, PINNA_ERROR_FILE, path, strerror(errno));
    if (file) fclose(file);
    return PINNA_OK;
}

static pinna_status open_wave(pinna_audio_input* input, pinna_report* report)
{
    pinna_status status = pinna_wave_open(input->path, report, &input->wave);
    if (status) return status;
    pinna_wave_format format = pinna_wave_get_format(input->wave);
    input->info = (pinna_audio_input_info){format.channel_count, format.sample_rate_hz, format.channel_mask, false,
                                           pinna_wave_frame_count(input->wave)};
    input->whole_numbers = !format.is_float;
    input->seekable = true;
    return PINNA_OK;
}

static pinna_status open_other(pinna_audio_input* input, pinna_report* report)
{
    SF_INFO info = {0};
    char text[256];
    input->file = sf_open(input->path, SFM_READ, &info);
    if (!input->file) {
        snprintf(text, sizeof text, "is not an audio file that can be read (WAV, FLAC, OGG, AIFF...): %s",
                 sf_strerror(NULL));
        text[strcspn(text, "\n")] = '\0';
        return refuse(report, PINNA_ERROR_FORMAT, input->path, text);
    }
    bool known = info.seekable && info.frames >= 0 && info.frames < SF_COUNT_MAX;
    input->info = (pinna_audio_input_info){
        .channel_count = info.channels > 0 ? (uint32_t)info.channels : 0,
        .sample_rate_hz = info.samplerate > 0 ? (uint32_t)info.samplerate : 0,
        .wav_order = (info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_FLAC,
        .frame_count = known ? (uint64_t)info.frames : PINNA_AUDIO_UNKNOWN_LENGTH};
    input->seekable = info.seekable;
    return PINNA_OK;
}

static pinna_status open_any(pinna_audio_input* input, pinna_report* report)
{
    if (pinna_sounds_builtin_name(input->path)) {
        input->info = (pinna_audio_input_info){1, PINNA_SOUNDS_RATE_HZ, 0, false, PINNA_AUDIO_UNKNOWN_LENGTH};
        return PINNA_OK;
    }
    pinna_status status = check_readable(input->path, report);
    if (status) return status;
    status = pinna_wave_is(input->path) ? open_wave(input, report) : PINNA_ERROR_UNSUPPORTED;
    return status == PINNA_ERROR_UNSUPPORTED ? open_other(input, report) : status;
}

static pinna_status check_header(const pinna_audio_input* input, pinna_report* report)
{
    const pinna_audio_input_info* info = &input->info;
    char text[160] = "";
    if (info->channel_count < 1 || info->channel_count > CHANNEL_MAX)
        snprintf(text, sizeof text, "has %u channels; 1 to %d can be read", info->channel_count, CHANNEL_MAX);
    else if (info->sample_rate_hz < RATE_MIN_HZ || info->sample_rate_hz > RATE_MAX_HZ)
        snprintf(text, sizeof text, "has a sampling rate of %u Hz; %d to %d can be read", info->sample_rate_hz,
                 RATE_MIN_HZ, RATE_MAX_HZ);
    else if (info->frame_count == 0)
        snprintf(text, sizeof text, "holds no samples");
    return text[0] ? refuse(report, PINNA_ERROR_DATA, input->path, text) : PINNA_OK;
}

/* Takes the samples over; frees them where it fails. */
static pinna_status keep_whole(lane* l, float* samples)
{
    l->whole = samples ? malloc(sizeof *l->whole) : NULL;
    if (!l->whole) {
        free(samples);
        return PINNA_ERROR_MEMORY;
    }
    atomic_init(&l->whole->user_count, 1);
    l->whole->samples = samples;
    return PINNA_OK;
}

static void release_whole(whole* w)
{
    if (!w || atomic_fetch_sub(&w->user_count, 1) > 1) return;
    free(w->samples);
    free(w);
}

static pinna_status make_builtin(pinna_audio_input* input, lane* l, pinna_report* report)
{
    float* samples = NULL;
    size_t frame_count = 0;
    pinna_status status = pinna_sounds_make(pinna_sounds_builtin_name(input->path), &samples, &frame_count);
    if (status == PINNA_ERROR_ARGUMENT) return refuse(report, status, input->path, "there is no such built-in sound");
    input->info.frame_count = frame_count;
    input->preloaded = true;
    return status ? status : keep_whole(l, samples);
}

static lane* append_lane(pinna_audio_input* input, uint32_t channel)
{
    lane** lanes = realloc(input->lanes, (input->lane_count + 1) * sizeof *lanes);
    if (!lanes) return NULL;
    input->lanes = lanes;
    lane* l = lanes[input->lane_count] = calloc(1, sizeof *l);
    if (!l) return NULL;
    l->input = input;
    l->channel = channel;
    input->lane_count++;
    return l;
}

pinna_status pinna_audio_input_add_lane(pinna_audio_input* input, uint32_t channel, pinna_report* report,
                                        uint32_t* number)
{
    char text[96];
    snprintf(text, sizeof text, "has %u channel(s); there is no channel %u", input->info.channel_count, channel);
    if (channel > input->info.channel_count) return refuse(report, PINNA_ERROR_DATA, input->path, text);
    *number = input->lane_count;
    lane* l = append_lane(input, channel);
    if (!l) return PINNA_ERROR_MEMORY;
    if (!channel && input->info.channel_count > 1)
        pinna_report_add(report, PINNA_SEVERITY_NOTE, "downmix",
                         "%s: the mean of its %u channels is taken as one source (choose one with --channel, or "
                         "\"channel\" in a scene; or all, as loudspeakers, with --layout)",
                         input->path, input->info.channel_count);
    return pinna_sounds_builtin_name(input->path) ? make_builtin(input, l, report) : PINNA_OK;
}

static pinna_status open_header(const char* path, pinna_report* report, pinna_audio_input** out)
{
    pinna_audio_input* input = *out = calloc(1, sizeof *input);
    if (!input) return PINNA_ERROR_MEMORY;
    input->path = strdup(path);
    pinna_status status = input->path ? open_any(input, report) : PINNA_ERROR_MEMORY;
    return status ? status : check_header(input, report);
}

pinna_status pinna_audio_input_open(const pinna_audio_input_config* config, pinna_report* report,
                                    pinna_audio_input** out)
{
    uint32_t number;
    pinna_status status = open_header(config->path, report, out);
    if (!status) {
        (*out)->loop = config->loop;
        (*out)->frames = malloc(sizeof(float) * CHUNK_FRAMES * (*out)->info.channel_count);
        status =
            (*out)->frames ? pinna_audio_input_add_lane(*out, config->channel, report, &number) : PINNA_ERROR_MEMORY;
    }
    if (!status) return PINNA_OK;
    pinna_audio_input_close(*out);
    *out = NULL;
    return status;
}

pinna_status pinna_audio_input_share(const pinna_audio_input* loaded, bool loop, pinna_audio_input** out)
{
    pinna_audio_input* input = *out = calloc(1, sizeof *input);
    if (!input) return PINNA_ERROR_MEMORY;
    input->info = loaded->info;
    input->preloaded = true;
    input->loop = loop;
    input->path = strdup(loaded->path);
    lane* l = input->path ? append_lane(input, loaded->lanes[0]->channel) : NULL;
    if (!l) {
        pinna_audio_input_close(input);
        *out = NULL;
        return PINNA_ERROR_MEMORY;
    }
    l->whole = loaded->lanes[0]->whole;
    atomic_fetch_add(&l->whole->user_count, 1);
    return PINNA_OK;
}

pinna_status pinna_audio_input_inspect(const char* path, pinna_report* report, pinna_audio_input_info* out)
{
    pinna_audio_input* input;
    pinna_status status = open_header(path, report, &input);
    *out = status ? (pinna_audio_input_info){0} : input->info;
    pinna_audio_input_close(input);
    return status;
}

uint32_t pinna_audio_input_file_rate_hz(const pinna_audio_input* input)
{
    return input->info.sample_rate_hz;
}

/* --- reading at the file's rate ----------------------------------------------------------------------------------- */

static bool length_known(const pinna_audio_input* input)
{
    return input->info.frame_count != PINNA_AUDIO_UNKNOWN_LENGTH;
}

static size_t read_file(pinna_audio_input* input, size_t count)
{
    if (input->wave) return pinna_wave_read(input->wave, input->frames, count);
    sf_count_t got = sf_readf_float(input->file, input->frames, (sf_count_t)count);
    return got > 0 ? (size_t)got : 0;
}

static bool seek_file(pinna_audio_input* input, uint64_t frame)
{
    if (input->wave) return pinna_wave_seek(input->wave, frame);
    return input->seekable && sf_seek(input->file, (sf_count_t)frame, SEEK_SET) == (sf_count_t)frame;
}

static void take_channel(const pinna_audio_input* input, lane* l, size_t count)
{
    const size_t channel_count = input->info.channel_count;
    const float* from = input->frames + (l->channel ? l->channel - 1 : 0);
    if (channel_count == 1) memcpy(l->chunk, from, count * sizeof *from);
    for (size_t i = 0; i < count && channel_count > 1; i++)
        l->chunk[i] = from[i * channel_count];
    l->at = l->chunk;
    if (l->channel || channel_count == 1) return;
    for (size_t i = 0; i < count; i++) {
        float sum = 0;
        for (size_t c = 0; c < channel_count; c++)
            sum += input->frames[i * channel_count + c];
        l->chunk[i] = sum / (float)channel_count;
    }
}

/* What is no number, or so large that a filter's sums would not be one. Files of integers kept as floats reach 2e9. */
static void silence_bad(pinna_audio_input* input, float* samples, size_t count)
{
    static const float largest = 1e15f;
    uint32_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        bool usable = fabsf(samples[i]) <= largest;
        samples[i] = usable ? samples[i] : 0.0f;
        bad += !usable;
    }
    input->bad_count += bad;
}

/* At the end of a pass: true where another begins. */
static bool rewind_file(pinna_audio_input* input)
{
    if (length_known(input) && input->pass_count < input->info.frame_count) input->ended_early = true;
    if (!input->loop || !input->pass_count || !seek_file(input, 0)) return false;
    input->pass_count = 0;
    return true;
}

static size_t next_of_file(pinna_audio_input* input, size_t most)
{
    size_t got = read_file(input, most);
    if (!got && rewind_file(input)) got = read_file(input, most);
    for (uint32_t i = 0; i < input->lane_count; i++) {
        take_channel(input, input->lanes[i], got);
        if (!input->whole_numbers) silence_bad(input, input->lanes[i]->chunk, got);
    }
    input->pass_count += got;
    return got;
}

static size_t next_of_whole(pinna_audio_input* input, size_t most)
{
    uint64_t total = input->info.frame_count;
    if (input->pass_count >= total && input->loop) input->pass_count = 0;
    uint64_t left = input->pass_count < total ? total - input->pass_count : 0;
    size_t count = left < most ? (size_t)left : most;
    for (uint32_t i = 0; i < input->lane_count; i++)
        input->lanes[i]->at = input->lanes[i]->whole->samples + input->pass_count;
    input->pass_count += count;
    return count;
}

/* The next frames of every lane, up to CHUNK_FRAMES, at lane.at. 0 at the end. */
static size_t next_chunk(pinna_audio_input* input, size_t most)
{
    if (most > CHUNK_FRAMES) most = CHUNK_FRAMES;
    return input->preloaded ? next_of_whole(input, most) : next_of_file(input, most);
}

pinna_status pinna_audio_input_preload(pinna_audio_input* input, pinna_report* report)
{
    if (input->preloaded) return PINNA_OK;
    if (!length_known(input) || input->info.frame_count > WHOLE_MAX_FRAMES / input->lane_count)
        return refuse(report, PINNA_ERROR_LIMIT, input->path,
                      "is too long, or does not say how long it is, to be played live; use pinna render");
    uint64_t have = 0, total = input->info.frame_count;
    bool loop = input->loop;
    for (uint32_t i = 0; i < input->lane_count; i++) {
        pinna_status status = keep_whole(input->lanes[i], calloc((size_t)total, sizeof(float)));
        if (status) return status;
    }
    input->loop = false;
    for (size_t got; have < total && (got = next_chunk(input, (size_t)(total - have))) > 0; have += got)
        for (uint32_t i = 0; i < input->lane_count; i++)
            memcpy(input->lanes[i]->whole->samples + have, input->lanes[i]->at, got * sizeof(float));
    if (have < total) input->ended_early = true;
    input->loop = loop;
    input->pass_count = 0;
    input->preloaded = true;
    return PINNA_OK;
}

/* --- conversion of the rate --------------------------------------------------------------------------------------- */

static bool append(lane* l, size_t count)
{
    if (l->queue_count + count > l->queue_capacity) {
        size_t capacity = 2 * (l->queue_count + count);
        float* larger = realloc(l->queue, capacity * sizeof *larger);
        if (!larger) return false;
        l->queue = larger;
        l->queue_capacity = capacity;
    }
    memcpy(l->queue + l->queue_count, l->at, count * sizeof *l->queue);
    l->queue_count += count;
    return true;
}

static size_t pull(void* user, float** samples)
{
    lane* l = user;
    pinna_audio_input* input = l->input;
    if (!l->queue_count) {
        size_t got = next_chunk(input, CHUNK_FRAMES);
        for (uint32_t i = 0; i < input->lane_count && got; i++)
            if (!append(input->lanes[i], got)) input->out_of_memory = true;
    }
    /* What is handed out stays valid while more is queued. */
    float* spare = l->taken;
    size_t count = l->queue_count, spare_capacity = l->taken_capacity;
    *samples = l->taken = l->queue;
    l->taken_capacity = l->queue_capacity;
    l->queue = spare;
    l->queue_capacity = spare_capacity;
    l->queue_count = 0;
    return count;
}

pinna_status pinna_audio_input_start(pinna_audio_input* input, uint32_t sample_rate_hz, pinna_report* report)
{
    input->sample_rate_hz = sample_rate_hz;
    pinna_status status = PINNA_OK;
    if (sample_rate_hz == input->info.sample_rate_hz) return PINNA_OK;
    for (uint32_t i = 0; i < input->lane_count && !status; i++)
        status = pinna_resampler_create(input->info.sample_rate_hz, sample_rate_hz, pull, input->lanes[i],
                                        &input->lanes[i]->resampler);
    if (status != PINNA_ERROR_UNSUPPORTED) return status;
    return refuse(report, status, input->path, "its sampling rate cannot be converted; choose another --rate");
}

uint64_t pinna_audio_input_frame_count(const pinna_audio_input* input)
{
    if (!length_known(input)) return PINNA_AUDIO_UNKNOWN_LENGTH;
    return pinna_resampler_scale(input->info.frame_count, input->info.sample_rate_hz, input->sample_rate_hz);
}

static size_t read_plain(pinna_audio_input* input, float* const* out, size_t frame_count)
{
    size_t done = 0;
    for (size_t got; done < frame_count && (got = next_chunk(input, frame_count - done)) > 0; done += got)
        for (uint32_t i = 0; i < input->lane_count; i++)
            memcpy(out[i] + done, input->lanes[i]->at, got * sizeof(float));
    return done;
}

size_t pinna_audio_input_read_lanes(pinna_audio_input* input, float* const* out, size_t frame_count)
{
    if (!input->lanes[0]->resampler) return read_plain(input, out, frame_count);
    size_t least = frame_count;
    for (uint32_t i = 0; i < input->lane_count; i++) {
        size_t got = pinna_resampler_read(input->lanes[i]->resampler, out[i], frame_count);
        if (got < least) least = got;
    }
    return least;
}

bool pinna_audio_input_view(pinna_audio_input* input, const float** out, size_t frame_count)
{
    uint64_t total = input->info.frame_count;
    if (!input->preloaded || input->sample_rate_hz != input->info.sample_rate_hz) return false;
    if (input->loop && input->pass_count == total) input->pass_count = 0;
    if (frame_count > total - input->pass_count) return false;
    for (uint32_t i = 0; i < input->lane_count; i++)
        out[i] = input->lanes[i]->whole->samples + input->pass_count;
    input->pass_count += frame_count;
    return true;
}

size_t pinna_audio_input_read(pinna_audio_input* input, float* out, size_t frame_count)
{
    return pinna_audio_input_read_lanes(input, &out, frame_count);
}

/* --- skipping ----------------------------------------------------------------------------------------------------- */

static pinna_status discard(pinna_audio_input* input, uint64_t frame_count)
{
    enum { PIECE = 1024 };
    float* room = malloc(PIECE * sizeof *room);
    float** out = malloc(input->lane_count * sizeof *out);
    for (uint32_t i = 0; out && i < input->lane_count; i++)
        out[i] = room; /* nobody looks at it */
    while (room && out && frame_count) {
        size_t got = pinna_audio_input_read_lanes(input, out, frame_count < PIECE ? (size_t)frame_count : PIECE);
        if (!got) break;
        frame_count -= got;
    }
    pinna_status status = room && out ? PINNA_OK : PINNA_ERROR_MEMORY;
    free(room);
    free(out);
    return status;
}

/* Frames of both rates coincide every so often; the file is positioned at such a frame, and the rest is read. */
pinna_status pinna_audio_input_skip(pinna_audio_input* input, uint64_t frame)
{
    uint64_t from_hz = input->info.sample_rate_hz, to_hz = input->sample_rate_hz;
    uint64_t whole_seconds = frame / to_hz, file_frame = whole_seconds * from_hz, rest = frame % to_hz;
    if (from_hz == to_hz) {
        file_frame = frame;
        rest = 0;
    }
    if (input->loop && length_known(input)) file_frame %= input->info.frame_count;
    if (length_known(input) && file_frame > input->info.frame_count) file_frame = input->info.frame_count;
    if (!input->preloaded && !seek_file(input, file_frame)) return discard(input, frame);
    input->pass_count = file_frame;
    return discard(input, rest);
}

/* ------------------------------------------------------------------------------------------------------------------ */

void pinna_audio_input_remarks(const pinna_audio_input* input, pinna_report* report)
{
    uint64_t promised = input->wave ? pinna_wave_promised_count(input->wave) : input->info.frame_count;
    uint64_t present = input->wave ? pinna_wave_frame_count(input->wave) : input->pass_count;
    if (input->bad_count)
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "not-finite",
                         "%s: %llu frames are not finite numbers, or beyond 1e15, and were taken as silence",
                         input->path, (unsigned long long)input->bad_count);
    if (input->ended_early || (input->wave && present < promised))
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "ended-early",
                         "%s: ends early: its header promises %llu frames, %llu could be read", input->path,
                         (unsigned long long)promised, (unsigned long long)present);
    if (input->out_of_memory)
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "memory", "%s: memory ran out while reading", input->path);
}

void pinna_audio_input_close(pinna_audio_input* input)
{
    if (!input) return;
    for (uint32_t i = 0; i < input->lane_count; i++) {
        pinna_resampler_destroy(input->lanes[i]->resampler);
        release_whole(input->lanes[i]->whole);
        free(input->lanes[i]->queue);
        free(input->lanes[i]->taken);
        free(input->lanes[i]);
    }
    free(input->lanes);
    pinna_wave_close(input->wave);
    if (input->file) sf_close(input->file);
    free(input->frames);
    free(input->path);
    free(input);
}
