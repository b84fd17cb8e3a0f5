/* SPDX-License-Identifier: MIT */
/*
 * What OSC addresses mean. Sources: the ADM-OSC 1.0 quick reference; the sources of SPARTA, the IEM Plug-in Suite,
 * opentrack's proto-osc, the EAR Production Suite's binaural monitoring (addresses and argument orders of ambix,
 * hedrot, 3DTI, Mach1, SALTE, Unity), and BeRTA's documentation.
 */
#include "tracking/osc.h"

#include <math.h>
#include <string.h>

#include "tracking/sample.h"

typedef enum meaning { ANGLES, ONE_ANGLE, QUATERNION, ONE_COMPONENT, ROTATION_VECTOR, POSITION } meaning;

/* Frames a quaternion may come in, beside the hosts' axes. */
enum { BRIDGE_FRAME = PINNA_AXES_COUNT };

enum { DEGREES, RADIANS, UNIT_TO_TURN };
enum { HEAD, SCENE };

typedef struct entry {
    const char* address; /* lower case */
    pinna_osc_dialect dialect;
    meaning means;
    uint8_t first;    /* argument */
    uint8_t place[3]; /* which argument behind it is yaw, pitch, roll; [0] the axis or component of one */
    int8_t sign[3];   /* to + left, + up, + right */
    uint8_t unit;
    uint8_t turn_order; /* pinna_turn_order */
    uint8_t frame;      /* of a quaternion or position */
    uint8_t of;         /* HEAD or SCENE */
} entry;

#define YPR                                                                                                            \
    {                                                                                                                  \
        0, 1, 2                                                                                                        \
    }
#define LEFT_UP_RIGHT                                                                                                  \
    {                                                                                                                  \
        1, 1, 1                                                                                                        \
    }
#define RIGHT_UP_LEFT                                                                                                  \
    {                                                                                                                  \
        -1, 1, -1                                                                                                      \
    }
#define RIGHT_DOWN_RIGHT                                                                                               \
    {                                                                                                                  \
        -1, -1, 1                                                                                                      \
    }
#define ANGLE(name, who, axis, direction, scale)                                                                       \
    {                                                                                                                  \
        .address = name, .dialect = who, .means = ONE_ANGLE, .place = {axis}, .sign = {direction}, .unit = scale       \
    }
#define SINGLE_ANGLES(prefix, who, yaw, pitch, roll, scale)                                                            \
    ANGLE(prefix "yaw", who, 0, yaw, scale), ANGLE(prefix "pitch", who, 1, pitch, scale),                              \
        ANGLE(prefix "roll", who, 2, roll, scale)
#define QUAT(name, who, axes, whose)                                                                                   \
    {                                                                                                                  \
        .address = name, .dialect = who, .means = QUATERNION, .frame = axes, .of = whose                               \
    }
#define COMPONENT(name, which)                                                                                         \
    {                                                                                                                  \
        .address = name, .dialect = PINNA_OSC_SPARTA, .means = ONE_COMPONENT, .place = { which }                       \
    }

