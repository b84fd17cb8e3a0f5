/* SPDX-License-Identifier: MIT */
#include "live_keys.h"

#include <stddef.h>
#include <string.h>

const pinna_live_key pinna_live_keys[] = {
    {"space", PINNA_LIVE_CONFIRM, "pause"},
    {"n", PINNA_LIVE_NEXT_SCENE, "next scene"},
    {"b", PINNA_LIVE_AGAIN, "from the beginning"},
    {"p", PINNA_LIVE_NEXT_PRESET, "next preset"},
    {"o", PINNA_LIVE_NEXT_ROOM, "next room"},
    {"h", PINNA_LIVE_NEXT_HEAD, "next HRTF"},
    {"e", PINNA_LIVE_EQUALIZE, "equaliser"},
    {"t", PINNA_LIVE_NEXT_TRACKER, "next tracker"},
    {"r", PINNA_LIVE_RECENTRE, "recentre"},
    {"c", PINNA_LIVE_CALIBRATE, "calibrate"},
    {"1", PINNA_LIVE_INVERT_YAW, ""},
    {"2", PINNA_LIVE_INVERT_PITCH, ""},
    {"3", PINNA_LIVE_INVERT_ROLL, "invert yaw, pitch, roll"},
    {"a", PINNA_LIVE_PREDICT, "look ahead"},
    {"+", PINNA_LIVE_LOUDER, ""},
    {"-", PINNA_LIVE_SOFTER, "volume"},
    {"left", PINNA_LIVE_TURN_LEFT, ""},
    {"right", PINNA_LIVE_TURN_RIGHT, "turn"},
    {"up", PINNA_LIVE_LOOK_UP, ""},
    {"down", PINNA_LIVE_LOOK_DOWN, "look up, down"},
    {",", PINNA_LIVE_TILT_LEFT, ""},
    {".", PINNA_LIVE_TILT_RIGHT, "tilt"},
    {"escape", PINNA_LIVE_CANCEL, "cancel"},
    {"q", PINNA_LIVE_QUIT, "end"},
    {NULL, PINNA_LIVE_ACTION_COUNT, NULL},
};

pinna_live_action pinna_live_action_of_key(const char* key)
{
    for (size_t i = 0; pinna_live_keys[i].key; i++)
        if (!strcmp(key, pinna_live_keys[i].key)) return pinna_live_keys[i].action;
    return PINNA_LIVE_ACTION_COUNT;
}
