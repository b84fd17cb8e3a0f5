/* SPDX-License-Identifier: MIT */
#include "hrtf/store.h"

#include "base/digest.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char magic[8] = {'P', 'I', 'N', 'N', 'A', 'S', 'E', 'T'};

enum { BYTE_ORDER_MARK = 0x01020304, KEY_DIGEST_BYTES = 16, SUMMED_FROM = offsetof(pinna_store_header, byte_count) };

/* Whoever adds a field to one of these decides here what becomes of it: a new array is laid out below, a new option is
   part of the key. Then the number follows. */
_Static_assert(sizeof(void*) != 8 || sizeof(pinna_hrtf) == 136, "store the new part of a set");
_Static_assert(sizeof(void*) != 8 || sizeof(pinna_shell) == 72, "store the new part of a shell");
_Static_assert(sizeof(void*) != 8 || sizeof(pinna_prepare_config) == (16 + sizeof(pinna_hrtf_options) + 7) / 8 * 8,
               "add the new option to the key");
_Static_assert(sizeof(pinna_hrtf_options) % sizeof(float) == 0 && _Alignof(pinna_hrtf_options) == _Alignof(float),
               "options that are not all floats are added one by one");

/* --- key --- */

static void add_number(pinna_digest* digest, uint64_t number)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)(number >> 8 * i);
    pinna_digest_add(digest, bytes, sizeof bytes);
}

pinna_store_key pinna_store_make_key(const void* source, size_t source_bytes, const pinna_prepare_config* config)
{
    pinna_store_key key;
    pinna_digest digest;
    unsigned char sum[KEY_DIGEST_BYTES];
    pinna_digest_start(&digest, sizeof sum);
    pinna_digest_add(&digest, pinna_store_revision, sizeof pinna_store_revision);
    add_number(&digest, config ? config->sample_rate_hz : 0);
    add_number(&digest, config ? config->tap_count : 0);
    if (config) pinna_digest_add(&digest, &config->options, sizeof config->options);
    pinna_digest_add(&digest, source, source ? source_bytes : 0);
    pinna_digest_finish(&digest, sum);
    for (size_t i = 0; i < sizeof sum; i++) snprintf(key.text + 2 * i, 3, "%02x", sum[i]);
    return key;
}

/* --- layout: one list of arrays, by which they are measured, written and found again --- */

typedef struct layout {
    pinna_arena arena;
    bool writes;
} layout;

/* Where an array lies; NULL while only measuring. */
static const void* place(layout* l, const void* array, size_t count, size_t size)
{
    void* here = pinna_arena_take(&l->arena, count, size);
    if (l->writes && here && count > 0) memcpy(here, array, count * size);
    return here;
}

static void place_all(layout* l, const pinna_store_header* h, pinna_store_arrays* a)
{
    (void)pinna_arena_take(&l->arena, 1, sizeof *h);
    a->entries = place(l, a->entries, h->entry_count, sizeof *a->entries);
    a->basis = place(l, a->basis, (size_t)h->info.basis_count * h->info.tap_count, sizeof *a->basis);
    a->ears = place(l, a->ears, 1, sizeof *a->ears);
    for (uint32_t i = 0; i < h->shell_count; i++) {
        pinna_shell* s = &a->shells[i];
        size_t rows = (size_t)s->direction_count * PINNA_EAR_COUNT;
        s->directions = place(l, s->directions, s->direction_count, sizeof *s->directions);
        s->hrirs = place(l, s->hrirs, rows * h->info.tap_count, sizeof *s->hrirs);
        s->delays_frames = place(l, s->delays_frames, rows, sizeof *s->delays_frames);
        s->gains = place(l, s->gains, rows * h->info.basis_count, sizeof *s->gains);
        s->sphere.triangles = place(l, s->sphere.triangles, s->sphere.triangle_count, sizeof *s->sphere.triangles);
        s->sphere.start = place(l, s->sphere.start, PINNA_SPHERE_CELLS * PINNA_SPHERE_CELLS, sizeof *s->sphere.start);
    }
}

