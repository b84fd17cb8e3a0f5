/* SPDX-License-Identifier: MIT */
#include "scenes_builtin.h"

#include <string.h>

#define AT(t, azimuth, elevation, distance)                                                                            \
    "{\"t_s\": " #t ", \"azimuth_deg\": " #azimuth ", \"elevation_deg\": " #elevation ", \"distance_m\": " #distance "}"
#define STAND(azimuth, elevation, distance)                                                                            \
    "\"position\": {\"azimuth_deg\": " #azimuth ", \"elevation_deg\": " #elevation ", \"distance_m\": " #distance "}"
#define SOUND(name, sound, gain_db) \
    "\"name\": \"" name "\", \"file\": \"builtin:" sound "\", \"gain_db\": " #gain_db ", "

/* In level flight 14 m up, distance is 14 m / sin(elevation): over the head from the front, once round behind it, back
   to hover above, and away. Elevations beyond 90 are behind. */
#define FLIGHT                                                                                                         \
    "\"keyframes\": [" AT(0, 15, 11, 72) ", " AT(2.5, 15, 17, 48) ", " AT(4.5, 15, 27, 31) ", " AT(6, 15, 42, 21) ", " \
    AT(7.2, 15, 65, 15.5) ", " AT(8.2, 15, 90, 14) ", " AT(9.2, 15, 115, 15.5) ", " AT(10.4, 15, 138, 21) ", "        \
    AT(11.4, 15, 145, 24.4) ", " AT(19.4, 375, 145, 24.4) ", " AT(20.8, 375, 125, 17) ", " AT(22.2, 375, 90, 11) ", "  \
    AT(24.4, 375, 90, 11) ", " AT(26, 375, 50, 18) ", " AT(28, 375, 20, 41) ", " AT(30, 375, 12, 70) "]"

static const char helicopter[] =
    "{\"version\": 1, \"title\": \"Helicopter, overhead\", \"sample_rate_hz\": 48000, \"duration_s\": 30, "
    "\"gain_db\": 4,\n"
    " \"sources\": [\n"
    "  {" SOUND("rotor", "rotor", 19) "\"loop\": true, \"fade_s\": 0.3, " FLIGHT "},\n"
    "  {" SOUND("turbine", "turbine", 13) "\"loop\": true, \"fade_s\": 0.3, " FLIGHT "},\n"
    "  {" SOUND("wind, left", "wind", -22) "\"loop\": true, \"fade_s\": 0.3, " STAND(70, 10, 2) "},\n"
    "  {" SOUND("wind, right", "wind", -22) "\"loop\": true, \"start_s\": 0.2, \"fade_s\": 0.3, "
    STAND(-80, 10, 2) "}\n"
    "]}";

/* Feet are below the ears: about 1.6 m. */
static const char footsteps[] =
    "{\"version\": 1, \"title\": \"Footsteps, around you\", \"sample_rate_hz\": 48000, \"duration_s\": 24, "
    "\"gain_db\": 2,\n"
    " \"sources\": [\n"
    "  {" SOUND("boots", "steps", 2) "\"loop\": true, \"fade_s\": 0.05, \"keyframes\": [" AT(0, 40, -28, 3.4) ", "
        AT(12, 400, -28, 3.4) ", " AT(15, 520, -36, 2.6) ", " AT(18, 545, -48, 1.9) ", " AT(24, 760, -28, 3.4) "]},\n"
    "  {" SOUND("gravel", "gravel", 3) "\"loop\": true, \"start_s\": 5, \"end_s\": 17, \"fade_s\": 0.3, "
    "\"keyframes\": ["
        AT(5, 100, -12, 8) ", " AT(9, 135, -22, 4.2) ", " AT(11, 180, -28, 3.4) ", " AT(13, 225, -22, 4.2) ", "
        AT(17, 260, -12, 8) "]},\n"
    "  {" SOUND("drip", "drip", -4) "\"loop\": true, " STAND(-52, 28, 4) "},\n"
    "  {" SOUND("generator", "hum", -18) "\"loop\": true, \"fade_s\": 0.5, " STAND(142, 4, 5) "},\n"
    "  {" SOUND("shot", "shot", 18) "\"start_s\": 19.4, " STAND(-118, 3, 24) "}\n"
    "]}";

/* As from the conductor's place. */
static const char orchestra[] =
    "{\"version\": 1, \"title\": \"Orchestra, from the conductor's place\", \"sample_rate_hz\": 48000, "
    "\"duration_s\": 64,\n"
    " \"gain_db\": 1, \"sources\": [\n"
    "  {" SOUND("violins I", "violins", 0) "\"loop\": true, " STAND(48, -4, 4) "},\n"
    "  {" SOUND("violins II", "second-violins", -2) "\"loop\": true, " STAND(20, -3, 4.4) "},\n"
    "  {" SOUND("violas", "violas", -2) "\"loop\": true, " STAND(-20, -3, 4.4) "},\n"
    "  {" SOUND("cellos", "cellos", 0) "\"loop\": true, " STAND(-48, -6, 4) "},\n"
    "  {" SOUND("basses", "basses", 1) "\"loop\": true, " STAND(-62, -2, 6.2) "},\n"
    "  {" SOUND("flute", "flute", -6) "\"loop\": true, " STAND(7, 3, 6.5) "},\n"
    "  {" SOUND("oboe", "oboe", -7) "\"loop\": true, " STAND(-7, 3, 6.5) "},\n"
    "  {" SOUND("horns", "horns", -2) "\"loop\": true, " STAND(31, 5, 7.6) "},\n"
    "  {" SOUND("harp", "harp", 0) "\"loop\": true, " STAND(64, 0, 6.2) "},\n"
    "  {" SOUND("timpani", "timpani", 6) "\"loop\": true, " STAND(-1, 7, 8.8) "}\n"
    "]}";

#define KNOCK(start, azimuth, elevation)                                                                               \
    "  {" SOUND("target", "target", 4) "\"start_s\": " #start ", " STAND(azimuth, elevation, 2) "}"

static const char range[] =
    "{\"version\": 1, \"title\": \"Shooting range\", \"sample_rate_hz\": 48000, \"duration_s\": 13, \"sources\": [\n"
    KNOCK(0.5, 0, 0) ",\n" KNOCK(2, 60, 0) ",\n" KNOCK(3.5, -45, 30) ",\n" KNOCK(5, 135, 0) ",\n"
    KNOCK(6.5, 180, 45) ",\n" KNOCK(8, -90, -30) ",\n" KNOCK(9.5, 20, 60) ",\n" KNOCK(11, -150, 0) "\n]}";

static const struct {
    const char* name;
    const char* text;
} scenes[] = {{"helicopter", helicopter}, {"footsteps", footsteps}, {"orchestra", orchestra}, {"range", range}};

enum { SCENE_COUNT = sizeof scenes / sizeof scenes[0] };

const char* const pinna_scenes_builtin_names[SCENE_COUNT + 1] = {"helicopter", "footsteps", "orchestra", "range", NULL};

const char* pinna_scenes_builtin_text(const char* name)
{
    for (size_t i = 0; i < SCENE_COUNT; i++)
        if (!strcmp(name, scenes[i].name)) return scenes[i].text;
    return NULL;
}
