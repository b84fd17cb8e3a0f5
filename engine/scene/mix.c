/* SPDX-License-Identifier: MIT */
#include <pinna/mix.h>

pinna_mix_params pinna_mix_params_default(void)
{
    return (pinna_mix_params){
        .duck_threshold_db = -50.0f, .duck_attack_s = 0.03f, .duck_hold_s = 0.8f, .duck_release_s = 0.6f};
}
