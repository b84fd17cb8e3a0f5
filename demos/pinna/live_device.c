/* SPDX-License-Identifier: MIT */
#include "live_device.h"

#ifndef PINNA_HAVE_OPENAL

bool pinna_live_device_is_built(void)
{
    return false;
}

pinna_status pinna_live_device_open(const pinna_live_device_config* config, pinna_report* report,
                                    pinna_live_device** out)
{
    (void)config;
    *out = NULL;
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "device",
                     "this program was built without OpenAL: it cannot be heard");
    return PINNA_ERROR_UNSUPPORTED;
}

/* Nothing was opened, so nothing below can be called with a device. */
bool pinna_live_device_start(pinna_live_device* device)
{
    return device != NULL;
}

uint32_t pinna_live_device_length(const pinna_live_device* device)
{
    return device != NULL;
}

uint32_t pinna_live_device_room(pinna_live_device* device)
{
    return device != NULL;
}

void pinna_live_device_put(pinna_live_device* device, const float* stereo, size_t frame_count)
{
    (void)device, (void)stereo, (void)frame_count;
}

bool pinna_live_device_is_dry(pinna_live_device* device)
{
    return device == NULL;
}

void pinna_live_device_play_on(pinna_live_device* device)
{
    (void)device;
}

void pinna_live_device_lengthen(pinna_live_device* device)
{
    (void)device;
}

bool pinna_live_device_is_lost(pinna_live_device* device)
{
    return device == NULL;
}

bool pinna_live_device_is_heard(const pinna_live_device* device)
{
    return device != NULL;
}

void pinna_live_device_delay(pinna_live_device* device, double* queue_s, double* device_s)
{
    (void)device;
    *queue_s = *device_s = 0;
}

const char* pinna_live_device_name(const pinna_live_device* device)
{
    return device ? "device" : "none";
}

uint32_t pinna_live_device_frames(const pinna_live_device* device)
{
    return device != NULL;
}

void pinna_live_device_close(pinna_live_device* device)
{
    (void)device;
}

#else

#include <AL/al.h>
#include <AL/alc.h>
#include <AL/alext.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct pinna_live_device {
    pinna_live_device_config config;
    ALCdevice* device;
    ALCcontext* context;
    ALuint source;
    ALuint buffers[PINNA_LIVE_QUEUE_MAX];
    ALuint free[PINNA_LIVE_QUEUE_MAX]; /* not in the queue */
    uint32_t free_count, length; /* length: periods there are to be in the queue */
    ALCint attributes[12];
    bool started;
    LPALCDEVICEPAUSESOFT pause;
    LPALCDEVICERESUMESOFT resume;
    LPALCRESETDEVICESOFT reset;
    LPALGETSOURCEDVSOFT get_doubles;
    char name[96];
    uint32_t device_frames;
};

bool pinna_live_device_is_built(void)
{
    return true;
}

static pinna_status refuse(pinna_report* report, const char* what)
{
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "device", "%s", what);
    return PINNA_ERROR_UNSUPPORTED;
}

static void copy_file(const char* path, FILE* to)
{
    FILE* from = path ? fopen(path, "r") : NULL;
    char text[512];
    for (size_t got; from && (got = fread(text, 1, sizeof text, from)) > 0;)
        fwrite(text, 1, got, to);
    if (from) fclose(from);
}

/* OpenAL Soft takes its period and its sample format from its configuration only. Ours is handed over as an unnamed
   file; what the user's own ALSOFT_CONF says comes behind it and so prevails. Read once per process. */
static void configure_openal(const pinna_live_device_config* config)
{
    static bool done;
    int file = done ? -1 : memfd_create("pinna-openal.conf", 0);
    FILE* text = file >= 0 ? fdopen(file, "w") : NULL;
    done = true;
    if (!text) return; /* then with its usual periods */
    fprintf(text,
            "[general]\nchannels = stereo\nsample-type = float32\nhrtf = false\ncf_level = 0\noutput-limiter = false\n"
            "frequency = %u\nperiod_size = %u\nperiods = 2\nrt-prio = 5\n",
            config->sample_rate_hz, config->period_frames);
    copy_file(getenv("ALSOFT_CONF"), text);
    fflush(text); /* and left open: OpenAL opens it by its number */
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    setenv("ALSOFT_CONF", name, 1);
}

/* C has no cast from an object's address to a function's; POSIX promises that their bytes are the same. */
static void find_function(ALCdevice* device, const char* name, void* function)
{
    void* found = alcGetProcAddress(device, name);
    memcpy(function, &found, sizeof found);
}

