/* SPDX-License-Identifier: MIT */
#include "render/room.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPEED_OF_SOUND_M_PER_S 343.0f
#define WALL_MARGIN_M 0.1f
#define NEAREST_M 0.1f

/* dB per metre below 800 Hz, to 8 kHz and above: ISO 9613-1 at 20 degrees C and 50 % relative humidity. */
static const float air_db_per_m[PINNA_TONE_BANDS] = {0.0f, 0.005f, 0.1f};

/* Decays: 125 Hz to 8 kHz. */
const pinna_room_preset pinna_room_presets[PINNA_ROOM_PRESET_COUNT] = {
    /* Between the means of 50 British living rooms, 0.69 s at 125 Hz to 0.4 s at 8 kHz (Jackson and Leventhall), and
       the BBC's better furnished 16 with 0.35 to 0.45 s (both in Everest, Master Handbook of Acoustics). */
    {"living room", {5.2f, 4.2f, 2.5f}, {0.60f, 0.52f, 0.47f, 0.44f, 0.42f, 0.40f, 0.36f}},
    /* 0.7 s at 500 Hz to 1 kHz, give or take 0.1, for 3000 to 6000 cubic metres; 1 to 1.3 times that at 125 Hz, 0.8 to
       1 at 2 to 4 kHz: what fitters of cinemas (xd-cinema.com) recommend. */
    {"cinema", {26.0f, 18.0f, 9.0f}, {0.88f, 0.77f, 0.72f, 0.68f, 0.64f, 0.58f, 0.48f}},
    /* Occupied concert halls of high rank: 1.8 to 2.1 s in the middle, bass ratio 1.1 to 1.25 (Beranek 2004, Concert
       Halls and Opera Houses); the treble is what air leaves. */
    {"hall", {40.0f, 23.0f, 17.0f}, {2.35f, 2.20f, 2.05f, 1.95f, 1.75f, 1.40f, 0.90f}},
    /* ITU-R BS.1116: 0.25 s times the cube root of volume over 100 cubic metres from 200 Hz to 4 kHz, more below. */
    {"studio", {7.0f, 5.5f, 3.0f}, {0.32f, 0.27f, 0.26f, 0.26f, 0.26f, 0.25f, 0.22f}},
};

const pinna_room_preset* pinna_room_find_preset(const char* name)
{
    for (int i = 0; i < PINNA_ROOM_PRESET_COUNT; i++)
        if (!strcmp(name, pinna_room_presets[i].name)) return &pinna_room_presets[i];
    return NULL;
}

static float clampf(float x, float low, float high)
{
    return x >= low ? (x <= high ? x : high) : low; /* NaN: low */
}

/* --- absorption and levels --- */

static double volume_m3(const float size_m[3])
{
    return (double)size_m[0] * size_m[1] * size_m[2];
}

static double surface_m2(const float size_m[3])
{
    return 2.0 * ((double)size_m[0] * size_m[1] + (double)size_m[1] * size_m[2] + (double)size_m[2] * size_m[0]);
}

void pinna_room_absorb_evenly(pinna_room* room, const float rt60_s[PINNA_REVERB_BANDS])
{
    /* Geometric means of the octaves in each band of tone.h. */
    static const int first[PINNA_TONE_BANDS + 1] = {0, 3, 6, 7};
    for (int band = 0; band < PINNA_TONE_BANDS; band++) {
        double sum = 0.0;
        for (int octave = first[band]; octave < first[band + 1]; octave++) sum += log(fmax(rt60_s[octave], 0.01));
        double rt60 = exp(sum / (first[band + 1] - first[band]));
        double share = 1.0 - exp(-0.161 * volume_m3(room->size_m) / (surface_m2(room->size_m) * rt60));
        for (int wall = 0; wall < PINNA_ROOM_WALLS; wall++) room->absorption[wall][band] = (float)share;
    }
}

float pinna_room_critical_distance_m(const float size_m[3], float rt60_s)
{
    /* Direct 1 / (4 pi r^2) against diffuse 4 / A, A = 0.161 V / T. */
    return (float)sqrt(0.161 * volume_m3(size_m) / (16.0 * 3.14159265358979323846 * fmax(rt60_s, 0.01)));
}

float pinna_room_tail_level(const float size_m[3], const float rt60_s[PINNA_REVERB_BANDS], float after_s)
{
    /* The diffuse field decays from the direct sound on (Barron and Lee 1988, J. Acoust. Soc. Am. 84). */
    double critical = pinna_room_critical_distance_m(size_m, rt60_s[3]);
    return (float)(exp(-0.5 * 13.8155 * fmax(after_s, 0.0) / fmax(rt60_s[3], 0.01)) / fmax(critical, 1e-3));
}

/* --- images --- */

/* The box seen from its corner, with both inside. */
typedef struct view {
    float size[3], listener[3], source[3];
    float direct_m;
} view;

static void unpack(pinna_vec3 v, float out[3])
{
    out[0] = v.x;
    out[1] = v.y;
    out[2] = v.z;
}