static size_t measure(const pinna_store_header* header, const pinna_store_arrays* arrays)
{
    pinna_store_arrays copy = *arrays;
    layout l = {0};
    place_all(&l, header, &copy);
    return l.arena.used;
}

static pinna_checksum sum_up(const unsigned char* bytes, size_t byte_count)
{
    return pinna_checksum_of(bytes + SUMMED_FROM, byte_count - SUMMED_FROM);
}

/* --- save --- */

/* Errors are left out: a set that was made had none. */
static uint32_t pick_entries(const pinna_report* report, pinna_report_entry entries[PINNA_REPORT_MAX])
{
    uint32_t count = 0;
    for (uint32_t i = 0; report && i < report->count && i < PINNA_REPORT_MAX; i++)
        if (report->entries[i].severity != PINNA_SEVERITY_ERROR) entries[count++] = report->entries[i];
    return count;
}

static void describe(const pinna_hrtf* hrtf, pinna_store_header* h, pinna_store_arrays* a)
{
    memcpy(h->magic, magic, sizeof magic);
    memcpy(h->revision, pinna_store_revision, sizeof h->revision);
    h->byte_order = BYTE_ORDER_MARK;
    h->shell_count = hrtf->shell_count;
    h->reference_shell = hrtf->reference_shell;
    h->info = hrtf->info;
    h->nearfield = *hrtf->nearfield;
    a->basis = hrtf->basis;
    a->ears = hrtf->ears;
    for (uint32_t i = 0; i < hrtf->shell_count; i++) {
        const pinna_shell* s = &hrtf->shells[i];
        h->shells[i] =
            (pinna_store_shell){s->radius_m, s->direction_count, s->measured_count, s->sphere.triangle_count};
        a->shells[i] = *s;
    }
}

size_t pinna_store_save(const pinna_hrtf* hrtf, const pinna_store_key* key, const pinna_report* report, void* bytes,
                        size_t capacity)
{
    if (!hrtf || !key) return 0;
    pinna_store_header header = {0};
    pinna_store_arrays arrays = {0};
    pinna_report_entry entries[PINNA_REPORT_MAX];
    describe(hrtf, &header, &arrays);
    memcpy(header.key.text, key->text, sizeof header.key.text);
    header.entry_count = pick_entries(report, entries);
    arrays.entries = entries;
    size_t byte_count = measure(&header, &arrays);
    if (!bytes || capacity < byte_count) return byte_count;
    header.byte_count = byte_count;
    memset(bytes, 0, byte_count); /* what lies between arrays is summed too */
    layout l = {.arena = {.base = bytes}, .writes = true};
    place_all(&l, &header, &arrays);
    memcpy(bytes, &header, sizeof header);
    pinna_checksum checksum = sum_up(bytes, byte_count);
    memcpy((unsigned char*)bytes + offsetof(pinna_store_header, checksum), &checksum, sizeof checksum);
    return byte_count;
}

/* --- open --- */

static pinna_status refuse(pinna_report* report, pinna_status status, const char* name, const char* text)
{
    pinna_report_add(report, PINNA_SEVERITY_ERROR, name, "%s; prepare the set again", text);
    return status;
}

static pinna_status check_origin(const pinna_store_header* h, size_t byte_count, const pinna_store_key* key,
                                 pinna_report* report)
{
    if (memcmp(h->magic, magic, sizeof magic))
        return refuse(report, PINNA_ERROR_FORMAT, "not-stored", "these bytes are no stored set");
    if (h->byte_order != BYTE_ORDER_MARK || memcmp(h->revision, pinna_store_revision, sizeof h->revision))
        return refuse(report, PINNA_ERROR_STALE, "other-version", "another version or kind of machine stored the set");
    if (h->byte_count != byte_count)
        return refuse(report, PINNA_ERROR_FORMAT, "damaged", "the stored set is not as long as it was written");
    if (key && strncmp(h->key.text, key->text, sizeof key->text))
        return refuse(report, PINNA_ERROR_STALE, "other-set", "the stored set is another one than asked for");
    return PINNA_OK;
}

