/* SPDX-License-Identifier: MIT */
#include "setup.h"
#include "cli.h"

#include <math.h>
#include <string.h>

#include <pinna/load.h>

/* Fractional delays are short FIR filters; none in the engine is longer than this. */
enum { DELAY_FILTER_FRAMES = 64 };

const char* const pinna_setup_methods[] = {
    [PINNA_METHOD_AUTO] = "auto", [PINNA_METHOD_EXACT] = "exact", [PINNA_METHOD_BATCH] = "batch", NULL};

static const struct {
    const char* name;
    bool available;
} presets[] = {
    {"flat", true},
    {"cinematic", false},
    {"positional", false},
};

enum { PRESET_COUNT = sizeof presets / sizeof presets[0] };

pinna_status pinna_setup_check_preset(const char* name, pinna_report* report)
{
    const char* names[PRESET_COUNT + 1] = {0};
    for (size_t i = 0; i < PRESET_COUNT; i++) {
        names[i] = presets[i].name;
        if (name && strcmp(name, presets[i].name)) continue;
        if (presets[i].available) return PINNA_OK;
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "preset", "preset '%s' is not in this version; use flat", name);
        return PINNA_ERROR_UNSUPPORTED;
    }
    const char* closest = pinna_cli_closest(name, names);
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "preset", "there is no preset '%s'%s%s%s", name,
                     closest ? "; did you mean '" : "; use flat", closest ? closest : "", closest ? "'?" : "");
    return PINNA_ERROR_ARGUMENT;
}

int pinna_setup_check_preset_option(const char* name)
{
    static pinna_report report;
    if (!pinna_setup_check_preset(name, &report)) return PINNA_CLI_GO_ON;
    return pinna_cli_usage_error("%s", pinna_report_error(&report));
}

pinna_status pinna_setup_load_hrtf(const char* sofa, uint32_t sample_rate_hz, uint32_t tap_count, pinna_report* report,
                                   pinna_hrtf** out)
{
    static char folder[PINNA_LOAD_PATH_BYTES];
    pinna_load_config config = pinna_load_config_default();
    config.path = sofa;
    config.forbid_personal = sofa != NULL; /* the head named is the one that is wanted */
    if (!pinna_cli_no_cache() && pinna_load_cache_folder(folder, sizeof folder)) config.cache_folder = folder;
    config.prepare.sample_rate_hz = sample_rate_hz;
    config.prepare.tap_count = tap_count;
    return pinna_load_hrtf(&config, report, NULL, out);
}

uint32_t pinna_setup_tail_frames(const pinna_hrtf* hrtf)
{
    pinna_hrtf_info info = pinna_hrtf_get_info(hrtf);
    return info.tap_count + (uint32_t)ceilf(info.max_delay_frames) + DELAY_FILTER_FRAMES;
}
