/* SPDX-License-Identifier: MIT */
/* An allocator that counts, and fails from a chosen call on. */
#ifndef PINNA_TESTS_FAILING_H
#define PINNA_TESTS_FAILING_H

#include <pinna/base.h>

#include <stdlib.h>

typedef struct failing_allocator {
    size_t good;  /* calls that still succeed */
    size_t taken; /* calls made */
    size_t live;  /* blocks not released */
    bool once;    /* only one call fails; those after it succeed again */
} failing_allocator;

static inline failing_allocator failing_after(size_t good)
{
    return (failing_allocator){.good = good};
}

static inline void* failing_allocate(void* user, size_t byte_count)
{
    failing_allocator* a = user;
    size_t call = a->taken++;
    if (a->once ? call == a->good : call >= a->good) return NULL;
    void* memory = malloc(byte_count);
    if (memory) a->live++;
    return memory;
}

static inline void failing_release(void* user, void* memory)
{
    failing_allocator* a = user;
    a->live--;
    free(memory);
}

static inline pinna_allocator counted_allocator(failing_allocator* a)
{
    return (pinna_allocator){failing_allocate, failing_release, a};
}

#endif
