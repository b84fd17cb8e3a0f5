/* SPDX-License-Identifier: MIT */
#include "hrtf/aim.h"

void pinna_hrtf_aim(const pinna_hrtf* hrtf, const pinna_target* target, pinna_aim* aim)
{
    const pinna_shell* shell = pinna_hrtf_shell(hrtf);
    aim->blends[PINNA_LEFT] = pinna_sphere_locate(&shell->sphere, target->direction);
    aim->blends[PINNA_RIGHT] = aim->blends[PINNA_LEFT];
    for (uint32_t ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        const pinna_blend* blend = &aim->blends[ear];
        aim->delay_frames[ear] = 0.0f;
        for (int i = 0; i < 3; i++)
            aim->delay_frames[ear] += blend->weights[i] * shell->delays_frames[blend->vertices[i] * PINNA_EAR_COUNT + ear];
    }
}

void pinna_aim_taps(const pinna_hrtf* hrtf, const pinna_aim* aim, int ear, float* taps)
{
    const pinna_blend* blend = &aim->blends[ear];
    size_t count = hrtf->info.tap_count;
    const float* rows[3];
    for (int i = 0; i < 3; i++)
        rows[i] = pinna_hrtf_shell(hrtf)->hrirs + ((size_t)blend->vertices[i] * PINNA_EAR_COUNT + (size_t)ear) * count;
    hrtf->kernels->blend3(taps, rows[0], rows[1], rows[2], blend->weights[0], blend->weights[1], blend->weights[2],
                          count);
}

void pinna_aim_gains(const pinna_hrtf* hrtf, const pinna_aim* aim, float* gains)
{
    size_t count = hrtf->info.basis_count;
    for (size_t ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        const pinna_blend* blend = &aim->blends[ear];
        const float* rows[3];
        for (int i = 0; i < 3; i++)
            rows[i] = pinna_hrtf_shell(hrtf)->gains + (blend->vertices[i] * PINNA_EAR_COUNT + ear) * count;
        hrtf->kernels->blend3(gains + ear * count, rows[0], rows[1], rows[2], blend->weights[0], blend->weights[1],
                              blend->weights[2], count);
    }
}
