/* SPDX-License-Identifier: MIT */
#include "live_range.h"
#include "listening_plot.h"
#include "output_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCRIPT_WAIT_S 0.25 /* a scripted listener answers this soon */

struct pinna_live_range {
    pinna_live_range_config config;
    pinna_listening_test test;
    pinna_listening_direction targets[PINNA_LISTENING_MAX], answers[PINNA_LISTENING_MAX];
    size_t target_count, script_count;
    double began_s; /* of the present trial */
    uint32_t round;
    bool failed;
};

static void name_result(const pinna_live_range* range, const char* end, char name[512])
{
    snprintf(name, 512, "%s%s", range->config.result ? range->config.result : "pinna-range", end);
}

/* Whoever says where the result goes is told now, not after the last shot, that it cannot be written there. */
static pinna_status try_result(const pinna_live_range* range, pinna_report* report)
{
    char name[512];
    pinna_output_file* file = NULL;
    if (!range->config.result) return PINNA_OK;
    name_result(range, ".csv", name);
    pinna_status status = pinna_output_file_create(name, report, &file);
    pinna_output_file_discard(file);
    return status;
}

pinna_status pinna_live_range_create(const pinna_live_range_config* config, pinna_report* report,
                                     pinna_live_range** out)
{
    *out = NULL;
    pinna_live_range* range = calloc(1, sizeof *range);
    if (!range) return PINNA_ERROR_MEMORY;
    range->config = *config;
    pinna_status status = PINNA_OK;
    if (config->targets) status = pinna_listening_read(config->targets, report, range->targets, &range->target_count);
    if (!status && config->answers)
        status = pinna_listening_read(config->answers, report, range->answers, &range->script_count);
    if (!status) status = try_result(range, report);
    if (status) {
        pinna_live_range_destroy(range);
        return status;
    }
    *out = range;
    return PINNA_OK;
}

void pinna_live_range_destroy(pinna_live_range* range)
{
    free(range);
}

void pinna_live_range_begin(pinna_live_range* range, double now_s)
{
    size_t count = range->target_count ? range->target_count : range->config.trial_count;
    range->test = pinna_listening_make(count, range->config.seed + range->round++);
    for (size_t i = 0; i < range->target_count; i++)
        range->test.trials[i].target = range->targets[i];
    range->began_s = now_s;
}

bool pinna_live_range_is_done(const pinna_live_range* range)
{
    return range->test.answered_count == range->test.trial_count;
}

bool pinna_live_range_scene(const pinna_live_range* range, char* text, size_t size)
{
    if (pinna_live_range_is_done(range)) return false;
    pinna_listening_direction d = range->test.trials[range->test.answered_count].target;
    snprintf(
        text, size,
        "{\"version\":1,\"title\":\"Shooting range\",\"duration_s\":3600,\"sources\":[{\"name\":\"target\",\"file\":"
        "\"builtin:target\",\"gain_db\":4,\"start_s\":0.2,\"loop\":true,\"position\":{\"azimuth_deg\":%.3f,"
        "\"elevation_deg\":%.3f,\"distance_m\":2}}]}",
        (double)d.azimuth_deg, (double)d.elevation_deg);
    return true;
}

static pinna_status save(pinna_live_range* range, pinna_report* report)
{
    char name[512];
    name_result(range, ".csv", name);
    pinna_status status = pinna_listening_write_csv(&range->test, name, report);
    name_result(range, ".png", name);
    return status ? status : pinna_listening_plot(&range->test, name, report);
}

bool pinna_live_range_answer(pinna_live_range* range, pinna_listening_direction answer, double now_s,
                             pinna_report* report)
{
    if (pinna_live_range_is_done(range)) return false;
    pinna_listening_answer(&range->test, answer, now_s - range->began_s);
    range->began_s = now_s;
    if (pinna_live_range_is_done(range)) range->failed = save(range, report) != PINNA_OK;
    return true;
}

bool pinna_live_range_scripted(const pinna_live_range* range, double now_s, pinna_listening_direction* out)
{
    size_t trial = range->test.answered_count;
    if (pinna_live_range_is_done(range) || trial >= range->script_count) return false;
    if (now_s - range->began_s < SCRIPT_WAIT_S) return false;
    *out = range->answers[trial];
    return true;
}

const pinna_listening_test* pinna_live_range_test(const pinna_live_range* range)
{
    return &range->test;
}

void pinna_live_range_words(const pinna_live_range* range, char* text, size_t size)
{
    if (!pinna_live_range_is_done(range)) {
        snprintf(text, size, "%zu of %zu: where is it? Click there, or face it and press Space",
                 range->test.answered_count + 1, range->test.trial_count);
        return;
    }
    pinna_listening_result r = pinna_listening_evaluate(&range->test);
    snprintf(text, size, "Off by %.0f° on average, front and back confused %zu time%s. %s", r.mean_error_deg,
             r.front_back_count, r.front_back_count == 1 ? "" : "s",
             range->failed ? "It could not be saved" : "Saved as CSV and PNG. B: once more");
}
