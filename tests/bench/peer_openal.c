/* SPDX-License-Identifier: MIT */
#include "peers.h"

#define AL_ALEXT_PROTOTYPES
#include <AL/al.h>
#include <AL/alc.h>
#include <AL/alext.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef ALC_OUTPUT_LIMITER_SOFT
#define ALC_OUTPUT_LIMITER_SOFT 0x199A
#endif

typedef struct openal_state {
    bench_scene* scene;
    ALCdevice* device;
    ALCcontext* context;
    ALuint buffers[BENCH_NOISE_COUNT];
    ALuint* sources;
    ALsizei source_count;
    float out[2 * BENCH_MAX_BLOCK];
} openal_state;

static char facts[256], directory[64], file_name[96];

const char* bench_openal_facts(void)
{
    return facts;
}

static void remove_configuration(void)
{
    unlink(file_name);
    rmdir(directory);
}

/* The library reads its configuration once, when first used. */
void bench_openal_configure(uint32_t source_count)
{
    const char* temporary = getenv("TMPDIR");
    snprintf(directory, sizeof directory, "%.40s/pinna-bench-XXXXXX", temporary ? temporary : "/tmp");
    if (!mkdtemp(directory)) bench_fail(directory, "cannot be made");
    snprintf(file_name, sizeof file_name, "%s/alsoft.conf", directory);
    FILE* file = fopen(file_name, "w");
    if (!file) bench_fail(file_name, "cannot be written");
    atexit(remove_configuration);
    fprintf(file, "[general]\nsources = %u\n", source_count);
    fclose(file);
    setenv("ALSOFT_CONF", file_name, 1);
}

/* To the right, up and behind: OpenAL's axes. */
static void set_position(ALuint source, pinna_vec3 p)
{
    alSource3f(source, AL_POSITION, -p.y, p.z, -p.x);
}

static void render_block(void* state)
{
    openal_state* o = state;
    const bench_scene* scene = o->scene;
    for (uint32_t i = 0; i < scene->source_count && scene->moving; i++)
        set_position(o->sources[i], bench_orbit_step(&scene->orbits[i]));
    alcRenderSamplesSOFT(o->device, o->out, (ALCsizei)scene->block_frames);
}

static void destroy(void* state)
{
    openal_state* o = state;
    if (o->sources && o->source_count) alDeleteSources(o->source_count, o->sources);
    if (o->context) alDeleteBuffers(BENCH_NOISE_COUNT, o->buffers);
    alcMakeContextCurrent(NULL);
    if (o->context) alcDestroyContext(o->context);
    if (o->device) alcCloseDevice(o->device);
    free(o->sources);
    free(o);
}

static const char* open_device(openal_state* o, bool limiter)
{
    const ALCint attributes[] = {ALC_FREQUENCY, BENCH_RATE_HZ, ALC_FORMAT_CHANNELS_SOFT, ALC_STEREO_SOFT,
                                 ALC_FORMAT_TYPE_SOFT, ALC_FLOAT_SOFT, ALC_HRTF_SOFT, ALC_TRUE, ALC_MONO_SOURCES,
                                 (ALCint)o->scene->source_count, ALC_OUTPUT_LIMITER_SOFT, limiter, 0};
    if (!alcIsExtensionPresent(NULL, "ALC_SOFT_loopback")) return "no loopback device";
    o->device = alcLoopbackOpenDeviceSOFT(NULL);
    if (!o->device) return "the loopback device does not open";
    o->context = alcCreateContext(o->device, attributes);
    if (!o->context || !alcMakeContextCurrent(o->context)) return "no context with these attributes";
    ALCint status = ALC_HRTF_DISABLED_SOFT, rate = 0;
    alcGetIntegerv(o->device, ALC_HRTF_STATUS_SOFT, 1, &status);
    alcGetIntegerv(o->device, ALC_FREQUENCY, 1, &rate);
    if (status != ALC_HRTF_ENABLED_SOFT) return "HRTF is not on";
    if (rate != BENCH_RATE_HZ) return "another sampling rate";
    snprintf(facts, sizeof facts, "OpenAL Soft %s, HRTF on: %s", alGetString(AL_VERSION),
             alcGetString(o->device, ALC_HRTF_SPECIFIER_SOFT));
    return NULL;
}

static const char* create_sources(openal_state* o, char why[128])
{
    ALsizei count = (ALsizei)o->scene->source_count;
    o->sources = calloc((size_t)count, sizeof *o->sources);
    if (!o->sources) return "out of memory";
    alGetError();
    for (; o->source_count < count; o->source_count++) {
        alGenSources(1, &o->sources[o->source_count]);
        if (alGetError() == AL_NO_ERROR) continue;
        snprintf(why, 128, "holds only %d sources", (int)o->source_count);
        return why;
    }
    return NULL;
}

/* The loop starts anywhere in the noise's own length; no resampling, as Pinna does none. */
static const char* start_sources(openal_state* o)
{
    alGenBuffers(BENCH_NOISE_COUNT, o->buffers);
    for (int n = 0; n < BENCH_NOISE_COUNT; n++)
        alBufferData(o->buffers[n], AL_FORMAT_MONO_FLOAT32, o->scene->noise[n],
                     BENCH_NOISE_FRAMES * (ALsizei)sizeof(float), BENCH_RATE_HZ);
    for (ALsizei i = 0; i < o->source_count; i++) {
        const bench_orbit* orbit = &o->scene->orbits[i];
        alSourcei(o->sources[i], AL_BUFFER, (ALint)o->buffers[i % BENCH_NOISE_COUNT]);
        alSourcei(o->sources[i], AL_LOOPING, AL_TRUE);
        alSourcef(o->sources[i], AL_GAIN, o->scene->gain);
        set_position(o->sources[i], (pinna_vec3){orbit->x, orbit->y, orbit->z});
    }
    alSourcePlayv(o->source_count, o->sources);
    return alGetError() == AL_NO_ERROR ? NULL : "sources do not start";
}

static const char* check_playing(openal_state* o, char why[128])
{
    ALsizei playing = 0;
    float peak = 0;
    render_block(o);
    for (ALsizei i = 0; i < o->source_count; i++) {
        ALint state = 0;
        alGetSourcei(o->sources[i], AL_SOURCE_STATE, &state);
        playing += state == AL_PLAYING;
    }
    for (uint32_t n = 0; n < 2 * o->scene->block_frames; n++) peak = o->out[n] > peak ? o->out[n] : peak;
    if (playing < o->source_count)
        snprintf(why, 128, "plays only %d of %d sources", (int)playing, (int)o->source_count);
    else if (peak == 0)
        snprintf(why, 128, "renders silence");
    else
        return NULL;
    return why;
}

bench_peer bench_peer_openal(bench_scene* scene, bool limiter, char why[128])
{
    char reason[128] = "";
    openal_state* o = calloc(1, sizeof *o);
    if (!o) bench_fail("OpenAL Soft", "out of memory");
    o->scene = scene;
    const char* failure = open_device(o, limiter);
    if (!failure) failure = create_sources(o, reason);
    if (!failure) failure = start_sources(o);
    if (!failure) failure = check_playing(o, reason);
    if (!failure) return (bench_peer){"OpenAL Soft", o, render_block, destroy};
    snprintf(why, 128, "%s", failure);
    destroy(o);
    return (bench_peer){"OpenAL Soft", NULL, NULL, NULL};
}