static pinna_status find_extensions(pinna_live_device* d, pinna_report* report)
{
    if (!alcIsExtensionPresent(d->device, "ALC_SOFT_HRTF") ||
        !alcIsExtensionPresent(d->device, "ALC_SOFT_pause_device"))
        return refuse(report, "this OpenAL is not OpenAL Soft, or older than 1.17");
    find_function(d->device, "alcDevicePauseSOFT", &d->pause);
    find_function(d->device, "alcDeviceResumeSOFT", &d->resume);
    find_function(d->device, "alcResetDeviceSOFT", &d->reset);
    return d->pause && d->resume && d->reset ? PINNA_OK : refuse(report, "this OpenAL cannot pause its device");
}

static pinna_status open_context(pinna_live_device* d, pinna_report* report)
{
    d->device = alcOpenDevice(NULL);
    if (!d->device) return refuse(report, "OpenAL found no sound device");
    pinna_status status = find_extensions(d, report);
    if (status) return status;
    const ALCint wanted[] = {ALC_FREQUENCY, (ALCint)d->config.sample_rate_hz, ALC_HRTF_SOFT, ALC_FALSE,
                             ALC_OUTPUT_LIMITER_SOFT, ALC_FALSE, ALC_STEREO_SOURCES, 1, ALC_MONO_SOURCES, 1, 0};
    memcpy(d->attributes, wanted, sizeof wanted);
    d->context = alcCreateContext(d->device, d->attributes);
    if (!d->context || !alcMakeContextCurrent(d->context)) return refuse(report, "OpenAL could not start the device");
    d->pause(d->device); /* until there is something to play */
    const ALCchar* name = alcGetString(d->device, ALC_ALL_DEVICES_SPECIFIER);
    snprintf(d->name, sizeof d->name, "%s", name ? name : "default");
    return PINNA_OK;
}

static pinna_status create_source(pinna_live_device* d, pinna_report* report)
{
    if (!alIsExtensionPresent("AL_EXT_FLOAT32") || !alIsExtensionPresent("AL_SOFT_direct_channels"))
        return refuse(report, "this OpenAL takes no floats, or has no direct channels");
    alGetError();
    alGenSources(1, &d->source);
    alGenBuffers(PINNA_LIVE_QUEUE_MAX, d->buffers);
    if (alGetError()) return refuse(report, "OpenAL has no source or buffers left");
    memcpy(d->free, d->buffers, sizeof d->free);
    d->free_count = PINNA_LIVE_QUEUE_MAX;
    alSourcei(d->source, AL_DIRECT_CHANNELS_SOFT, AL_TRUE);
    if (alIsExtensionPresent("AL_SOFT_source_latency"))
        find_function(d->device, "alGetSourcedvSOFT", &d->get_doubles);
    return PINNA_OK;
}

/* OpenAL Soft may be configured to filter everything with a head of its own; two heads in a row are none. */
static pinna_status check_plain(pinna_live_device* d, pinna_report* report)
{
    ALCint hrtf = ALC_TRUE, rate_hz = 0, refresh_hz = 0;
    ALint direct = AL_FALSE;
    alcGetIntegerv(d->device, ALC_HRTF_SOFT, 1, &hrtf);
    alcGetIntegerv(d->device, ALC_FREQUENCY, 1, &rate_hz);
    alcGetIntegerv(d->device, ALC_REFRESH, 1, &refresh_hz);
    alGetSourcei(d->source, AL_DIRECT_CHANNELS_SOFT, &direct);
    if (hrtf != ALC_FALSE)
        return refuse(report,
                      "OpenAL insists on an HRTF of its own; set 'hrtf = false' in its configuration (alsoft.conf)");
    if (direct != AL_TRUE) return refuse(report, "OpenAL refuses to leave the two channels as they are");
    if (rate_hz != (ALCint)d->config.sample_rate_hz)
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "rate", "the device runs at %d Hz, so OpenAL resamples %u Hz",
                         rate_hz, d->config.sample_rate_hz);
    d->device_frames = refresh_hz > 0 ? (uint32_t)((rate_hz + refresh_hz / 2) / refresh_hz) : 0;
    return PINNA_OK;
}

bool pinna_live_device_is_heard(const pinna_live_device* d)
{
    return !strstr(d->name, "Wave File") && !strstr(d->name, "No Output");
}

