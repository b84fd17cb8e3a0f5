/* SPDX-License-Identifier: MIT */
#include "render/renderer.h"

/* The audio thread retires sets, the control thread frees them; pointers change hands through atomic slots. */

static bool exact_uses(const pinna_renderer* r, const pinna_hrtf* hrtf)
{
    for (uint32_t i = 0; i < r->exact.used_count; i++)
        if (pinna_exact_hrtf(&r->exact, r->exact.used_voices[i]) == hrtf) return true;
    return false;
}

/* Hands a set over to the control side; false if it has not yet taken the earlier ones. */
static bool retire(pinna_renderer* r, pinna_hrtf* hrtf)
{
    for (int i = 0; i < PINNA_RETIRED_COUNT; i++) {
        pinna_hrtf* empty = NULL;
        if (atomic_compare_exchange_strong_explicit(&r->retired[i], &empty, hrtf, memory_order_release,
                                                    memory_order_relaxed))
            return true;
    }
    return false;
}

void pinna_swap_begin_period(pinna_renderer* r)
{
    pinna_bank* other = &r->banks[r->bank ^ 1];
    if (other->hrtf) {
        if (!pinna_batch_is_idle(&other->batch) || exact_uses(r, other->hrtf) || !retire(r, other->hrtf)) return;
        other->hrtf = NULL;
    }
    if (!atomic_load_explicit(&r->next_hrtf, memory_order_relaxed)) return;
    pinna_hrtf* next = atomic_exchange_explicit(&r->next_hrtf, NULL, memory_order_acquire);
    if (!next) return;
    if (next == r->banks[r->bank].hrtf) {
        pinna_hrtf_release(next); /* frees nothing, for the bank holds the set as well */
        return;
    }
    other->hrtf = next;
    pinna_batch_use(&other->batch, next);
    r->bank ^= 1;
    r->choice++;
    pinna_space_use(&r->space, next);
}

static bool fits(const pinna_renderer* r, const pinna_hrtf* hrtf)
{
    const pinna_hrtf_info* info = &hrtf->info;
    return info->tap_count <= r->path.max_tap_count && info->basis_count <= r->path.max_basis_count &&
           info->max_delay_frames <= (float)r->path.max_delay_frames;
}

pinna_status pinna_renderer_set_hrtf(pinna_renderer* renderer, pinna_hrtf* hrtf)
{
    if (!renderer || !hrtf || hrtf->info.sample_rate_hz != renderer->config.sample_rate_hz) return PINNA_ERROR_ARGUMENT;
    if (!fits(renderer, hrtf)) return PINNA_ERROR_LIMIT;
    pinna_hrtf_release(atomic_exchange_explicit(&renderer->next_hrtf, pinna_hrtf_retain(hrtf), memory_order_acq_rel));
    pinna_renderer_collect(renderer);
    return PINNA_OK;
}

void pinna_renderer_collect(pinna_renderer* renderer)
{
    if (!renderer) return;
    for (int i = 0; i < PINNA_RETIRED_COUNT; i++)
        pinna_hrtf_release(atomic_exchange_explicit(&renderer->retired[i], NULL, memory_order_acquire));
    if (renderer->space.convolver) pinna_convolver_collect(renderer->space.convolver);
}
