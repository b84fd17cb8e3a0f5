/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "base/memory.h"
#include "support/failing.h"

#include <stdlib.h>
#include <string.h>

static void lay_out(pinna_arena* arena, void* pieces[5])
{
    static const size_t counts[5] = {1, 3, 100, 0, 7}, sizes[5] = {1, 13, 8, 4, 65};
    for (int i = 0; i < 5; i++) pieces[i] = pinna_arena_take(arena, counts[i], sizes[i]);
}

Test(arena, measured_and_placed_agree)
{
    void* pieces[5];
    pinna_arena measuring = {0};
    lay_out(&measuring, pieces);
    for (int i = 0; i < 5; i++) cr_expect_null(pieces[i]);
    unsigned char* memory = aligned_alloc(PINNA_ALIGNMENT, (measuring.used + 63) / 64 * 64);
    pinna_arena placing = {.base = memory};
    lay_out(&placing, pieces);
    cr_expect_eq(placing.used, measuring.used);
    for (int i = 0; i < 5; i++) {
        cr_expect_eq((uintptr_t)pieces[i] % PINNA_ALIGNMENT, 0);
        cr_expect((unsigned char*)pieces[i] >= memory && (unsigned char*)pieces[i] <= memory + measuring.used);
    }
    cr_expect((unsigned char*)pieces[4] + 7 * 65 == memory + measuring.used, "the last piece ends the arena");
    cr_expect((unsigned char*)pieces[2] >= (unsigned char*)pieces[1] + 3 * 13, "pieces do not overlap");
    free(memory);
}

Test(arena, overflow_is_remembered)
{
    static const size_t bad[][2] = {{SIZE_MAX, 2}, {SIZE_MAX / 2 + 1, 1}, {2, SIZE_MAX}, {SIZE_MAX / 64, 65}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        pinna_arena arena = {0};
        cr_expect_null(pinna_arena_take(&arena, bad[i][0], bad[i][1]));
        cr_expect_eq(arena.used, SIZE_MAX);
        cr_expect_null(pinna_arena_take(&arena, 1, 1));
        cr_expect_eq(arena.used, SIZE_MAX, "stays overflowed");
    }
}

Test(arena, many_large_pieces_overflow_too)
{
    pinna_arena arena = {0};
    for (int i = 0; i < 8; i++) pinna_arena_take(&arena, SIZE_MAX / 4, 1);
    cr_expect_eq(arena.used, SIZE_MAX);
}

Test(pool, blocks_are_cleared_aligned_and_separate)
{
    failing_allocator counted = failing_after(SIZE_MAX);
    pinna_pool pool;
    pinna_pool_init(&pool, counted_allocator(&counted));
    unsigned char* blocks[20];
    for (size_t i = 0; i < 20; i++) {
        blocks[i] = pinna_pool_take(&pool, i * 7, 3);
        cr_assert_not_null(blocks[i]);
        cr_expect_eq((uintptr_t)blocks[i] % PINNA_ALIGNMENT, 0);
        for (size_t n = 0; n < i * 21; n++) cr_assert_eq(blocks[i][n], 0);
        memset(blocks[i], (int)i + 1, i * 21);
    }
    for (size_t i = 0; i < 20; i++)
        for (size_t n = 0; n < i * 21; n++) cr_assert_eq(blocks[i][n], i + 1);
    cr_expect_not(pool.failed);
    cr_expect_eq(counted.live, 20);
    pinna_pool_free(&pool);
    cr_expect_eq(counted.live, 0);
}

Test(pool, a_failing_allocator_is_noticed_and_nothing_leaks)
{
    for (size_t good = 0; good < 6; good++) {
        failing_allocator failing = failing_after(good);
        pinna_pool pool;
        pinna_pool_init(&pool, counted_allocator(&failing));
        for (size_t i = 0; i < 6; i++) cr_expect_eq(pinna_pool_take(&pool, 10, 10) != NULL, i < good);
        cr_expect(pool.failed);
        pinna_pool_free(&pool);
        cr_expect_eq(failing.live, 0);
        cr_expect_not(pool.failed, "a freed pool is as new");
    }
}

Test(pool, overflow_asks_for_nothing)
{
    failing_allocator counted = failing_after(SIZE_MAX);
    pinna_pool pool;
    pinna_pool_init(&pool, counted_allocator(&counted));
    cr_expect_null(pinna_pool_take(&pool, SIZE_MAX, 2));
    cr_expect_null(pinna_pool_take(&pool, SIZE_MAX / 2 + 1, 1));
    cr_expect_null(pinna_pool_take(&pool, 3, SIZE_MAX / 3));
    cr_expect(pool.failed);
    cr_expect_eq(counted.taken, 0);
    pinna_pool_free(&pool);
}

Test(pool, freeing_an_empty_pool_does_nothing)
{
    pinna_pool pool;
    pinna_pool_init(&pool, pinna_allocator_default());
    pinna_pool_free(&pool);
    pinna_pool_free(&pool);
    cr_expect_null(pool.newest);
}