static const entry entries[] = {
    {"/adm/lis/ypr", PINNA_OSC_ADM, ANGLES, 0, YPR, LEFT_UP_RIGHT, DEGREES, PINNA_TURN_YPR, 0, HEAD},
    {"/adm/lis/xyz", PINNA_OSC_ADM, POSITION, 0, {0}, {0}, 0, 0, PINNA_AXES_ADM, HEAD},
    {"/ypr", PINNA_OSC_ADM, ANGLES, 0, YPR, LEFT_UP_RIGHT, DEGREES, PINNA_TURN_YPR, 0, HEAD},
    SINGLE_ANGLES("/", PINNA_OSC_ADM, 1, 1, 1, DEGREES),
    SINGLE_ANGLES("/adm/lis/", PINNA_OSC_ADM, 1, 1, 1, DEGREES),
    QUAT("/quaternion", PINNA_OSC_ADM, PINNA_AXES_ADM, HEAD),

    {"/ypr", PINNA_OSC_SPARTA, ANGLES, 0, YPR, RIGHT_UP_LEFT, DEGREES, PINNA_TURN_YPR, 0, HEAD},
    SINGLE_ANGLES("/", PINNA_OSC_SPARTA, -1, 1, -1, DEGREES),
    QUAT("/quaternion", PINNA_OSC_SPARTA, PINNA_AXES_AES69, HEAD),
    COMPONENT("/qw", 0),
    COMPONENT("/qx", 1),
    COMPONENT("/qy", 2),
    COMPONENT("/qz", 3),

    /* The scene's yaw, pitch and roll about fixed axes in this order are, undone, the head's about its own. */
    {"/scenerotator/ypr", PINNA_OSC_IEM, ANGLES, 0, YPR, RIGHT_UP_LEFT, DEGREES, PINNA_TURN_YPR, 0, HEAD},
    {"/ypr", PINNA_OSC_IEM, ANGLES, 0, YPR, RIGHT_UP_LEFT, DEGREES, PINNA_TURN_YPR, 0, HEAD},
    SINGLE_ANGLES("/scenerotator/", PINNA_OSC_IEM, -1, 1, -1, DEGREES),
    SINGLE_ANGLES("/", PINNA_OSC_IEM, -1, 1, -1, DEGREES),
    QUAT("/scenerotator/quaternions", PINNA_OSC_IEM, PINNA_AXES_AES69, SCENE),
    QUAT("/quaternions", PINNA_OSC_IEM, PINNA_AXES_AES69, SCENE),
    QUAT("/quaternion", PINNA_OSC_IEM, PINNA_AXES_AES69, SCENE),

    {"/ypr", PINNA_OSC_SUPPERWARE, ANGLES, 0, YPR, LEFT_UP_RIGHT, DEGREES, PINNA_TURN_YPR, 0, HEAD},
    SINGLE_ANGLES("/", PINNA_OSC_SUPPERWARE, 1, 1, 1, DEGREES),
    QUAT("/quaternion", PINNA_OSC_SUPPERWARE, PINNA_AXES_ADM, HEAD),

    QUAT("/bridge/quat", PINNA_OSC_OPENTRACK, BRIDGE_FRAME, HEAD),

    {"/rotation", PINNA_OSC_AMBIX, ANGLES, 0, {1, 0, 2}, RIGHT_UP_LEFT, DEGREES, PINNA_TURN_PYR, 0, HEAD},
    {"/head_pose", PINNA_OSC_AMBIX, ANGLES, 4, {1, 0, 2}, RIGHT_UP_LEFT, DEGREES, PINNA_TURN_PYR, 0, HEAD},
    QUAT("/quaternion", PINNA_OSC_AMBIX, PINNA_AXES_AES69, SCENE),

    SINGLE_ANGLES("/hedrot/", PINNA_OSC_HEDROT, -1, 1, -1, DEGREES),

    {"/3dti-osc/receiver/pry", PINNA_OSC_3DTI, ANGLES, 0, {2, 0, 1}, LEFT_UP_RIGHT, RADIANS, PINNA_TURN_PRY, 0, HEAD},

    {"/listener/orientation", PINNA_OSC_BERTA, ANGLES, 1, YPR, {-1, 1, 1}, RADIANS, PINNA_TURN_YPR, 0, HEAD},
    {"/listener/location", PINNA_OSC_BERTA, POSITION, 1, {0}, {0}, 0, 0, PINNA_AXES_AES69, HEAD},

    {"/orientation", PINNA_OSC_MACH1, ANGLES, 0, YPR, LEFT_UP_RIGHT, DEGREES, PINNA_TURN_YPR, 0, HEAD},

    {"/rendering/htrpy", PINNA_OSC_SALTE, ANGLES, 0, {2, 1, 0}, LEFT_UP_RIGHT, DEGREES, PINNA_TURN_RPY, 0, HEAD},

    {"/ypr", PINNA_OSC_SSA, ANGLES, 0, YPR, RIGHT_DOWN_RIGHT, DEGREES, PINNA_TURN_YPR, 0, HEAD},

    SINGLE_ANGLES("/", PINNA_OSC_NOISEMAKERS, -1, 1, -1, UNIT_TO_TURN),

    QUAT("/quaternions", PINNA_OSC_UNITY, PINNA_AXES_UNITY, HEAD),

    {"/gamerotationvector", PINNA_OSC_ANDROID, ROTATION_VECTOR, 0, {0}, {0}, 0, 0, PINNA_AXES_ADM, HEAD},
};

