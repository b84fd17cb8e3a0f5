/* SPDX-License-Identifier: MIT */
/* Memory for objects that take all they need at once and give it back at once. */
#ifndef PINNA_BASE_MEMORY_H
#define PINNA_BASE_MEMORY_H

#include <pinna/base.h>

enum { PINNA_ALIGNMENT = 64 /**< One cache line and the widest vector. */ };

/** malloc and free. */
pinna_allocator pinna_allocator_default(void);

/** The given allocator, or the default for NULL. */
pinna_allocator pinna_allocator_or_default(const pinna_allocator* allocator);

/**
 * A layout: run it once over no memory to learn the size, once over memory to hand out the pieces. Both runs are the
 * same code, so they cannot disagree.
 */
typedef struct pinna_arena {
    unsigned char* base; /**< NULL: only measures. */
    size_t used;         /**< SIZE_MAX after an overflow. */
} pinna_arena;

/** count * size bytes aligned to PINNA_ALIGNMENT (if base is). NULL while measuring. Not cleared. */
void* pinna_arena_take(pinna_arena* arena, size_t count, size_t size);

/** Blocks of changing sizes that live and die together. */
typedef struct pinna_pool {
    pinna_allocator allocator;
    struct pinna_pool_block* newest;
    bool failed; /**< Some take returned NULL. */
} pinna_pool;

void pinna_pool_init(pinna_pool* pool, pinna_allocator allocator);

/** count * size bytes, aligned to PINNA_ALIGNMENT and cleared, or NULL (overflow, no memory; failed is set). */
void* pinna_pool_take(pinna_pool* pool, size_t count, size_t size);

/** Frees every block. */
void pinna_pool_free(pinna_pool* pool);

/** Asks for memory ahead of its use. */
static inline void pinna_prefetch(const void* memory, size_t size)
{
    for (size_t at = 0; at < size; at += PINNA_ALIGNMENT) __builtin_prefetch((const char*)memory + at, 0, 2);
}

#endif
