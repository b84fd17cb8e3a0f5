/* SPDX-License-Identifier: MIT */
#include "brir.h"
#include "audio_input.h"
#include "layout.h"
#include "resample.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <pinna/convolver.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { HEAD_MAX = 20000, SPEAKER_MAX = PINNA_CONVOLVER_MAX_CHANNELS, LABEL_BYTES = 16 };

/* A loudspeaker may stand so far from where its layout has it; two responses within the second are of the same one. */
#define APART_DEG 20.0
#define SAME_DEG 1.0

/* Fractional delays are made by a windowed sine cardinal of this many taps either side. */
enum { SINC_HALF = 16 };

#define PI 3.14159265358979323846

/* The responses of one loudspeaker for one orientation of the head. */
typedef struct entry {
    char label[LABEL_BYTES]; /* empty: told by its direction */
    pinna_vec3 direction;
    uint32_t head;
    const float* taps[PINNA_EAR_COUNT];
    double delay_frames[PINNA_EAR_COUNT];
    float* owned; /* what the taps are of, where the set owns it */
} entry;

struct pinna_brir {
    char* name;
    pinna_sofa* sofa; /* NULL: a folder, or somebody else's room */
    uint32_t from_hz, to_hz, stored_tap_count, tap_count;
    size_t entry_count;
    entry* entries;
    uint32_t head_count;
    pinna_quat* heads;
    uint32_t speaker_count;
    size_t speakers[SPEAKER_MAX]; /* an entry of each */
};

static pinna_status PINNA_PRINTF(4, 5) refuse(const pinna_brir* brir, pinna_report* report, pinna_status status,
                                              const char* format, ...)
{
    char text[320];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "measured-room", "%s: %s", brir->name, text);
    return status;
}

/* --- what there is ------------------------------------------------------------------------------------------------ */

static double degrees_between(pinna_vec3 a, pinna_vec3 b)
{
    double dot = (double)pinna_vec3_dot(pinna_vec3_normalize(a), pinna_vec3_normalize(b));
    return acos(fmin(fmax(dot, -1), 1)) * 180 / PI;
}

static double turn_between(pinna_quat a, pinna_quat b)
{
    double dot = fabs((double)a.w * b.w + (double)a.x * b.x + (double)a.y * b.y + (double)a.z * b.z);
    return 2 * acos(fmin(dot, 1));
}

/* Turns are told apart by a twentieth of a degree. */
static pinna_status find_head(pinna_brir* brir, pinna_quat head, pinna_report* report, uint32_t* out)
{
    for (*out = 0; *out < brir->head_count; ++*out)
        if (turn_between(brir->heads[*out], head) < 0.05 * PI / 180) return PINNA_OK;
    if (brir->head_count == HEAD_MAX)
        return refuse(brir, report, PINNA_ERROR_LIMIT, "more than %d orientations of the head", HEAD_MAX);
    pinna_quat* heads = realloc(brir->heads, (brir->head_count + 1) * sizeof *heads);
    if (!heads) return PINNA_ERROR_MEMORY;
    brir->heads = heads;
    heads[brir->head_count++] = head;
    return PINNA_OK;
}

static entry* add_entry(pinna_brir* brir)
{
    entry* entries = realloc(brir->entries, (brir->entry_count + 1) * sizeof *entries);
    if (!entries) return NULL;
    brir->entries = entries;
    entries[brir->entry_count] = (entry){0};
    return &entries[brir->entry_count++];
}

static pinna_status create(const char* name, uint32_t sample_rate_hz, pinna_brir** out)
{
    pinna_brir* brir = *out = calloc(1, sizeof *brir);
    if (!brir) return PINNA_ERROR_MEMORY;
    brir->to_hz = sample_rate_hz;
    brir->name = strdup(name);
    return brir->name ? PINNA_OK : PINNA_ERROR_MEMORY;
}

/* Ends a creation: gives the set out, or frees it. */
static pinna_status settle(pinna_brir* brir, pinna_status status, pinna_brir** out)
{
    if (status) pinna_brir_destroy(brir);
    *out = status ? NULL : brir;
    return status;
}

/* --- rooms of SOFA files ------------------------------------------------------------------------------------------ */

static pinna_status add_pose(pinna_brir* brir, const pinna_measured_room* room, uint32_t pose, double earliest,
                             pinna_report* report)
{
    uint32_t head = 0;
    pinna_status status = find_head(brir, room->heads[pose], report, &head);
    for (uint32_t emitter = 0; emitter < room->emitter_count && !status; emitter++) {
        size_t place = (size_t)pose * room->emitter_count + emitter;
        entry* e = add_entry(brir);
        if (!e) return PINNA_ERROR_MEMORY;
        e->direction = room->positions_m[place];
        e->head = head;
        for (size_t ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            e->taps[ear] = room->responses + (place * PINNA_EAR_COUNT + ear) * room->tap_count;
            e->delay_frames[ear] =
                room->delays_frames ? (double)room->delays_frames[place * PINNA_EAR_COUNT + ear] - earliest : 0;
        }
    }
    return status;
}

