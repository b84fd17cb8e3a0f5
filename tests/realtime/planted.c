/* SPDX-License-Identifier: MIT */
/* The renderer as it is, but for a breach of its promise where process begins to work. */
#include "planted.h"

#include "base/denormals.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

plant planted;

enum { QUIET_CALLS = 200 };

static void breach(void)
{
    static uint32_t call_count;
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static void* volatile kept; /* volatile: else a compiler may see that nobody needs the memory */
    if (++call_count < QUIET_CALLS) return;
    switch (planted) {
    case PLANT_NOTHING: break;
    case PLANT_MALLOC: kept = malloc(16); break;
    case PLANT_FREE: free(kept); break;
    case PLANT_MUTEX:
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
        break;
    case PLANT_MESSAGE: printf("rendering\n"); break;
    case PLANT_SYSTEM_CALL: (void)getppid(); break;
    }
}

static inline pinna_denormals denormals_off_and_breach(void)
{
    breach();
    return pinna_denormals_off();
}

#define pinna_denormals_off denormals_off_and_breach
#include "render/renderer.c"
