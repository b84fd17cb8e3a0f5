/* SPDX-License-Identifier: MIT */
#include "live_heads.h"
#include "setup.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT = 8 };

typedef struct kept_head {
    pinna_hrtf* hrtf; /* NULL: none here */
    char* sofa;       /* NULL: the default one */
    pinna_hrtf_options options;
} kept_head;

struct pinna_live_heads {
    uint32_t sample_rate_hz;
    kept_head kept[KEPT];
    size_t oldest;
};

pinna_status pinna_live_heads_create(uint32_t sample_rate_hz, pinna_live_heads** out)
{
    *out = calloc(1, sizeof **out);
    if (!*out) return PINNA_ERROR_MEMORY;
    (*out)->sample_rate_hz = sample_rate_hz;
    return PINNA_OK;
}

static void forget(kept_head* h)
{
    pinna_hrtf_release(h->hrtf);
    free(h->sofa);
    *h = (kept_head){0};
}

void pinna_live_heads_destroy(pinna_live_heads* heads)
{
    for (size_t i = 0; heads && i < KEPT; i++)
        forget(&heads->kept[i]);
    free(heads);
}

static bool is_that(const kept_head* h, const char* sofa, const pinna_hrtf_options* options)
{
    if (!h->hrtf || memcmp(&h->options, options, sizeof *options)) return false;
    return h->sofa && sofa ? !strcmp(h->sofa, sofa) : !h->sofa && !sofa;
}

static void keep(pinna_live_heads* heads, const char* sofa, const pinna_hrtf_options* options, pinna_hrtf* hrtf)
{
    kept_head* place = &heads->kept[heads->oldest];
    char* name = sofa ? strdup(sofa) : NULL;
    if (sofa && !name) return; /* then it is prepared again next time */
    forget(place);
    *place = (kept_head){pinna_hrtf_retain(hrtf), name, *options};
    heads->oldest = (heads->oldest + 1) % KEPT;
}

pinna_status pinna_live_heads_get(pinna_live_heads* heads, const char* sofa, const pinna_preset* preset,
                                  pinna_report* report, pinna_hrtf** out)
{
    for (size_t i = 0; i < KEPT; i++)
        if (is_that(&heads->kept[i], sofa, &preset->hrtf)) {
            *out = pinna_hrtf_retain(heads->kept[i].hrtf);
            return PINNA_OK;
        }
    pinna_status status = pinna_setup_load_hrtf_for(preset, sofa, heads->sample_rate_hz, 0, report, out);
    if (!status) keep(heads, sofa, &preset->hrtf, *out);
    return status;
}
