/* SPDX-License-Identifier: MIT */
#include "heads.h"

#include "hrtf/store.h"
#include "support/failing.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CORRUPTIONS = 10000, FORGERIES = 3000, DIRECTIONS = 24 };

typedef struct stored {
    pinna_hrtf* hrtf;
    pinna_store_key key;
    pinna_report report;
    unsigned char* bytes;
    size_t byte_count;
} stored;

static pinna_measured_set several_radii(const head* h)
{
    pinna_vec3* grid = spiral_grid(2 * DIRECTIONS);
    for (uint32_t i = DIRECTIONS; i < 2 * DIRECTIONS; i++) grid[i] = pinna_vec3_scale(grid[2 * (i - DIRECTIONS)], 0.4f);
    pinna_measured_set set = head_measure(h, grid, 2 * DIRECTIONS);
    free(grid);
    return set;
}

static stored make_stored(void)
{
    stored s = {0};
    head h = usual_head();
    h.tap_count = 64;
    pinna_measured_set set = several_radii(&h);
    pinna_prepare_config config = pinna_prepare_config_default();
    cr_assert_eq(pinna_hrtf_prepare(&set, &config, &s.report, &s.hrtf), PINNA_OK);
    pinna_report_add(&s.report, PINNA_SEVERITY_WARNING, "one-ear", "the right ear was silent");
    s.key = pinna_store_make_key(set.hrirs, 64, &config);
    s.byte_count = pinna_store_save(s.hrtf, &s.key, &s.report, NULL, 0);
    s.bytes = malloc(s.byte_count);
    cr_assert_eq(pinna_store_save(s.hrtf, &s.key, &s.report, s.bytes, s.byte_count), s.byte_count);
    head_free(&set);
    return s;
}

static void free_stored(stored* s)
{
    pinna_hrtf_release(s->hrtf);
    free(s->bytes);
}

static void expect_same_lookups(const pinna_hrtf* a, const pinna_hrtf* b)
{
    float taps[2][PINNA_EAR_COUNT][512], delays[2][PINNA_EAR_COUNT];
    pinna_hrtf_info info = pinna_hrtf_get_info(a), other = pinna_hrtf_get_info(b);
    cr_assert_eq(memcmp(&info, &other, sizeof info), 0);
    pinna_vec3* directions = random_grid(200, 3);
    for (int i = 0; i < 200; i++) {
        pinna_hrtf_lookup(a, directions[i], taps[0][0], taps[0][1], delays[0]);
        pinna_hrtf_lookup(b, directions[i], taps[1][0], taps[1][1], delays[1]);
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
            cr_assert_eq(memcmp(taps[0][ear], taps[1][ear], info.tap_count * sizeof(float)), 0);
        cr_assert_eq(memcmp(delays[0], delays[1], sizeof delays[0]), 0);
    }
    free(directions);
}

static void expect_same_arrays(const pinna_hrtf* a, const pinna_hrtf* b)
{
    cr_assert_eq(a->shell_count, b->shell_count);
    cr_assert_eq(memcmp(a->basis, b->basis, a->info.basis_count * a->info.tap_count * sizeof(float)), 0);
    cr_assert_eq(memcmp(a->nearfield, b->nearfield, sizeof *a->nearfield), 0);
    for (uint32_t s = 0; s < a->shell_count; s++) {
        const pinna_shell *x = &a->shells[s], *y = &b->shells[s];
        size_t rows = (size_t)x->direction_count * PINNA_EAR_COUNT;
        cr_assert_eq(x->radius_m, y->radius_m);
        cr_assert_eq(memcmp(x->hrirs, y->hrirs, rows * a->info.tap_count * sizeof(float)), 0);
        cr_assert_eq(memcmp(x->gains, y->gains, rows * a->info.basis_count * sizeof(float)), 0);
        cr_assert_eq(memcmp(x->delays_frames, y->delays_frames, rows * sizeof(float)), 0);
    }
}

Test(store, what_is_opened_is_what_was_saved)
{
    stored s = make_stored();
    pinna_hrtf* hrtf;
    pinna_report report = {0};
    cr_assert_eq(pinna_store_open(s.bytes, s.byte_count, &s.key, NULL, &report, &hrtf), PINNA_OK);
    cr_assert_gt(hrtf->shell_count, 1);
    expect_same_lookups(s.hrtf, hrtf);
    expect_same_arrays(s.hrtf, hrtf);
    cr_assert_eq(report.count, s.report.count);
    cr_assert(report_has(&report, "one-ear"));
    unsigned char* again = malloc(s.byte_count);
    cr_assert_eq(pinna_store_save(hrtf, &s.key, &report, again, s.byte_count), s.byte_count);
    cr_assert_eq(memcmp(again, s.bytes, s.byte_count), 0);
    free(again);
    pinna_hrtf_release(hrtf);
    free_stored(&s);
}