/* Shortens the way to a source until it ends inside, so that its direction stays. */
static void keep_source_inside(view* v, const float offset[3])
{
    float part = 1.0f;
    for (int axis = 0; axis < 3; axis++) {
        float end = v->listener[axis] + offset[axis];
        float wall = offset[axis] < 0.0f ? WALL_MARGIN_M : v->size[axis] - WALL_MARGIN_M;
        bool outside = offset[axis] < 0.0f ? end < wall : end > wall;
        if (outside) part = fminf(part, fmaxf(0.0f, (wall - v->listener[axis]) / offset[axis]));
    }
    float square = 0.0f;
    for (int axis = 0; axis < 3; axis++) {
        v->source[axis] = v->listener[axis] + part * offset[axis];
        square += part * offset[axis] * part * offset[axis];
    }
    v->direct_m = sqrtf(square);
}

static view view_of(const pinna_room* room, pinna_vec3 source_m)
{
    view v;
    float offset[3];
    unpack(room->listener_m, v.listener);
    if (!pinna_vec3_is_finite(source_m)) source_m = (pinna_vec3){0};
    unpack(pinna_quat_rotate(pinna_quat_conjugate(room->orientation), source_m), offset);
    for (int axis = 0; axis < 3; axis++) {
        v.size[axis] = clampf(room->size_m[axis], 1.0f, 200.0f);
        v.listener[axis] = clampf(v.listener[axis], WALL_MARGIN_M, v.size[axis] - WALL_MARGIN_M);
    }
    keep_source_inside(&v, offset);
    return v;
}

/* Coordinate of the image in box n along an axis: boxes of odd number are mirrored. */
static float image_at(const view* v, int axis, int n)
{
    float size = v->size[axis], x = v->source[axis];
    return n % 2 ? (float)(n + 1) * size - x : (float)n * size + x;
}

/* Energy left after the walls on the way to box n: they alternate, beginning with the far one, each axis its two. */
static float axis_energy(const pinna_room* room, int axis, int n, int band)
{
    float energy = 1.0f;
    for (int i = 0; i < abs(n); i++) {
        int wall = 2 * axis + ((n > 0) == (i % 2 == 0));
        energy *= 1.0f - clampf(room->absorption[wall][band], 0.0f, 1.0f);
    }
    return energy;
}

static pinna_reflection reflect(const pinna_room* room, const view* v, const int box[3], float frames_per_m)
{
    float way[3];
    pinna_reflection r = {.order = (uint32_t)(abs(box[0]) + abs(box[1]) + abs(box[2]))};
    for (int axis = 0; axis < 3; axis++) way[axis] = image_at(v, axis, box[axis]) - v->listener[axis];
    pinna_vec3 to = {way[0], way[1], way[2]};
    r.distance_m = fmaxf(pinna_vec3_length(to), NEAREST_M);
    r.direction = pinna_vec3_normalize(pinna_quat_rotate(room->orientation, to));
    r.extra_m = fmaxf(r.distance_m - v->direct_m, 0.0f);
    r.delay_frames = r.extra_m * frames_per_m;
    for (int band = 0; band < PINNA_TONE_BANDS; band++) {
        float energy = 1.0f;
        for (int axis = 0; axis < 3; axis++) energy *= axis_energy(room, axis, box[axis], band);
        r.gains[band] = sqrtf(energy) * powf(10.0f, -0.05f * air_db_per_m[band] * r.distance_m) / r.distance_m;
    }
    return r;
}

/* Boxes one wall away, then two. */
static const signed char boxes[PINNA_ROOM_MAX_REFLECTIONS][3] = {
    {-1, 0, 0}, {1, 0, 0},   {0, -1, 0}, {0, 1, 0},  {0, 0, -1}, {0, 0, 1},   {-2, 0, 0}, {2, 0, 0},
    {0, -2, 0}, {0, 2, 0},   {0, 0, -2}, {0, 0, 2},  {-1, -1, 0}, {-1, 1, 0}, {1, -1, 0}, {1, 1, 0},
    {-1, 0, -1}, {-1, 0, 1}, {1, 0, -1}, {1, 0, 1},  {0, -1, -1}, {0, -1, 1}, {0, 1, -1}, {0, 1, 1},
};

uint32_t pinna_room_reflect(const pinna_room* room, pinna_vec3 source_m, uint32_t order, double sample_rate_hz,
                            pinna_reflection out[PINNA_ROOM_MAX_REFLECTIONS])
{
    view v = view_of(room, source_m);
    uint32_t count = order >= 2 ? PINNA_ROOM_MAX_REFLECTIONS : PINNA_ROOM_FIRST_ORDER;
    for (uint32_t i = 0; i < count; i++) {
        int box[3] = {boxes[i][0], boxes[i][1], boxes[i][2]};
        out[i] = reflect(room, &v, box, (float)(sample_rate_hz / SPEED_OF_SOUND_M_PER_S));
    }
    return count;
}
