/* SPDX-License-Identifier: MIT */
#include <pinna/hrtf.h>

#include <stddef.h>

/* Where an option lies and what it may be, beside 0. */
typedef struct range {
    const char* name;
    size_t offset;
    float low, high;
} range;

static const range ranges[] = {
    {"diffuse_equalization", offsetof(pinna_hrtf_options, diffuse_equalization), 0.0f, 1.0f},
    {"low_extension_hz", offsetof(pinna_hrtf_options, low_extension_hz), 60.0f, 500.0f},
    {"cue_expansion", offsetof(pinna_hrtf_options, cue_expansion), 1.0f, 3.0f},
    {"cue_limit_db", offsetof(pinna_hrtf_options, cue_limit_db), 1.0f, 24.0f},
    {"head_circumference_m", offsetof(pinna_hrtf_options, head_circumference_m), 0.4f, 0.8f},
    {"head_width_m", offsetof(pinna_hrtf_options, head_width_m), 0.1f, 0.2f},
    {"balance_db", offsetof(pinna_hrtf_options, balance_db), -12.0f, 12.0f},
};

static float value_of(const pinna_hrtf_options* options, const range* r)
{
    return *(const float*)((const char*)options + r->offset);
}

pinna_hrtf_options pinna_hrtf_options_default(void)
{
    return (pinna_hrtf_options){0};
}

pinna_status pinna_hrtf_options_check(const pinna_hrtf_options* options, pinna_report* report)
{
    if (!options) return PINNA_ERROR_ARGUMENT;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        float value = value_of(options, &ranges[i]);
        if (value == 0.0f || (value >= ranges[i].low && value <= ranges[i].high)) continue;
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "option", "%s is %g; it is 0 or %g to %g", ranges[i].name,
                         (double)value, (double)ranges[i].low, (double)ranges[i].high);
        return PINNA_ERROR_ARGUMENT;
    }
    if (options->head_circumference_m == 0.0f || options->head_width_m == 0.0f) return PINNA_OK;
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "option",
                     "head_circumference_m and head_width_m are both given; one is enough, and the circumference is "
                     "the better one");
    return PINNA_ERROR_ARGUMENT;
}