const char* pinna_osc_dialect_name(pinna_osc_dialect dialect)
{
    static const char* const names[PINNA_OSC_DIALECT_COUNT] = {
        [PINNA_OSC_AUTO] = "auto",
        [PINNA_OSC_ADM] = "adm",
        [PINNA_OSC_SPARTA] = "sparta",
        [PINNA_OSC_IEM] = "iem",
        [PINNA_OSC_SUPPERWARE] = "supperware",
        [PINNA_OSC_OPENTRACK] = "opentrack",
        [PINNA_OSC_AMBIX] = "ambix",
        [PINNA_OSC_HEDROT] = "hedrot",
        [PINNA_OSC_3DTI] = "3dti",
        [PINNA_OSC_BERTA] = "berta",
        [PINNA_OSC_MACH1] = "mach1",
        [PINNA_OSC_SALTE] = "salte",
        [PINNA_OSC_SSA] = "ssa",
        [PINNA_OSC_NOISEMAKERS] = "noisemakers",
        [PINNA_OSC_UNITY] = "unity",
        [PINNA_OSC_ANDROID] = "android",
    };
    return (unsigned)dialect < PINNA_OSC_DIALECT_COUNT ? names[dialect] : NULL;
}

pinna_osc_reader pinna_osc_reader_make(const pinna_osc_config* config)
{
    pinna_osc_reader reader = {0};
    if (config) reader.config = *config;
    if ((unsigned)reader.config.dialect >= PINNA_OSC_DIALECT_COUNT) reader.config.dialect = PINNA_OSC_AUTO;
    reader.config.prefix[PINNA_OSC_PREFIX_BYTES - 1] = '\0';
    float scale = reader.config.position_scale_m;
    if (!(scale > 0.0f && scale <= 1000.0f)) reader.config.position_scale_m = 1.0f;
    reader.latest.orientation = pinna_quat_identity();
    reader.component[0] = 1.0;
    return reader;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The rest of text behind prefix, or NULL. Letters match in either case, whatever the locale. */
static const char* behind(const char* text, const char* prefix)
{
    while (*prefix)
        if (lower(*text++) != lower(*prefix++)) return NULL;
    return text;
}

static bool same(const char* a, const char* b)
{
    const char* rest = behind(a, b);
    return rest && !*rest;
}

/* The chosen dialect's own meaning first, then the default's, then the only one there is. */
static const entry* find(const char* address, pinna_osc_dialect dialect)
{
    const entry* best = NULL;
    int best_rank = 0;
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        if (!same(address, entries[i].address)) continue;
        /* A bare /quaternions is Unity's unless IEM is asked for. */
        bool usual = entries[i].dialect == PINNA_OSC_SPARTA || entries[i].dialect == PINNA_OSC_UNITY;
        int rank = entries[i].dialect == dialect ? 3 : usual ? 2 : 1;
        if (rank > best_rank) {
            best = &entries[i];
            best_rank = rank;
        }
    }
    return best;
}

static double to_degrees(double value, uint8_t unit)
{
    if (unit == RADIANS) return value * PINNA_RAD_TO_DEG;
    if (unit == UNIT_TO_TURN) return (value - 0.5) * 360.0;
    return value;
}

static pinna_status apply_angles(pinna_osc_reader* reader, const entry* e, const double* argument)
{
    for (int axis = 0; axis < 3; axis++)
        reader->angle_deg[axis] = e->sign[axis] * to_degrees(argument[e->place[axis]], e->unit);
    return pinna_head_from_angles(reader->angle_deg, (pinna_turn_order)e->turn_order, &reader->latest.orientation);
}

static pinna_status apply_one_angle(pinna_osc_reader* reader, const entry* e, double argument)
{
    reader->angle_deg[e->place[0]] = e->sign[0] * to_degrees(argument, e->unit);
    return pinna_head_from_angles(reader->angle_deg, PINNA_TURN_YPR, &reader->latest.orientation);
}

static pinna_status from_frame(const double wxyz[4], uint8_t frame, pinna_quat* out)
{
    /* opentrack composes Qt turns: x right, y up, z back, but yaw and roll count the other way. */
    const double bridge[4] = {wxyz[0], wxyz[1], -wxyz[2], -wxyz[3]};
    if (frame == BRIDGE_FRAME) return pinna_head_from_quat(bridge, PINNA_AXES_OPENGL, out);
    return pinna_head_from_quat(wxyz, (pinna_axes)frame, out);
}

