/* SPDX-License-Identifier: MIT */
#include "render/values.h"

#include <math.h>
#include <string.h>

#define FLOAT(type, field, low, high, about) {#field, PINNA_VALUE_FLOAT, offsetof(type, field), low, high, false, about}
#define FLOAT_OR_0(type, field, low, high, about)                                                                      \
    {                                                                                                                  \
#field, PINNA_VALUE_FLOAT, offsetof(type, field), low, high, true, about                                       \
    }
#define SWITCH(type, field, about) {#field, PINNA_VALUE_SWITCH, offsetof(type, field), 0.0, 1.0, false, about}
#define COUNT(a) (uint32_t)(sizeof a / sizeof *a)

const char* const pinna_anchor_names[] = {[PINNA_ANCHOR_SCREEN] = "screen", [PINNA_ANCHOR_HEAD] = "head", NULL};

static const pinna_value hrtf_values[] = {
    FLOAT(pinna_hrtf_options, diffuse_equalization, 0.0, 1.0, "share of the head's mean response taken out"),
    FLOAT_OR_0(pinna_hrtf_options, low_extension_hz, 60.0, 500.0, "the head's mean response goes on flat below"),
    FLOAT_OR_0(pinna_hrtf_options, cue_expansion, 1.0, 3.0, "factor on how far bands go from direction to direction"),
    FLOAT_OR_0(pinna_hrtf_options, cue_limit_db, 1.0, 24.0, "bound of that in any band"),
    FLOAT_OR_0(pinna_hrtf_options, head_circumference_m, 0.4, 0.8, "of the listener; scales ITD"),
    FLOAT_OR_0(pinna_hrtf_options, head_width_m, 0.1, 0.2, "of the listener, in its place"),
    FLOAT(pinna_hrtf_options, balance_db, -12.0, 12.0, "left ear over right"),
};

static const pinna_value mix_values[] = {
    FLOAT(pinna_mix_params, gain_db, -60.0, 24.0, "of everything but direct stereo"),
    FLOAT(pinna_mix_params, duck_threshold_db, -120.0, 0.0, "level from which a cue ducks others"),
    FLOAT(pinna_mix_params, duck_attack_s, 0.001, 10.0, "time constant of turning down"),
    FLOAT(pinna_mix_params, duck_hold_s, 0.0, 10.0, "time down after the last cue"),
    FLOAT(pinna_mix_params, duck_release_s, 0.001, 10.0, "time constant of coming back"),
    {"anchor", PINNA_VALUE_ANCHOR, offsetof(pinna_mix_params, anchor), 0.0, PINNA_ANCHOR_COUNT - 1, false,
     "what the scene hangs on as the head turns"},
    FLOAT_OR_0(pinna_mix_params, recentre_s, 0.5, 600.0, "time constant of the scene following the head; 0: never"),
};

static const pinna_value category_values[] = {
    FLOAT(pinna_category_params, gain_db, -60.0, 24.0, "level"),
    FLOAT(pinna_category_params, presence_db, -12.0, 12.0, "2 to 6 kHz raised or lowered"),
    FLOAT(pinna_category_params, compression, 0.0, 1.0, "part of the fall over distance taken back"),
    FLOAT(pinna_category_params, duck_db, 0.0, 60.0, "turned down while cues sound"),
    SWITCH(pinna_category_params, ducks, "its sources duck others"),
    SWITCH(pinna_category_params, near_field, "nearness modelled for all its sources"),
    {"priority", PINNA_VALUE_BYTE, offsetof(pinna_category_params, priority), 0.0, 255.0, false,
     "at least; from 192 on the exact path"},
    FLOAT(pinna_category_params, air_absorption, 0.0, 10.0, "at least"),
    FLOAT(pinna_category_params, extent_m, 0.0, 1000.0, "radius, at least"),
    FLOAT(pinna_category_params, room_db, -120.0, 24.0, "level sent into the room"),
};

