/* SPDX-License-Identifier: MIT */
#if defined(__linux__)
#define _DEFAULT_SOURCE /* madvise */
#endif

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

/* What thousands of sources need spans more pages than a processor has entries for; larger pages are offered on
   request. */
static void* allocate_large(size_t byte_count)
{
#if defined(MADV_HUGEPAGE)
    enum { LARGE_PAGE = 2 << 20 };
    size_t whole = (byte_count + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
    void* memory = aligned_alloc(LARGE_PAGE, whole);
    if (memory) (void)madvise(memory, whole, MADV_HUGEPAGE); /* only a wish */
    return memory;
#else
    return malloc(byte_count);
#endif
}

static void* default_allocate(void* user, size_t byte_count)
{
    enum { LARGE_FROM = 4 << 20, LARGE_TO = 1 << 30 /* what is larger still should not be rounded up */ };
    (void)user;
    return byte_count >= LARGE_FROM && byte_count <= LARGE_TO ? allocate_large(byte_count) : malloc(byte_count);
}

static void default_release(void* user, void* memory)
{
    (void)user;
    free(memory);
}

pinna_allocator pinna_allocator_default(void)
{
    return (pinna_allocator){default_allocate, default_release, NULL};
}

pinna_allocator pinna_allocator_or_default(const pinna_allocator* allocator)
{
    return allocator ? *allocator : pinna_allocator_default();
}

static size_t aligned_up(size_t bytes)
{
    return (bytes + (PINNA_ALIGNMENT - 1)) & ~(size_t)(PINNA_ALIGNMENT - 1);
}

void* pinna_arena_take(pinna_arena* arena, size_t count, size_t size)
{
    if (arena->used == SIZE_MAX || (size && count > (SIZE_MAX / 2) / size)) {
        arena->used = SIZE_MAX;
        return NULL;
    }
    size_t offset = aligned_up(arena->used), bytes = count * size;
    if (offset > SIZE_MAX / 2) {
        arena->used = SIZE_MAX;
        return NULL;
    }
    arena->used = offset + bytes;
    return arena->base ? arena->base + offset : NULL;
}

/* Stands at the start of each block; its size is a whole alignment. */
struct pinna_pool_block {
    struct pinna_pool_block* older;
    void* memory; /* what the allocator returned */
};

void pinna_pool_init(pinna_pool* pool, pinna_allocator allocator)
{
    *pool = (pinna_pool){allocator, NULL, false};
}

void* pinna_pool_take(pinna_pool* pool, size_t count, size_t size)
{
    if (size && count > (SIZE_MAX / 2) / size) {
        pool->failed = true;
        return NULL;
    }
    size_t bytes = count * size;
    void* memory = pool->allocator.allocate(pool->allocator.user, bytes + 2 * PINNA_ALIGNMENT);
    if (!memory) {
        pool->failed = true;
        return NULL;
    }
    unsigned char* start = (unsigned char*)memory + sizeof(struct pinna_pool_block);
    start += (PINNA_ALIGNMENT - (uintptr_t)start % PINNA_ALIGNMENT) % PINNA_ALIGNMENT;
    struct pinna_pool_block* block = (struct pinna_pool_block*)(void*)(start - sizeof *block);
    block->older = pool->newest;
    block->memory = memory;
    pool->newest = block;
    memset(start, 0, bytes);
    return start;
}

void pinna_pool_free(pinna_pool* pool)
{
    struct pinna_pool_block* block = pool->newest;
    while (block) {
        struct pinna_pool_block* older = block->older;
        pool->allocator.release(pool->allocator.user, block->memory);
        block = older;
    }
    pool->newest = NULL;
    pool->failed = false;
}
