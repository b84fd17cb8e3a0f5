/* SPDX-License-Identifier: MIT */
#include "hrtf/aim.h"

void pinna_hrtf_lookup(const pinna_hrtf* hrtf, pinna_vec3 direction, float* left, float* right,
                       float delay_frames[PINNA_EAR_COUNT])
{
    pinna_aim aim;
    pinna_target target = {.direction = pinna_vec3_normalize(direction), .distance_m = hrtf->info.reference_radius_m};
    pinna_hrtf_aim(hrtf, &target, &aim);
    pinna_aim_taps(hrtf, &aim, PINNA_LEFT, left);
    pinna_aim_taps(hrtf, &aim, PINNA_RIGHT, right);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) delay_frames[ear] = (float)aim.delay_frames[ear];
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