/* Delays may be negative: then the earliest response is the one that begins at once. */
static void find_delays(const pinna_measured_room* room, double* earliest, double* latest)
{
    size_t count = (size_t)room->pose_count * room->emitter_count * PINNA_EAR_COUNT;
    *earliest = *latest = 0;
    for (size_t i = 0; room->delays_frames && i < count; i++) {
        *earliest = fmin(*earliest, (double)room->delays_frames[i]);
        *latest = fmax(*latest, (double)room->delays_frames[i]);
    }
}

static pinna_status take_room(pinna_brir* brir, const pinna_measured_room* room, pinna_report* report)
{
    double earliest, latest;
    find_delays(room, &earliest, &latest);
    brir->from_hz = (uint32_t)lround(room->sample_rate_hz);
    brir->stored_tap_count = room->tap_count;
    double stored = room->tap_count + ceil(latest - earliest) + (room->delays_frames ? SINC_HALF : 0);
    double taps = ceil(stored * brir->to_hz / brir->from_hz);
    if (taps > PINNA_CONVOLVER_MAX_TAPS)
        return refuse(brir, report, PINNA_ERROR_LIMIT, "responses of %.1f s are too long; %.0f s can be rendered",
                      taps / brir->to_hz, (double)PINNA_CONVOLVER_MAX_TAPS / brir->to_hz);
    brir->tap_count = (uint32_t)taps;
    pinna_status status = PINNA_OK;
    for (uint32_t pose = 0; pose < room->pose_count && !status; pose++)
        status = add_pose(brir, room, pose, earliest, report);
    return status;
}

pinna_status pinna_brir_create(const char* name, const pinna_measured_room* room, uint32_t sample_rate_hz,
                               pinna_report* report, pinna_brir** out)
{
    pinna_brir* brir;
    pinna_status status = create(name, sample_rate_hz, &brir);
    if (!status) status = take_room(brir, room, report);
    return settle(brir, status, out);
}

static pinna_status load_sofa(pinna_brir* brir, const char* path, pinna_report* report)
{
    pinna_status status = pinna_sofa_load_room(path, report, &brir->sofa);
    return status ? status : take_room(brir, pinna_sofa_measured_room(brir->sofa), report);
}

/* --- folders ------------------------------------------------------------------------------------------------------ */

static const struct {
    const char *name, *label;
} names[] = {
    {"L", "M+030"},   {"R", "M-030"},   {"C", "M+000"},   {"LFE", "LFE1"},  {"Ls", "M+110"},  {"Rs", "M-110"},
    {"Lss", "M+090"}, {"Rss", "M-090"}, {"Lrs", "M+135"}, {"Rrs", "M-135"}, {"Lw", "M+060"},  {"Rw", "M-060"},
    {"Ltf", "U+045"}, {"Rtf", "U-045"}, {"Ltm", "U+090"}, {"Rtm", "U-090"}, {"Ltr", "U+135"}, {"Rtr", "U-135"},
};

/* The loudspeaker a file's name stands for; NULL where it is none. */
static const char* label_of(const char* name)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!strcmp(names[i].name, name)) return names[i].label;
    const pinna_loudspeaker* speaker = pinna_layout_find_loudspeaker(name);
    return speaker ? speaker->label : NULL;
}

/* Both ears, at the rate of the render. */
static pinna_status read_ears(pinna_brir* brir, const char* path, pinna_report* report, float** taps, uint32_t* count)
{
    pinna_audio_input* input = NULL;
    uint32_t lane;
    pinna_status status = pinna_audio_input_open(&(pinna_audio_input_config){path, 1, false}, report, &input);
    if (!status) status = pinna_audio_input_add_lane(input, 2, report, &lane);
    if (!status) status = pinna_audio_input_start(input, brir->to_hz, report);
    uint64_t frames = status ? 0 : pinna_audio_input_frame_count(input);
    if (!status && frames > PINNA_CONVOLVER_MAX_TAPS)
        status = refuse(brir, report, PINNA_ERROR_LIMIT, "%s: is too long for a response; %.0f s can be rendered", path,
                        (double)PINNA_CONVOLVER_MAX_TAPS / brir->to_hz);
    *taps = status ? NULL : calloc(PINNA_EAR_COUNT * (size_t)frames, sizeof **taps);
    if (!status && !*taps) status = PINNA_ERROR_MEMORY;
    if (!status) pinna_audio_input_read_lanes(input, (float* const[]){*taps, *taps + frames}, (size_t)frames);
    /* A response sampled twice as densely has taps half as high. */
    double level = status ? 1 : (double)pinna_audio_input_file_rate_hz(input) / brir->to_hz;
    for (size_t i = 0; !status && level != 1 && i < PINNA_EAR_COUNT * (size_t)frames; i++)
        (*taps)[i] = (float)(level * (double)(*taps)[i]);
    *count = (uint32_t)frames;
    pinna_audio_input_close(input);
    return status;
}

