/* SPDX-License-Identifier: MIT */
/* Scene files: read, or refused with a sentence. */
#include "fuzz.h"

#include "scene.h"

size_t fuzz_seed(unsigned index, uint8_t* out, size_t capacity)
{
    static const char* const texts[] = {
        "{\"version\": 1, \"sources\": [{\"file\": \"builtin:rotor\", \"end_s\": 3, \"position\": {\"azimuth_deg\": "
        "30, "
        "\"elevation_deg\": 10, \"distance_m\": 2}}]}",
        "{\"version\": 1, \"title\": \"t\", \"sample_rate_hz\": 48000, \"duration_s\": 5, \"gain_db\": -3, \"preset\": "
        "\"flat\", \"sources\": [{\"name\": \"n\", \"file\": \"builtin:rotor\", \"channel\": 1, \"keyframes\": "
        "[{\"t_s\": 0, "
        "\"azimuth_deg\": 0}, {\"t_s\": 2, \"azimuth_deg\": 90, \"distance_m\": 3}], \"loop\": true, \"start_s\": 1.5, "
        "\"fade_s\": 0.1, \"gain_db\": -6}], \"head\": [{\"t_s\": 0, \"yaw_deg\": 0}, {\"t_s\": 1, \"yaw_deg\": 45}]}",
        "{\"version\": 1, \"sofa\": \"x.sofa\", \"head\": {\"yaw_deg\": 10}, \"sources\": []}",
        "{\"version\": 1, \"head\": \"head.csv\", \"sources\": [{\"file\": \"a.wav\", \"path\": \"p.csv\"}]}",
        "{\"version\": 1, \"room\": {\"name\": \"hall\", \"size_m\": [9, 6, 3], \"rt60_s\": [1, 1, 1, 1, 1, 1, 1], "
        "\"listener_m\": [1, 1, "
        "1], \"level_db\": -6, \"yaw_deg\": 3, \"reflection_order\": 2, \"pre_delay_s\": 0.1, \"reflections_db\": 1, "
        "\"distance_falloff\": 1}, \"set\": {\"cue.presence_db\": 6, \"room.on\": true}, \"headphone_eq\": \"e.txt\", "
        "\"listener\": "
        "{\"position\": [{\"t_s\": 0, \"x_m\": 0, \"y_m\": 0}, {\"t_s\": 1, \"x_m\": 1, \"y_m\": 2, \"z_m\": 1}], "
        "\"orientation\": "
        "{\"yaw_deg\": 1, \"pitch_deg\": 2, \"roll_deg\": 3}, \"interpolation\": \"spline\"}, \"sources\": [{\"file\": "
        "\"builtin:steps\", \"category\": \"cue\", \"priority\": 200, \"extent_m\": 1, \"near_field\": true, "
        "\"interpolation\": "
        "\"spline\", \"keyframes\": [{\"t_s\": 0, \"x_m\": 0, \"y_m\": 0}, {\"t_s\": 0, \"x_m\": 5, \"y_m\": 0}, "
        "{\"t_s\": 2, \"x_m\": 1, "
        "\"y_m\": 1}, {\"t_s\": 3, \"x_m\": -1, \"y_m\": 1}]}]}",
        "{\"version\": 1, \"room\": \"cinema\", \"brir\": \"b.sofa\", \"beds\": [{\"file\": \"builtin:rotor\", "
        "\"layout\": \"mono\", \"channel_order\": \"wav\", "
        "\"gain_db\": -3, \"lfe_db\": 10, \"start_s\": 1, \"end_s\": 3, \"fade_s\": 0.1, \"loop\": true, \"category\": "
        "\"bed\"}, "
        "{\"file\": \"builtin:rotor\", \"layout\": \"ambix\", \"ambisonic_format\": \"fuma\", \"max_re\": true}]}",
        "[1e400, \"\\ud800\", null]",
    };
    return index < sizeof texts / sizeof texts[0] ? fuzz_text_seed(texts[index], out, capacity) : 0;
}

/* Whatever was accepted is somewhere at any time. */
static void follow(const pinna_scene* scene)
{
    FUZZ_EXPECT(scene->source_count > 0 && scene->source_count <= PINNA_SCENE_SOURCE_MAX);
    for (size_t i = 0; i < scene->source_count && i < 64; i++)
        for (uint64_t frame = 0; frame < 480000; frame += 47999) {
            pinna_vec3 at = {0, 0, 0};
            (void)pinna_scene_place_at(scene, i, frame, 48000, &at);
            FUZZ_EXPECT(pinna_vec3_is_finite(at));
        }
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
    if (!status) follow(&scene);
    if (!status) pinna_scene_release(&scene);
    free(text);
    return 0;
}
