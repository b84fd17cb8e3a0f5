/* SPDX-License-Identifier: MIT */
#include "hrtf/hrtf.h"

void pinna_shell_blend_taps(const pinna_hrtf* hrtf, const pinna_shell* shell, const pinna_blend* blend, int ear,
                            float* taps)
{
    size_t count = hrtf->info.tap_count;
    const float* rows[3];
    for (int i = 0; i < 3; i++) rows[i] = shell->hrirs + ((size_t)blend->vertices[i] * PINNA_EAR_COUNT + (size_t)ear) * count;
    hrtf->kernels->blend3(taps, rows[0], rows[1], rows[2], blend->weights[0], blend->weights[1], blend->weights[2],
                          count);
}

void pinna_shell_blend_gains(const pinna_hrtf* hrtf, const pinna_shell* shell, const pinna_blend* blend, float factor,
                             float* gains)
{
    size_t count = (size_t)hrtf->info.basis_count * PINNA_EAR_COUNT;
    const float* rows[3];
    for (int i = 0; i < 3; i++) rows[i] = shell->gains + blend->vertices[i] * count;
    hrtf->kernels->blend3(gains, rows[0], rows[1], rows[2], blend->weights[0] * factor, blend->weights[1] * factor,
                          blend->weights[2] * factor, count);
}

void pinna_shell_blend_delays(const pinna_shell* shell, const pinna_blend* blend, float delay_frames[PINNA_EAR_COUNT])
{
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        delay_frames[ear] = 0.0f;
        for (int i = 0; i < 3; i++)
            delay_frames[ear] += blend->weights[i] * shell->delays_frames[blend->vertices[i] * PINNA_EAR_COUNT + (uint32_t)ear];
    }
}

void pinna_hrtf_lookup(const pinna_hrtf* hrtf, pinna_vec3 direction, float* left, float* right,
                       float delay_frames[PINNA_EAR_COUNT])
{
    const pinna_shell* shell = pinna_hrtf_shell(hrtf);
    pinna_blend blend = pinna_sphere_locate(&shell->sphere, pinna_vec3_normalize(direction));
    pinna_shell_blend_taps(hrtf, shell, &blend, PINNA_LEFT, left);
    pinna_shell_blend_taps(hrtf, shell, &blend, PINNA_RIGHT, right);
    pinna_shell_blend_delays(shell, &blend, delay_frames);
}

pinna_hrtf_info pinna_hrtf_get_info(const pinna_hrtf* hrtf)
{
    return hrtf->info;
}

pinna_vec3 pinna_hrtf_get_direction(const pinna_hrtf* hrtf, uint32_t index)
{
    const pinna_shell* shell = pinna_hrtf_shell(hrtf);
    return index < shell->direction_count ? shell->directions[index] : (pinna_vec3){1.0f, 0.0f, 0.0f};
}

pinna_hrtf* pinna_hrtf_retain(pinna_hrtf* hrtf)
{
    if (hrtf) atomic_fetch_add_explicit(&hrtf->reference_count, 1, memory_order_relaxed);
    return hrtf;
}

void pinna_hrtf_release(pinna_hrtf* hrtf)
{
    if (!hrtf || atomic_fetch_sub_explicit(&hrtf->reference_count, 1, memory_order_acq_rel) != 1) return;
    pinna_pool pool = hrtf->pool; /* the set itself lies in its pool */
    pinna_pool_free(&pool);
}