static pinna_status check_ears(const char* path, pinna_report* report)
{
    pinna_audio_input_info info;
    pinna_status status = pinna_audio_input_inspect(path, report, &info);
    if (status || info.channel_count == PINNA_EAR_COUNT) return status;
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "measured-room",
                     "%s: has %u channel(s); a loudspeaker's response needs 2, the left ear's and the right ear's",
                     path, info.channel_count);
    return PINNA_ERROR_DATA;
}

/* Files of any length: the shorter ones are followed by silence. */
static pinna_status add_file(pinna_brir* brir, const char* path, const char* label, pinna_report* report)
{
    float* taps = NULL;
    uint32_t count = 0;
    pinna_status status = check_ears(path, report);
    if (!status) status = read_ears(brir, path, report, &taps, &count);
    entry* e = status ? NULL : add_entry(brir);
    if (!e) {
        free(taps);
        return status ? status : PINNA_ERROR_MEMORY;
    }
    snprintf(e->label, sizeof e->label, "%s", label);
    e->owned = taps;
    e->taps[PINNA_LEFT] = taps;
    e->taps[PINNA_RIGHT] = taps + count;
    e->delay_frames[PINNA_LEFT] = count; /* for now: how long it is */
    if (count > brir->tap_count) brir->tap_count = count;
    return PINNA_OK;
}

/* The name without its ending, or NULL where that is of no audio file. */
static const char* stem_of(const char* file, char* stem, size_t size)
{
    static const char* const endings[] = {".wav", ".WAV", ".flac", ".aif", ".aiff", NULL};
    const char* dot = strrchr(file, '.');
    for (int i = 0; dot && endings[i]; i++)
        if (!strcmp(dot, endings[i]) && (size_t)snprintf(stem, size, "%.*s", (int)(dot - file), file) < size)
            return stem;
    return NULL;
}

/* One length for all. */
static pinna_status even_out(pinna_brir* brir)
{
    for (size_t i = 0; i < brir->entry_count; i++) {
        entry* e = &brir->entries[i];
        size_t count = (size_t)e->delay_frames[PINNA_LEFT];
        float* taps = calloc(PINNA_EAR_COUNT * (size_t)brir->tap_count, sizeof *taps);
        if (!taps) return PINNA_ERROR_MEMORY;
        memcpy(taps, e->taps[PINNA_LEFT], count * sizeof *taps);
        memcpy(taps + brir->tap_count, e->taps[PINNA_RIGHT], count * sizeof *taps);
        free(e->owned);
        e->owned = taps;
        e->taps[PINNA_LEFT] = taps;
        e->taps[PINNA_RIGHT] = taps + brir->tap_count;
        e->delay_frames[PINNA_LEFT] = 0;
    }
    brir->from_hz = brir->to_hz;
    brir->stored_tap_count = brir->tap_count;
    return PINNA_OK;
}

static pinna_status read_folder(pinna_brir* brir, DIR* folder, pinna_report* report)
{
    char path[4096], stem[64];
    uint32_t head;
    pinna_status status = find_head(brir, pinna_quat_identity(), report, &head);
    for (struct dirent* item; !status && (item = readdir(folder));) {
        const char* label = stem_of(item->d_name, stem, sizeof stem) ? label_of(stem) : NULL;
        if (!label || (size_t)snprintf(path, sizeof path, "%s/%s", brir->name, item->d_name) >= sizeof path) continue;
        for (size_t i = 0; i < brir->entry_count && !status; i++)
            if (!strcmp(brir->entries[i].label, label))
                status = refuse(brir, report, PINNA_ERROR_DATA, "two files hold the responses of %s", label);
        if (!status) status = add_file(brir, path, label, report);
    }
    if (!status && !brir->entry_count)
        status = refuse(brir, report, PINNA_ERROR_DATA,
                        "no file in it is named after a loudspeaker; stereo files M+030.wav, M-030.wav, M+000.wav... "
                        "(or L.wav, R.wav, C.wav...) are expected");
    return status ? status : even_out(brir);
}