static pinna_status apply_quat(pinna_osc_reader* reader, const entry* e, const double wxyz[4])
{
    pinna_quat q;
    pinna_status status = from_frame(wxyz, e->frame, &q);
    if (status) return status;
    reader->latest.orientation = e->of == SCENE ? pinna_quat_conjugate(q) : q;
    return PINNA_OK;
}

static pinna_status apply_quat_arguments(pinna_osc_reader* reader, const entry* e, const double* a)
{
    const double turned[4] = {a[3], a[0], a[1], a[2]};
    return apply_quat(reader, e, reader->config.quaternion_is_xyzw ? turned : a);
}

/* Four messages make one quaternion; w to z in order, so the last completes it. */
static pinna_status apply_component(pinna_osc_reader* reader, const entry* e, double argument)
{
    if (!pinna_head_in_range(argument, 2.0)) return PINNA_ERROR_DATA;
    reader->component[e->place[0]] = argument;
    pinna_quat ignored;
    if (pinna_head_from_quat(reader->component, PINNA_AXES_AES69, &ignored)) return PINNA_OK; /* half old, half new */
    return apply_quat(reader, e, reader->component);
}

/* Android: axis times the sine of half the angle; the cosine may be left out. */
static pinna_status apply_rotation_vector(pinna_osc_reader* reader, const entry* e, const double* a, uint32_t count)
{
    double square = a[0] * a[0] + a[1] * a[1] + a[2] * a[2];
    if (!(square <= 1.02)) return PINNA_ERROR_DATA;
    double wxyz[4] = {count > 3 ? a[3] : sqrt(fmax(0.0, 1.0 - square)), a[0], a[1], a[2]};
    return apply_quat(reader, e, wxyz);
}

static pinna_status apply_position(pinna_osc_reader* reader, const entry* e, const double* a)
{
    double scale = e->dialect == PINNA_OSC_ADM ? (double)reader->config.position_scale_m : 1.0;
    for (int i = 0; i < 3; i++)
        if (!pinna_head_in_range(a[i] * scale, PINNA_HEAD_MAX_POSITION_M)) return PINNA_ERROR_DATA;
    pinna_vec3 v = {(float)(a[0] * scale), (float)(a[1] * scale), (float)(a[2] * scale)};
    reader->latest.position_m = pinna_axes_to_aes69((pinna_axes)e->frame, v);
    reader->latest.has_position = true;
    return PINNA_OK;
}

static uint32_t wanted_arguments(const entry* e)
{
    uint32_t count = e->means == ONE_ANGLE || e->means == ONE_COMPONENT ? 1 : e->means == QUATERNION ? 4 : 3;
    return e->first + count;
}

static pinna_status apply_entry(pinna_osc_reader* reader, const entry* e, const pinna_osc_message* message)
{
    const double* argument = message->argument + e->first;
    switch (e->means) {
    case ANGLES:
        return apply_angles(reader, e, argument);
    case ONE_ANGLE:
        return apply_one_angle(reader, e, argument[0]);
    case QUATERNION:
        return apply_quat_arguments(reader, e, argument);
    case ONE_COMPONENT:
        return apply_component(reader, e, argument[0]);
    case ROTATION_VECTOR:
        return apply_rotation_vector(reader, e, argument, message->argument_count);
    case POSITION:
        return apply_position(reader, e, argument);
    }
    return PINNA_ERROR_UNSUPPORTED;
}

pinna_status pinna_osc_apply(pinna_osc_reader* reader, const pinna_osc_message* message)
{
    const char* address = reader->config.prefix[0] ? behind(message->address, reader->config.prefix) : NULL;
    const entry* e = find(address ? address : message->address, reader->config.dialect);
    if (!e) return PINNA_ERROR_UNSUPPORTED;
    if (message->argument_count < wanted_arguments(e)) return PINNA_ERROR_FORMAT;
    pinna_osc_reader next = *reader;
    pinna_status status = apply_entry(&next, e, message);
    if (status) return status;
    if (reader->config.inverse && e->means != POSITION)
        next.latest.orientation = pinna_quat_conjugate(next.latest.orientation);
    next.matched = e->dialect;
    *reader = next;
    return PINNA_OK;
}
