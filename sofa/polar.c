/* SPDX-License-Identifier: MIT */
#include "arrange.h"

#include <math.h>

/* Spectra as magnitude and phase, which AES69 does not know but some makers write. */

typedef enum unit { UNIT_UNKNOWN, UNIT_LINEAR, UNIT_DECIBELS, UNIT_RADIANS, UNIT_DEGREES } unit;

static void find_extremes(const pinna_sofa_array* a, float* least, float* most)
{
    *least = INFINITY, *most = -INFINITY;
    for (size_t i = 0; i < a->count; i++) *least = fminf(*least, a->values[i]), *most = fmaxf(*most, a->values[i]);
}

/* No magnitude is negative. */
static unit unit_of_magnitude(const pinna_sofa_array* a)
{
    float least, most;
    find_extremes(a, &least, &most);
    if (pinna_sofa_says(a->units, "db") || pinna_sofa_says(a->units, "decibel")) return UNIT_DECIBELS;
    return least < 0 ? UNIT_DECIBELS : UNIT_LINEAR;
}

/* Without a name: of one turn, either is told by its ends. Of phases that run on, neither. */
static unit unit_of_phase(const pinna_sofa_array* a)
{
    float least, most;
    find_extremes(a, &least, &most);
    if (pinna_sofa_says(a->units, "rad")) return UNIT_RADIANS;
    if (pinna_sofa_says(a->units, "deg")) return UNIT_DEGREES;
    if (least >= -3.15f && most <= 6.29f) return UNIT_RADIANS;
    bool is_half_turns = least >= -180.01f && least < -170 && most <= 180.01f && most > 170;
    bool is_turn = least >= 0 && most <= 360.01f && most > 350;
    return is_half_turns || is_turn ? UNIT_DEGREES : UNIT_UNKNOWN;
}

/* In place: the arrays are the reader's own memory, and nobody asks for magnitudes again. */
static void convert(pinna_sofa_fields* fields, unit magnitude, unit phase)
{
    float* first = (float*)(uintptr_t)fields->magnitude.values;
    float* second = (float*)(uintptr_t)fields->phase.values;
    for (size_t i = 0; i < fields->magnitude.count; i++) {
        double level = (double)first[i], angle = (double)second[i];
        if (magnitude == UNIT_DECIBELS) level = pow(10, level / 20);
        if (phase == UNIT_DEGREES) angle *= 3.14159265358979323846 / 180;
        first[i] = (float)(level * cos(angle)), second[i] = (float)(level * sin(angle));
    }
    fields->real = fields->magnitude, fields->imaginary = fields->phase;
    fields->magnitude = fields->phase = (pinna_sofa_array){.values = NULL};
}

pinna_status pinna_sofa_make_from_polar(const pinna_sofa_context* context, pinna_sofa_fields* fields)
{
    unit magnitude = unit_of_magnitude(&fields->magnitude), phase = unit_of_phase(&fields->phase);
    if (fields->magnitude.count != fields->phase.count)
        return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "spectrum-shape",
                                 "its magnitudes and phases (Data.Mag, Data.Phase) differ in shape; use another copy");
    if (phase == UNIT_UNKNOWN)
        return pinna_sofa_refuse(context, PINNA_ERROR_DATA, "phase-unit",
                                 "it does not say whether its phases are radians or degrees, and they may be either; "
                                 "name it as the Units of Data.Phase, or use the version with impulse responses");
    pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "polar-spectra",
                     "the spectra are stored as magnitude (taken as %s) and phase (%s); turned into real and "
                     "imaginary parts",
                     magnitude == UNIT_DECIBELS ? "dB" : "linear", phase == UNIT_DEGREES ? "degrees" : "radians");
    convert(fields, magnitude, phase);
    return pinna_sofa_make_from_spectra(context, fields);
}