static pinna_status load_folder(pinna_brir* brir, const char* path, pinna_report* report)
{
    DIR* folder = opendir(path);
    if (!folder) return refuse(brir, report, PINNA_ERROR_FILE, "%s", strerror(errno));
    pinna_status status = read_folder(brir, folder, report);
    closedir(folder);
    return status;
}

pinna_status pinna_brir_load(const char* path, uint32_t sample_rate_hz, pinna_report* report, pinna_brir** out)
{
    struct stat info;
    pinna_brir* brir;
    bool folder = !stat(path, &info) && S_ISDIR(info.st_mode);
    pinna_status status = create(path, sample_rate_hz, &brir);
    if (!status) status = folder ? load_folder(brir, path, report) : load_sofa(brir, path, report);
    return settle(brir, status, out);
}

/* --- loudspeakers ------------------------------------------------------------------------------------------------- */

/* The nearest entry within reach: by its label or, where it has none, by its direction. */
static size_t find_entry(const pinna_brir* brir, const pinna_scene_source* source)
{
    size_t best = SIZE_MAX;
    double nearest_deg = APART_DEG;
    for (size_t i = 0; i < brir->entry_count; i++) {
        const entry* e = &brir->entries[i];
        if (e->label[0] && !strcmp(e->label, source->name)) return i;
        if (e->label[0] || !source->path) continue;
        double apart_deg = degrees_between(e->direction, pinna_path_position_at(source->path, 0));
        if (apart_deg >= nearest_deg) continue;
        nearest_deg = apart_deg;
        best = i;
    }
    return best;
}

static bool same_speaker(const entry* a, const entry* b)
{
    if (a->label[0]) return !strcmp(a->label, b->label);
    return degrees_between(a->direction, b->direction) < SAME_DEG;
}

/* What the set has, each loudspeaker once. */
static void list_speakers(const pinna_brir* brir, char* text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < brir->entry_count && used < size; i++) {
        const entry* e = &brir->entries[i];
        size_t first = 0;
        while (!same_speaker(&brir->entries[first], e)) first++;
        if (first < i) continue;
        pinna_spherical at = pinna_spherical_from_vec3(e->direction);
        used += (size_t)(e->label[0] ? snprintf(text + used, size - used, " %s", e->label)
                                     : snprintf(text + used, size - used, " %+.0f/%+.0f", (double)at.azimuth_deg,
                                                (double)at.elevation_deg));
    }
}

static pinna_status miss(const pinna_brir* brir, const pinna_scene_source* source, pinna_report* report)
{
    char there[160];
    list_speakers(brir, there, sizeof there);
    pinna_vec3 at = source->path ? pinna_path_position_at(source->path, 0) : (pinna_vec3){0};
    pinna_spherical wanted = pinna_spherical_from_vec3(at);
    return refuse(brir, report, PINNA_ERROR_DATA,
                  "has no loudspeaker of its own for %s (azimuth %+.0f, elevation %+.0f); it has%s; choose another "
                  "--layout or set",
                  source->name, (double)wanted.azimuth_deg, (double)wanted.elevation_deg, there);
}

static pinna_status furnish_source(pinna_brir* brir, pinna_scene_source* source, pinna_report* report)
{
    size_t found = find_entry(brir, source);
    if (found == SIZE_MAX && source->route == PINNA_ROUTE_EARS) return PINNA_OK;
    if (found == SIZE_MAX || brir->speaker_count == SPEAKER_MAX) return miss(brir, source, report);
    for (uint32_t i = 0; i < brir->speaker_count; i++)
        if (same_speaker(&brir->entries[brir->speakers[i]], &brir->entries[found])) return miss(brir, source, report);
    source->route = PINNA_ROUTE_ROOM;
    source->speaker = brir->speaker_count;
    brir->speakers[brir->speaker_count++] = found;
    return PINNA_OK;
}

pinna_status pinna_brir_furnish(pinna_brir* brir, pinna_report* report, pinna_scene* scene)
{
    pinna_status status = PINNA_OK;
    for (size_t i = 0; i < scene->source_count && !status; i++)
        if (scene->sources[i].bed) status = furnish_source(brir, &scene->sources[i], report);
    if (!status && !brir->speaker_count)
        status = refuse(brir, report, PINNA_ERROR_DATA, "no channel is a loudspeaker's that could stand in it");
    return status;
}

uint32_t pinna_brir_speaker_count(const pinna_brir* brir)
{
    return brir->speaker_count;
}

/* --- responses ---------------------------------------------------------------------------------------------------- */