/* Finds the arrays in bytes that are ours by now: whoever gave them may still be writing to his. */
static pinna_status find_arrays(unsigned char* bytes, const pinna_store_header* h, pinna_report* report,
                                pinna_store_arrays* a)
{
    pinna_checksum checksum = sum_up(bytes, (size_t)h->byte_count);
    if (memcmp(&checksum, &h->checksum, sizeof checksum))
        return refuse(report, PINNA_ERROR_FORMAT, "damaged", "the stored set is damaged");
    if (!pinna_store_check_header(h))
        return refuse(report, PINNA_ERROR_DATA, "out-of-range", "the stored set claims what no set can be");
    *a = (pinna_store_arrays){0};
    for (uint32_t i = 0; i < h->shell_count; i++) {
        const pinna_store_shell* s = &h->shells[i];
        a->shells[i] = (pinna_shell){.radius_m = s->radius_m, .direction_count = s->direction_count,
                                     .measured_count = s->measured_count, .sphere.triangle_count = s->triangle_count};
    }
    if (measure(h, a) != h->byte_count)
        return refuse(report, PINNA_ERROR_DATA, "out-of-range", "the stored set has not the size it claims");
    layout l = {.arena = {.base = bytes}};
    place_all(&l, h, a);
    if (!pinna_store_check_arrays(h, a))
        return refuse(report, PINNA_ERROR_DATA, "out-of-range", "the stored set holds a number no set can have");
    return PINNA_OK;
}

static pinna_hrtf* make_set(pinna_pool* pool, const pinna_store_header* h, const pinna_store_arrays* a)
{
    pinna_hrtf* hrtf = pinna_pool_take(pool, 1, sizeof *hrtf);
    pinna_shell* shells = pinna_pool_take(pool, h->shell_count, sizeof *shells);
    pinna_nearfield* nearfield = pinna_pool_take(pool, 1, sizeof *nearfield);
    if (!hrtf || !shells || !nearfield) return NULL;
    memcpy(shells, a->shells, h->shell_count * sizeof *shells);
    *nearfield = h->nearfield;
    hrtf->info = h->info;
    hrtf->kernels = pinna_kernels_select(pinna_cpu_flags());
    hrtf->shell_count = h->shell_count;
    hrtf->reference_shell = h->reference_shell;
    hrtf->shells = shells;
    hrtf->basis = a->basis;
    hrtf->ears = a->ears;
    hrtf->nearfield = nearfield;
    atomic_init(&hrtf->reference_count, 1);
    hrtf->pool = *pool;
    return hrtf;
}

static pinna_status open_in(pinna_pool* pool, const void* bytes, size_t byte_count, const pinna_store_key* key,
                            pinna_report* report, pinna_hrtf** out)
{
    pinna_store_header header;
    pinna_store_arrays arrays;
    if (byte_count < sizeof header)
        return refuse(report, PINNA_ERROR_FORMAT, "not-stored", "these bytes are no stored set");
    unsigned char* copy = pinna_pool_take(pool, byte_count, 1);
    if (!copy) return PINNA_ERROR_MEMORY;
    memcpy(copy, bytes, byte_count);
    memcpy(&header, copy, sizeof header);
    pinna_status status = check_origin(&header, byte_count, key, report);
    if (!status) status = find_arrays(copy, &header, report, &arrays);
    if (status) return status;
    *out = make_set(pool, &header, &arrays);
    if (!*out) return PINNA_ERROR_MEMORY;
    for (uint32_t i = 0; i < header.entry_count; i++)
        pinna_report_add(report, arrays.entries[i].severity, arrays.entries[i].name, "%s", arrays.entries[i].text);
    return PINNA_OK;
}

pinna_status pinna_store_open(const void* bytes, size_t byte_count, const pinna_store_key* key,
                              const pinna_allocator* allocator, pinna_report* report, pinna_hrtf** out)
{
    if (out) *out = NULL;
    if (!out || !bytes) return PINNA_ERROR_ARGUMENT;
    pinna_pool pool;
    pinna_pool_init(&pool, pinna_allocator_or_default(allocator));
    pinna_status status = open_in(&pool, bytes, byte_count, key, report, out);
    if (status) pinna_pool_free(&pool);
    if (status == PINNA_ERROR_MEMORY)
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "memory", "there is not enough memory");
    return status;
}