static uint32_t queue_length(const pinna_live_device* d)
{
    enum { FEW = 4 };
    if (d->config.queue_periods) return d->config.queue_periods;
    if (pinna_live_device_is_heard(d)) return FEW;
    uint32_t wanted = d->config.sample_rate_hz / 10 / d->config.period_frames + 1;
    return wanted < FEW ? FEW : wanted > PINNA_LIVE_QUEUE_MAX ? PINNA_LIVE_QUEUE_MAX : wanted;
}

pinna_status pinna_live_device_open(const pinna_live_device_config* config, pinna_report* report,
                                    pinna_live_device** out)
{
    *out = NULL;
    pinna_live_device* d = calloc(1, sizeof *d);
    if (!d) return PINNA_ERROR_MEMORY;
    d->config = *config;
    configure_openal(config);
    pinna_status status = open_context(d, report);
    if (!status) status = create_source(d, report);
    if (!status) status = check_plain(d, report);
    if (status) {
        pinna_live_device_close(d);
        return status;
    }
    d->length = queue_length(d);
    *out = d;
    return PINNA_OK;
}

/* The reset makes a device that writes a file begin it anew, so that the first frame put is the first in the file. */
bool pinna_live_device_start(pinna_live_device* d)
{
    alSourcePlay(d->source);
    bool reset = d->reset(d->device, d->attributes);
    d->resume(d->device);
    d->started = true;
    return reset && alGetError() == AL_NO_ERROR;
}

uint32_t pinna_live_device_length(const pinna_live_device* d)
{
    return d->length;
}

uint32_t pinna_live_device_room(pinna_live_device* d)
{
    ALint processed = 0;
    alGetSourcei(d->source, AL_BUFFERS_PROCESSED, &processed);
    if (processed > 0 && d->started) {
        alSourceUnqueueBuffers(d->source, processed, d->free + d->free_count);
        d->free_count += (uint32_t)processed;
    }
    uint32_t waiting = PINNA_LIVE_QUEUE_MAX - d->free_count;
    return waiting < d->length ? d->length - waiting : 0;
}

void pinna_live_device_put(pinna_live_device* d, const float* stereo, size_t frame_count)
{
    ALuint buffer = d->free[--d->free_count];
    alBufferData(buffer, AL_FORMAT_STEREO_FLOAT32, stereo, (ALsizei)(frame_count * 2 * sizeof *stereo),
                 (ALsizei)d->config.sample_rate_hz);
    alSourceQueueBuffers(d->source, 1, &buffer);
}

bool pinna_live_device_is_dry(pinna_live_device* d)
{
    ALint state = AL_PLAYING;
    alGetSourcei(d->source, AL_SOURCE_STATE, &state);
    return d->started && state != AL_PLAYING;
}

void pinna_live_device_play_on(pinna_live_device* d)
{
    alSourcePlay(d->source);
}

void pinna_live_device_lengthen(pinna_live_device* d)
{
    if (d->length < PINNA_LIVE_QUEUE_MAX) d->length++;
}

bool pinna_live_device_is_lost(pinna_live_device* d)
{
    ALCint connected = ALC_TRUE;
    alcGetIntegerv(d->device, ALC_CONNECTED, 1, &connected);
    return connected == ALC_FALSE;
}

void pinna_live_device_delay(pinna_live_device* d, double* queue_s, double* device_s)
{
    ALdouble at[2] = {0, 0}; /* seconds into the queue, and from there to the ear */
    if (d->get_doubles) d->get_doubles(d->source, AL_SEC_OFFSET_LATENCY_SOFT, at);
    uint32_t waiting = PINNA_LIVE_QUEUE_MAX - d->free_count;
    double queued_s = (double)waiting * d->config.period_frames / d->config.sample_rate_hz - at[0];
    *queue_s = queued_s > 0 ? queued_s : 0;
    *device_s = at[1] > 0 ? at[1] : 0;
}

const char* pinna_live_device_name(const pinna_live_device* d)
{
    return d->name;
}

uint32_t pinna_live_device_frames(const pinna_live_device* d)
{
    return d->device_frames;
}

void pinna_live_device_close(pinna_live_device* d)
{
    if (!d) return;
    if (d->pause && d->context) d->pause(d->device);
    if (d->source) {
        alDeleteSources(1, &d->source);
        alDeleteBuffers(PINNA_LIVE_QUEUE_MAX, d->buffers);
    }
    alcMakeContextCurrent(NULL);
    if (d->context) alcDestroyContext(d->context);
    if (d->device) alcCloseDevice(d->device);
    free(d);
}

#endif