uint32_t pinna_brir_head_count(const pinna_brir* brir)
{
    return brir->head_count;
}

uint32_t pinna_brir_nearest_head(const pinna_brir* brir, pinna_quat head, uint32_t present)
{
    uint32_t nearest = 0;
    for (uint32_t i = 1; i < brir->head_count; i++)
        if (turn_between(brir->heads[i], head) < turn_between(brir->heads[nearest], head)) nearest = i;
    if (present == PINNA_BRIR_NONE) return nearest;
    /* A head between two would else go to and fro. */
    bool hardly = turn_between(brir->heads[present], head) < 1.25 * turn_between(brir->heads[nearest], head);
    return hardly ? present : nearest;
}

uint32_t pinna_brir_tap_count(const pinna_brir* brir)
{
    return brir->tap_count;
}

/* Of the loudspeaker's entries the one whose head is nearest: a set may lack some for some loudspeakers. */
static const entry* entry_of(const pinna_brir* brir, uint32_t speaker, uint32_t head)
{
    const entry *wanted = &brir->entries[brir->speakers[speaker]], *best = wanted;
    for (size_t i = 0; i < brir->entry_count && best->head != head; i++) {
        const entry* e = &brir->entries[i];
        if (!same_speaker(wanted, e)) continue;
        const pinna_quat* heads = brir->heads;
        if (turn_between(heads[e->head], heads[head]) < turn_between(heads[best->head], heads[head])) best = e;
    }
    return best;
}

/* Adds taps, later by a delay of any fraction. */
static void add_delayed(const float* taps, uint32_t tap_count, double delay_frames, float* out, size_t out_count)
{
    int64_t whole = (int64_t)floor(delay_frames);
    double fraction = delay_frames - (double)whole, kernel[2 * SINC_HALF];
    for (int k = 0; k < 2 * SINC_HALF; k++) {
        double x = k - (SINC_HALF - 1) - fraction, window = 0.5 + 0.5 * cos(PI * x / SINC_HALF);
        kernel[k] = fabs(x) < 1e-9 ? 1 : fabs(x) >= SINC_HALF ? 0 : window * sin(PI * x) / (PI * x);
    }
    for (uint32_t n = 0; n < tap_count; n++) {
        int64_t first = whole + n - (SINC_HALF - 1);
        for (int k = 0; k < 2 * SINC_HALF; k++)
            if (kernel[k] != 0 && first + k >= 0 && (uint64_t)(first + k) < out_count)
                out[first + k] += (float)(kernel[k] * (double)taps[n]);
    }
}

typedef struct once {
    float* samples;
    size_t count;
} once;

static size_t hand_out(void* user, float** samples)
{
    once* what = user;
    size_t count = what->count;
    *samples = what->samples;
    what->count = 0;
    return count;
}

static pinna_status resample(const pinna_brir* brir, float* stored, size_t count, float* taps)
{
    once what = {stored, count};
    pinna_resampler* resampler = NULL;
    pinna_status status = pinna_resampler_create(brir->from_hz, brir->to_hz, hand_out, &what, &resampler);
    if (status) return status;
    size_t got = pinna_resampler_read(resampler, taps, brir->tap_count);
    pinna_resampler_destroy(resampler);
    memset(taps + got, 0, (brir->tap_count - got) * sizeof *taps);
    for (size_t i = 0; i < got; i++)
        taps[i] = (float)((double)taps[i] * brir->from_hz / brir->to_hz);
    return PINNA_OK;
}

pinna_status pinna_brir_response(const pinna_brir* brir, uint32_t speaker, uint32_t head, int ear, float* taps)
{
    const entry* e = entry_of(brir, speaker, head);
    size_t count = (size_t)ceil((double)brir->tap_count * brir->from_hz / brir->to_hz);
    float* stored = calloc(count > brir->tap_count ? count : brir->tap_count, sizeof *stored);
    if (!stored) return PINNA_ERROR_MEMORY;
    add_delayed(e->taps[ear], brir->stored_tap_count, e->delay_frames[ear], stored, count);
    pinna_status status = PINNA_OK;
    if (brir->from_hz == brir->to_hz) memcpy(taps, stored, brir->tap_count * sizeof *taps);
    else status = resample(brir, stored, count, taps);
    free(stored);
    return status;
}

void pinna_brir_destroy(pinna_brir* brir)
{
    if (!brir) return;
    for (size_t i = 0; i < brir->entry_count; i++)
        free(brir->entries[i].owned);
    free(brir->entries);
    free(brir->heads);
    free(brir->name);
    pinna_sofa_destroy(brir->sofa);
    free(brir);
}
