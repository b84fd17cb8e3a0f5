/* SPDX-License-Identifier: MIT */
/* Two renderers share one set on two threads, and each renders what it would alone. */
#include "support.h"

#include <pthread.h>

enum { BLOCK = 128, BLOCKS = 200, SOURCES = 30 };

typedef struct job {
    pinna_renderer* renderer;
    pinna_source sources[SOURCES];
    float out[2][BLOCK * BLOCKS];
} job;

static job* job_create(pinna_hrtf* hrtf)
{
    job* j = calloc(1, sizeof *j);
    pinna_renderer_config config = sphere_config(hrtf, PINNA_METHOD_AUTO);
    j->renderer = renderer_of(&config);
    for (int i = 0; i < SOURCES; i++)
        j->sources[i] = source_at(j->renderer, 1.0f, 0.2f * (float)i - 3.0f, 0.5f);
    return j;
}

static void job_destroy(job* j)
{
    pinna_renderer_destroy(j->renderer);
    free(j);
}

static void* run(void* argument)
{
    job* j = argument;
    float samples[BLOCK];
    pinna_input inputs[SOURCES];
    for (int block = 0; block < BLOCKS; block++) {
        for (int n = 0; n < BLOCK; n++)
            samples[n] = sinf(0.05f * (float)(block * BLOCK + n));
        for (int i = 0; i < SOURCES; i++) {
            pinna_source_params params = pinna_source_params_default();
            params.position = pinna_direction_from_spherical((float)(12 * i + 3 * block), (float)(i - 15));
            if (pinna_source_set_params(j->renderer, j->sources[i], &params)) return argument;
            inputs[i] = (pinna_input){j->sources[i], samples};
        }
        size_t heard = block % 50 < 25 ? 5 : SOURCES;
        pinna_renderer_process(j->renderer, inputs, heard, j->out[0] + block * BLOCK, j->out[1] + block * BLOCK, BLOCK);
    }
    return NULL;
}

Test(two_renderers, one_set)
{
    pinna_hrtf* hrtf = sphere_head();
    job *alone = job_create(hrtf), *together[2] = {job_create(hrtf), job_create(hrtf)};
    pinna_hrtf_release(hrtf); /* the renderers hold it */
    cr_assert_null(run(alone));
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, run, together[i]), 0);
    for (int i = 0; i < 2; i++) {
        void* failed = NULL;
        pthread_join(threads[i], &failed);
        cr_expect_null(failed);
        cr_expect_eq(memcmp(together[i]->out, alone->out, sizeof alone->out), 0, "renderer %d", i);
        job_destroy(together[i]);
    }
    cr_expect_gt(loudest(alone->out[0], BLOCK * BLOCKS), 0.1);
    job_destroy(alone);
}
