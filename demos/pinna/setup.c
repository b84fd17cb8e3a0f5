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

const char pinna_setup_preset_help[] = "flat (the default), cinematic or positional";
const char pinna_setup_set_help[] = "one value of the preset, again and again; pinna presets lists them";

enum { NAME_MAX_COUNT = 160 };

static pinna_status check_preset(const char* name, pinna_report* report)
{
    const char* names[NAME_MAX_COUNT] = {0};
    pinna_preset preset;
    if (!name || !pinna_preset_find(name, &preset)) return PINNA_OK;
    for (uint32_t i = 0; pinna_preset_name(i); i++) names[i] = pinna_preset_name(i);
    const char* closest = pinna_cli_closest(name, names);
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "preset", "there is no preset '%s'%s%s%s", name,
                     closest ? "; did you mean '" : "; there are flat, cinematic and positional",
                     closest ? closest : "", closest ? "'?" : "");
    return PINNA_ERROR_ARGUMENT;
}

/* What is near a name nobody knows. */
static void suggest(const char* name, pinna_report* report)
{
    static pinna_preset_value values[NAME_MAX_COUNT];
    const char* names[NAME_MAX_COUNT] = {0};
    uint32_t count = 0;
    while (count + 1 < NAME_MAX_COUNT && !pinna_preset_describe(count, &values[count])) {
        names[count] = values[count].name;
        count++;
    }
    for (uint32_t i = 0; i < count; i++)
        if (!strcmp(names[i], name)) return;
    const char* closest = pinna_cli_closest(name, names);
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "set", "a preset has no value '%s'%s%s%s", name,
                     closest ? "; did you mean '" : "; pinna presets lists what there is", closest ? closest : "",
                     closest ? "'?" : "");
}

static pinna_status set_item(const char* item, pinna_report* report, pinna_preset* preset)
{
    char name[64];
    const char* equals = strchr(item, '=');
    size_t length = equals ? (size_t)(equals - item) : 0;
    if (!equals || length == 0 || length >= sizeof name) {
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "set", "--set takes NAME=VALUE, not '%s'", item);
        return PINNA_ERROR_ARGUMENT;
    }
    memcpy(name, item, length);
    name[length] = '\0';
    pinna_status status = pinna_preset_set(preset, name, equals + 1, report);
    if (status && strcmp(name, "room")) suggest(name, report);
    return status;
}

pinna_status pinna_setup_choose_preset(const char* name, const pinna_scene* scene, const pinna_cli_list* sets,
                                       pinna_report* report, pinna_preset* out)
{
    const char* chosen = name ? name : scene && scene->preset ? scene->preset : "flat";
    pinna_status status = check_preset(chosen, report);
    if (!status) status = pinna_preset_find(chosen, out);
    for (size_t i = 0; !status && scene && i < scene->set_count; i++)
        status = pinna_preset_set(out, scene->sets[i].name, scene->sets[i].value, report);
    for (size_t i = 0; !status && sets && i < sets->count; i++) status = set_item(sets->items[i], report, out);
    return status ? status : pinna_preset_check(out, report);
}

int pinna_setup_check_set_options(const char* name, const pinna_cli_list* sets)
{
    static pinna_report report;
    pinna_preset preset;
    if (!pinna_setup_choose_preset(name, NULL, sets, &report, &preset)) return PINNA_CLI_GO_ON;
    return pinna_cli_usage_error("%s", pinna_report_error(&report));
}

pinna_status pinna_setup_load_hrtf_for(const pinna_preset* preset, const char* sofa, uint32_t sample_rate_hz,
                                       uint32_t tap_count, pinna_report* report, pinna_hrtf** out)
{
    static char folder[PINNA_LOAD_PATH_BYTES];
    pinna_load_config config = pinna_load_config_default();
    config.path = sofa;
    config.forbid_personal = sofa != NULL; /* the head named is the one that is wanted */
    if (!pinna_cli_no_cache() && pinna_load_cache_folder(folder, sizeof folder)) config.cache_folder = folder;
    config.prepare.sample_rate_hz = sample_rate_hz;
    config.prepare.tap_count = tap_count;
    if (preset) config.prepare.options = preset->hrtf;
    return pinna_load_hrtf(&config, report, NULL, out);
}

pinna_status pinna_setup_load_hrtf(const char* sofa, uint32_t sample_rate_hz, uint32_t tap_count, pinna_report* report,
                                   pinna_hrtf** out)
{
    return pinna_setup_load_hrtf_for(NULL, sofa, sample_rate_hz, tap_count, report, out);
}

pinna_renderer_config pinna_setup_single_source(pinna_hrtf* hrtf, uint32_t sample_rate_hz, uint32_t block_frames)
{
    pinna_renderer_config config = pinna_renderer_config_default();
    config.sample_rate_hz = sample_rate_hz;
    config.max_block_frames = block_frames;
    config.max_source_count = 1;
    config.method = PINNA_METHOD_EXACT;
    config.limiter = false;
    config.hrtf = hrtf;
    return config;
}

static uint32_t response_frames(const pinna_hrtf* hrtf)
{
    pinna_hrtf_info info = pinna_hrtf_get_info(hrtf);
    return info.tap_count + (uint32_t)ceilf(info.max_delay_frames) + DELAY_FILTER_FRAMES;
}

uint32_t pinna_setup_tail_frames_for(const pinna_hrtf* hrtf, const pinna_preset* preset)
{
    float longest_s = 0.0f;
    uint32_t frames = response_frames(hrtf);
    for (int i = 0; i < PINNA_ROOM_OCTAVES; i++) longest_s = fmaxf(longest_s, preset->room.rt60_s[i]);
    if (!preset->room.on) return frames;
    return frames +
           (uint32_t)ceilf((longest_s + preset->room.pre_delay_s) * (float)pinna_hrtf_get_info(hrtf).sample_rate_hz);
}
