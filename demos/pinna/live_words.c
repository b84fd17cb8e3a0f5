/* SPDX-License-Identifier: MIT */
#include "live_words.h"

#include <math.h>
#include <stdio.h>

static int degrees(float angle_deg)
{
    return (int)lroundf(fabsf(angle_deg));
}

void pinna_live_words_pose(pinna_quat pose, char* text, size_t size)
{
    enum { STRAIGHT_DEG = 2 };
    float yaw, pitch, roll;
    char left[32] = "", up[32] = "", tilt[32] = "";
    pinna_quat_to_yaw_pitch_roll(pose, &yaw, &pitch, &roll);
    if (degrees(yaw) > STRAIGHT_DEG) snprintf(left, sizeof left, "%d° %s", degrees(yaw), yaw > 0 ? "left" : "right");
    if (degrees(pitch) > STRAIGHT_DEG) snprintf(up, sizeof up, "%d° %s", degrees(pitch), pitch > 0 ? "up" : "down");
    if (degrees(roll) > STRAIGHT_DEG)
        snprintf(tilt, sizeof tilt, "tilted %d° %s", degrees(roll), roll > 0 ? "right" : "left");
    if (!*left && !*up && !*tilt)
        snprintf(text, size, "straight ahead");
    else
        snprintf(text, size, "%s%s%s%s%s", left, *left && *up ? ", " : "", up, (*left || *up) && *tilt ? ", " : "",
                 tilt);
}

float pinna_live_words_turn(pinna_quat from, pinna_quat to, char* text, size_t size)
{
    enum { LEAST_DEG = 8 };
    float angle[3];
    pinna_quat_to_yaw_pitch_roll(pinna_quat_multiply(pinna_quat_conjugate(from), to), &angle[0], &angle[1], &angle[2]);
    static const char* const words[3][2] = {
        {"turned left", "turned right"}, {"looked up", "looked down"}, {"tilted right", "tilted left"}};
    int largest = 0;
    for (int i = 1; i < 3; i++)
        if (fabsf(angle[i]) > fabsf(angle[largest])) largest = i;
    if (fabsf(angle[largest]) < LEAST_DEG) return 0;
    snprintf(text, size, "%s", words[largest][angle[largest] < 0]);
    return fabsf(angle[largest]);
}