/* Bytes come from files, at any address. */
Test(store, any_alignment_will_do)
{
    stored s = make_stored();
    unsigned char* shifted = malloc(s.byte_count + 3);
    memcpy(shifted + 3, s.bytes, s.byte_count);
    pinna_hrtf* hrtf;
    cr_assert_eq(pinna_store_open(shifted + 3, s.byte_count, NULL, NULL, NULL, &hrtf), PINNA_OK);
    cr_assert_eq(pinna_store_save(hrtf, &s.key, &s.report, shifted + 1, s.byte_count), s.byte_count);
    cr_assert_eq(memcmp(shifted + 1, s.bytes, s.byte_count), 0);
    pinna_hrtf_release(hrtf);
    free(shifted);
    free_stored(&s);
}

Test(store, the_key_follows_bytes_and_options)
{
    const char bytes[] = "a SOFA file";
    pinna_prepare_config config = pinna_prepare_config_default(), other = config;
    pinna_allocator allocator = {0};
    pinna_store_key key = pinna_store_make_key(bytes, 11, &config);
    cr_assert_eq(strlen(key.text), 32);
    cr_assert_str_eq(pinna_store_make_key(bytes, 11, &config).text, key.text);
    cr_assert_str_neq(pinna_store_make_key(bytes, 10, &config).text, key.text);
    cr_assert_str_neq(pinna_store_make_key("b SOFA file", 11, &config).text, key.text);
    other.allocator = &allocator;
    cr_assert_str_eq(pinna_store_make_key(bytes, 11, &other).text, key.text);
    other.tap_count = 128;
    cr_assert_str_neq(pinna_store_make_key(bytes, 11, &other).text, key.text);
    other = config;
    other.sample_rate_hz = 44100;
    cr_assert_str_neq(pinna_store_make_key(bytes, 11, &other).text, key.text);
    other = config;
    other.options.balance_db = 1.0f;
    cr_assert_str_neq(pinna_store_make_key(bytes, 11, &other).text, key.text);
}

static void expect_refused(const stored* s, size_t byte_count, const pinna_store_key* key, pinna_status expected)
{
    pinna_report report = {0};
    pinna_hrtf* hrtf = s->hrtf;
    cr_assert_eq(pinna_store_open(s->bytes, byte_count, key, NULL, &report, &hrtf), expected);
    cr_assert_null(hrtf);
    cr_assert_eq(report.count, 1);
    cr_assert(strstr(pinna_report_error(&report), "prepare the set again"));
}

Test(store, says_why_it_does_not_open)
{
    stored s = make_stored();
    pinna_store_key other = s.key;
    other.text[5] ^= 1;
    expect_refused(&s, s.byte_count, &other, PINNA_ERROR_STALE);
    expect_refused(&s, s.byte_count - 1, &s.key, PINNA_ERROR_FORMAT);
    expect_refused(&s, 8, &s.key, PINNA_ERROR_FORMAT);
    s.bytes[s.byte_count / 2] ^= 4;
    expect_refused(&s, s.byte_count, &s.key, PINNA_ERROR_FORMAT);
    s.bytes[s.byte_count / 2] ^= 4;
    s.bytes[offsetof(pinna_store_header, revision)] ^= 1;
    expect_refused(&s, s.byte_count, &s.key, PINNA_ERROR_STALE);
    s.bytes[offsetof(pinna_store_header, revision)] ^= 1;
    s.bytes[0] ^= 1;
    expect_refused(&s, s.byte_count, &s.key, PINNA_ERROR_FORMAT);
    free_stored(&s);
}

Test(store, wrong_arguments_are_refused)
{
    stored s = make_stored();
    pinna_hrtf* hrtf;
    unsigned char small[16];
    cr_assert_eq(pinna_store_open(NULL, 10, NULL, NULL, NULL, &hrtf), PINNA_ERROR_ARGUMENT);
    cr_assert_eq(pinna_store_open(s.bytes, s.byte_count, NULL, NULL, NULL, NULL), PINNA_ERROR_ARGUMENT);
    cr_assert_eq(pinna_store_save(NULL, &s.key, NULL, NULL, 0), 0);
    cr_assert_eq(pinna_store_save(s.hrtf, NULL, NULL, NULL, 0), 0);
    cr_assert_gt(pinna_store_save(s.hrtf, &s.key, NULL, small, sizeof small), sizeof small);
    cr_assert_eq(strlen(pinna_store_make_key(NULL, 0, NULL).text), 32);
    free_stored(&s);
}

static uint32_t draw(uint32_t* state, uint32_t below)
{
    *state = *state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(*state >> 4) * below >> 28);
}

/* Bits flipped, one or several, bytes overwritten, pieces cut off or doubled: none opens, so none is ever heard. */
static size_t corrupt(unsigned char* bytes, size_t byte_count, uint32_t* state)
{
    uint32_t kind = draw(state, 5), count = 1 + draw(state, 8);
    if (kind == 0) return draw(state, (uint32_t)byte_count);
    if (kind == 1) {
        memset(bytes + byte_count, 0, count);
        return byte_count + count;
    }
    if (kind == 2) {
        size_t from = draw(state, (uint32_t)byte_count - 64), to = draw(state, (uint32_t)byte_count - 64);
        if (memcmp(bytes + from, bytes + to, 64)) {
            memcpy(bytes + to, bytes + from, 64);
            return byte_count;
        }
    }
    for (uint32_t i = 0; i < (kind == 3 ? count : 1); i++)
        bytes[draw(state, (uint32_t)byte_count)] ^= (unsigned char)(1u << draw(state, 8));
    return byte_count;
}

