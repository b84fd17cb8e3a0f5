/* SPDX-License-Identifier: MIT */
#include "live_loader.h"
#include "setup.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct pinna_live_loader {
    pthread_t thread;
    bool running;
    atomic_bool ready;
    char *name, *text;
    pinna_live_loaded loaded;
    pinna_report report;
};

pinna_status pinna_live_loader_create(pinna_live_loader** out)
{
    *out = calloc(1, sizeof **out);
    return *out ? PINNA_OK : PINNA_ERROR_MEMORY;
}

static void* run(void* user)
{
    pinna_live_loader* loader = user;
    pinna_live_loaded* loaded = &loader->loaded;
    const pinna_live_load* load = &loaded->load;
    if (load->is_head)
        loaded->status =
            pinna_setup_load_hrtf(load->sofa, load->player.sample_rate_hz, 0, &loader->report, &loaded->hrtf);
    else
        loaded->status = pinna_live_player_create(&load->player, &loader->report, &loaded->player);
    if (loaded->status) {
        const char* why = pinna_report_error(&loader->report);
        loaded->problem = why ? why : pinna_status_string(loaded->status);
    }
    atomic_store(&loader->ready, true);
    return NULL;
}

static void release_load(pinna_live_loader* loader)
{
    pinna_hrtf_release(loader->loaded.load.player.hrtf);
    free(loader->name);
    free(loader->text);
    loader->name = loader->text = NULL;
    loader->loaded.load.player.hrtf = NULL;
}

bool pinna_live_loader_begin(pinna_live_loader* loader, const pinna_live_load* load)
{
    if (loader->running) return false;
    loader->loaded = (pinna_live_loaded){.load = *load};
    loader->report.count = 0;
    pinna_live_player_config* player = &loader->loaded.load.player;
    loader->name = load->player.name ? strdup(load->player.name) : NULL;
    loader->text = load->player.text ? strdup(load->player.text) : NULL;
    player->name = loader->name;
    player->text = loader->text;
    if (player->hrtf) pinna_hrtf_retain(player->hrtf);
    atomic_store(&loader->ready, false);
    bool copied = (!load->player.name || loader->name) && (!load->player.text || loader->text);
    loader->running = copied && !pthread_create(&loader->thread, NULL, run, loader);
    if (!loader->running) release_load(loader);
    return loader->running;
}

bool pinna_live_loader_is_busy(const pinna_live_loader* loader)
{
    return loader->running;
}

bool pinna_live_loader_take(pinna_live_loader* loader, pinna_live_loaded* out)
{
    if (!loader->running || !atomic_load(&loader->ready)) return false;
    pthread_join(loader->thread, NULL);
    loader->running = false;
    release_load(loader);
    *out = loader->loaded;
    return true;
}

void pinna_live_loader_destroy(pinna_live_loader* loader)
{
    if (!loader) return;
    if (loader->running) {
        pthread_join(loader->thread, NULL);
        release_load(loader);
        pinna_live_player_destroy(loader->loaded.player);
        pinna_hrtf_release(loader->loaded.hrtf);
    }
    free(loader);
}
