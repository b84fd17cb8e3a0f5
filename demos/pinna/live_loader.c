/* SPDX-License-Identifier: MIT */
#include "live_loader.h"

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
    loaded->status = pinna_live_player_create(&load->player, &loader->report, &loaded->player);
    if (loaded->status) {
        const char* why = pinna_report_error(&loader->report);
        loaded->problem = why ? why : pinna_status_string(loaded->status);
    }
    atomic_store(&loader->ready, true);
    return NULL;
}

static void release_texts(pinna_live_loader* loader)
{
    pinna_live_load* load = &loader->loaded.load;
    free(loader->name);
    free(loader->text);
    loader->name = loader->text = NULL;
    load->player.name = load->player.text = NULL;
}

/* False without memory. */
static bool copy_texts(pinna_live_loader* loader, const pinna_live_load* from)
{
    pinna_live_load* load = &loader->loaded.load;
    load->player.name = loader->name = from->player.name ? strdup(from->player.name) : NULL;
    load->player.text = loader->text = from->player.text ? strdup(from->player.text) : NULL;
    return (!from->player.name || loader->name) && (!from->player.text || loader->text);
}

bool pinna_live_loader_begin(pinna_live_loader* loader, const pinna_live_load* load)
{
    if (loader->running) return false;
    loader->loaded = (pinna_live_loaded){.load = *load};
    loader->report.count = 0;
    atomic_store(&loader->ready, false);
    loader->running = copy_texts(loader, load) && !pthread_create(&loader->thread, NULL, run, loader);
    if (!loader->running) release_texts(loader);
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
    release_texts(loader);
    *out = loader->loaded;
    return true;
}

void pinna_live_loader_destroy(pinna_live_loader* loader)
{
    if (!loader) return;
    if (loader->running) {
        pthread_join(loader->thread, NULL);
        release_texts(loader);
        pinna_live_player_destroy(loader->loaded.player);
    }
    free(loader);
}