static const pinna_value room_values[] = {
    SWITCH(pinna_room_params, on, "whether there is a room"),
    {"size_front_m", PINNA_VALUE_FLOAT, offsetof(pinna_room_params, size_m[0]), 1.0, 200.0, false, "back to front"},
    {"size_left_m", PINNA_VALUE_FLOAT, offsetof(pinna_room_params, size_m[1]), 1.0, 200.0, false, "right to left"},
    {"size_up_m", PINNA_VALUE_FLOAT, offsetof(pinna_room_params, size_m[2]), 1.0, 200.0, false, "floor to ceiling"},
    {"rt60_125_s", PINNA_VALUE_FLOAT, offsetof(pinna_room_params, rt60_s[0]), 0.1, 20.0, false, "decay in an octave"},
    {"rt60_250_s", PINNA_VALUE_FLOAT, offsetof(pinna_room_params, rt60_s[1]), 0.1, 20.0, false, "decay in an octave"},
    {"rt60_500_s", PINNA_VALUE_FLOAT, offsetof(pinna_room_params, rt60_s[2]), 0.1, 20.0, false, "decay in an octave"},
    {"rt60_1k_s", PINNA_VALUE_FLOAT, offsetof(pinna_room_params, rt60_s[3]), 0.1, 20.0, false, "decay in an octave"},
    {"rt60_2k_s", PINNA_VALUE_FLOAT, offsetof(pinna_room_params, rt60_s[4]), 0.1, 20.0, false, "decay in an octave"},
    {"rt60_4k_s", PINNA_VALUE_FLOAT, offsetof(pinna_room_params, rt60_s[5]), 0.1, 20.0, false, "decay in an octave"},
    {"rt60_8k_s", PINNA_VALUE_FLOAT, offsetof(pinna_room_params, rt60_s[6]), 0.1, 20.0, false, "decay in an octave"},
    {"listener_front_m", PINNA_VALUE_FLOAT, offsetof(pinna_room_params, listener_m.x), 0.0, 200.0, false,
     "from the back wall"},
    {"listener_left_m", PINNA_VALUE_FLOAT, offsetof(pinna_room_params, listener_m.y), 0.0, 200.0, false,
     "from the right wall"},
    {"listener_up_m", PINNA_VALUE_FLOAT, offsetof(pinna_room_params, listener_m.z), 0.0, 200.0, false,
     "from the floor"},
    FLOAT(pinna_room_params, yaw_deg, -360.0, 360.0, "turned to the left"),
    {"reflection_order", PINNA_VALUE_COUNT, offsetof(pinna_room_params, reflection_order), 0.0, 2.0, false,
     "walls on the way of early reflections"},
    FLOAT(pinna_room_params, pre_delay_s, 0.0, 0.25, "before the tail, at least what it needs"),
    FLOAT(pinna_room_params, level_db, -60.0, 24.0, "of the room, against physics"),
    FLOAT(pinna_room_params, reflections_db, -60.0, 24.0, "of reflections beside that"),
    FLOAT(pinna_room_params, distance_falloff, 0.0, 2.0, "times 6 dB of direct over room per doubling of distance"),
};

static const pinna_value head_values[] = {
    SWITCH(pinna_preset, head_prediction, "a tracker's pose is predicted"),
};

#define CATEGORY(name, index)                                                                                          \
    {                                                                                                                  \
        name, offsetof(pinna_preset, mix) + offsetof(pinna_mix_params, categories[index]), category_values,            \
            COUNT(category_values)                                                                                     \
    }

/* Values of the last group have no name before the dot. */
const pinna_value_group pinna_value_groups[] = {
    {"hrtf", offsetof(pinna_preset, hrtf), hrtf_values, COUNT(hrtf_values)},
    {"mix", offsetof(pinna_preset, mix), mix_values, COUNT(mix_values)},
    CATEGORY("effect", PINNA_CATEGORY_EFFECT),
    CATEGORY("cue", PINNA_CATEGORY_CUE),
    CATEGORY("speech", PINNA_CATEGORY_SPEECH),
    CATEGORY("music", PINNA_CATEGORY_MUSIC),
    CATEGORY("ambience", PINNA_CATEGORY_AMBIENCE),
    CATEGORY("bed", PINNA_CATEGORY_BED),
    CATEGORY("direct", PINNA_CATEGORY_DIRECT),
    {"room", offsetof(pinna_preset, room), room_values, COUNT(room_values)},
    {"", 0, head_values, COUNT(head_values)},
};

const uint32_t pinna_value_group_count = COUNT(pinna_value_groups);

bool pinna_value_group_is_mix(const pinna_value_group* group)
{
    return group->values == mix_values || group->values == category_values;
}

bool pinna_value_group_is_room(const pinna_value_group* group)
{
    return group->values == room_values;
}

double pinna_value_read(const pinna_preset* preset, const pinna_value_group* group, const pinna_value* value)
{
    const void* at = (const char*)preset + group->offset + value->offset;
    switch (value->kind) {
    case PINNA_VALUE_FLOAT: return (double)*(const float*)at;
    case PINNA_VALUE_SWITCH: return *(const bool*)at;
    case PINNA_VALUE_BYTE: return *(const uint8_t*)at;
    case PINNA_VALUE_COUNT: return *(const uint32_t*)at;
    case PINNA_VALUE_ANCHOR: return (double)*(const pinna_anchor*)at;
    }
    return NAN;
}

bool pinna_value_allows(const pinna_value* value, double number)
{
    if (value->kind != PINNA_VALUE_FLOAT && number != floor(number)) return false;
    /* Bounds that floats only come near to. */
    double low = fmin(value->low, (double)(float)value->low), high = fmax(value->high, (double)(float)value->high);
    return (value->zero_too && number == 0.0) || (number >= low && number <= high);
}