Test(store, ten_thousand_corruptions_never_open)
{
    stored s = make_stored();
    unsigned char* bytes = malloc(s.byte_count + 16);
    uint32_t state = 1, unchanged = 0;
    for (int i = 0; i < CORRUPTIONS; i++) {
        memcpy(bytes, s.bytes, s.byte_count);
        size_t byte_count = corrupt(bytes, s.byte_count, &state);
        bool same = byte_count == s.byte_count && memcmp(bytes, s.bytes, s.byte_count) == 0; /* flipped back */
        pinna_hrtf* hrtf;
        pinna_status status = pinna_store_open(bytes, byte_count, &s.key, NULL, NULL, &hrtf);
        cr_assert_eq(status == PINNA_OK, same, "corruption %d", i);
        pinna_hrtf_release(hrtf);
        unchanged += same;
    }
    cr_assert_lt(unchanged, 10);
    free(bytes);
    free_stored(&s);
}

static void seal(unsigned char* bytes, size_t byte_count)
{
    pinna_checksum sum = pinna_checksum_of(bytes + offsetof(pinna_store_header, byte_count),
                                           byte_count - offsetof(pinna_store_header, byte_count));
    memcpy(bytes + offsetof(pinna_store_header, checksum), &sum, sizeof sum);
}

static void expect_sane(const pinna_hrtf* hrtf)
{
    static float left[PINNA_HRTF_MAX_TAPS], right[PINNA_HRTF_MAX_TAPS];
    float delays[PINNA_EAR_COUNT];
    pinna_hrtf_info info = pinna_hrtf_get_info(hrtf);
    pinna_vec3* directions = random_grid(20, 5);
    for (int i = 0; i < 20; i++) {
        pinna_hrtf_lookup(hrtf, directions[i], left, right, delays);
        for (uint32_t n = 0; n < info.tap_count; n++) cr_assert(isfinite(left[n]) && isfinite(right[n]));
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
            cr_assert(delays[ear] >= 0.0f && delays[ear] <= info.max_delay_frames);
    }
    free(directions);
}

/* Bytes of somebody who knows the checksum: what opens can be used, whatever it says. */
Test(store, forged_bytes_open_to_something_usable_or_not_at_all)
{
    static const uint32_t evil[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fc00000, 0x7f800000, 0x7f7fffff};
    stored s = make_stored();
    unsigned char* bytes = malloc(s.byte_count);
    uint32_t state = 2, opened = 0;
    for (int i = 0; i < FORGERIES; i++) {
        memcpy(bytes, s.bytes, s.byte_count);
        size_t reach = i % 2 ? sizeof(pinna_store_header) : s.byte_count;
        size_t at = draw(&state, (uint32_t)(reach - 4)) & ~(size_t)3;
        memcpy(bytes + at, &evil[draw(&state, sizeof evil / sizeof *evil)], 4);
        seal(bytes, s.byte_count);
        pinna_hrtf* hrtf;
        if (pinna_store_open(bytes, s.byte_count, NULL, NULL, NULL, &hrtf)) continue;
        expect_sane(hrtf);
        pinna_hrtf_release(hrtf);
        opened++;
    }
    cr_assert(opened > FORGERIES / 10 && opened < FORGERIES, "%u", opened);
    free(bytes);
    free_stored(&s);
}

/* Counts that agree with each other, and not with the size. */
Test(store, a_size_that_does_not_fit_its_counts_is_refused)
{
    stored s = make_stored();
    pinna_store_header header;
    memcpy(&header, s.bytes, sizeof header);
    header.info.tap_count += 16;
    memcpy(s.bytes, &header, sizeof header);
    seal(s.bytes, s.byte_count);
    expect_refused(&s, s.byte_count, &s.key, PINNA_ERROR_DATA);
    free_stored(&s);
}

Test(store, every_failing_allocation_is_survived)
{
    stored s = make_stored();
    pinna_status status = PINNA_ERROR_MEMORY;
    size_t good = 0;
    for (; status == PINNA_ERROR_MEMORY && good < 100; good++) {
        failing_allocator memory = failing_after(good);
        pinna_allocator allocator = counted_allocator(&memory);
        pinna_hrtf* hrtf;
        status = pinna_store_open(s.bytes, s.byte_count, NULL, &allocator, NULL, &hrtf);
        cr_assert_eq(hrtf != NULL, status == PINNA_OK);
        pinna_hrtf_release(hrtf);
        cr_assert_eq(memory.live, 0);
    }
    cr_assert(status == PINNA_OK && good > 2);
    free_stored(&s);
}
