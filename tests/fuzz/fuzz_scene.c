/* SPDX-License-Identifier: MIT */
/* Scene files: read, or refused with a sentence. */
#include "fuzz.h"

#include "scene.h"

size_t fuzz_seed(unsigned index, uint8_t* out, size_t capacity)
{
    static const char* const texts[] = {
        "{\"version\": 1, \"sources\": [{\"file\": \"builtin:rotor\", \"end_s\": 3, \"position\": {\"azimuth_deg\": 30, "
        "\"elevation_deg\": 10, \"distance_m\": 2}}]}",
        "{\"version\": 1, \"title\": \"t\", \"sample_rate_hz\": 48000, \"duration_s\": 5, \"gain_db\": -3, \"preset\": "
        "\"flat\", \"sources\": [{\"name\": \"n\", \"file\": \"builtin:rotor\", \"channel\": 1, \"keyframes\": [{\"t_s\": 0, "
        "\"azimuth_deg\": 0}, {\"t_s\": 2, \"azimuth_deg\": 90, \"distance_m\": 3}], \"loop\": true, \"start_s\": 1.5, "
        "\"fade_s\": 0.1, \"gain_db\": -6}], \"head\": [{\"t_s\": 0, \"yaw_deg\": 0}, {\"t_s\": 1, \"yaw_deg\": 45}]}",
        "{\"version\": 1, \"sofa\": \"x.sofa\", \"head\": {\"yaw_deg\": 10}, \"sources\": []}",
        "{\"version\": 1, \"head\": \"head.csv\", \"sources\": [{\"file\": \"a.wav\", \"path\": \"p.csv\"}]}",
        "[1e400, \"\\ud800\", null]",
    };
    return index < sizeof texts / sizeof texts[0] ? fuzz_text_seed(texts[index], out, capacity) : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t byte_count)
{
    static pinna_scene scene;
    static pinna_report report;
    char* text = malloc(byte_count + 1);
    FUZZ_EXPECT(text);
    memcpy(text, bytes, byte_count);
    text[byte_count] = '\0';
    report = (pinna_report){0};
    memset(&scene, 0, sizeof scene);
    pinna_status status = pinna_scene_parse("fuzz.json", text, &report, &scene);
    FUZZ_EXPECT(status == PINNA_OK || pinna_report_error(&report));
    if (!status) pinna_scene_release(&scene);
    free(text);
    return 0;
}
