/* SPDX-License-Identifier: MIT */
#include "sofa_test.h"

#include "../../sofa/hdf5_bytes.h"
#include "../../sofa/hdf5_check.h"
#include "../../sofa/hdf5_chunks.h"

#include <dirent.h>
#include <time.h>
#include <unistd.h>

enum { TRUNCATIONS = 120, FLIPS = 60 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint32_t next_random(uint32_t* state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Loads from a block of exactly that size, so that a sanitizer sees the first byte read beyond it. */
static pinna_status load_exactly(const unsigned char* bytes, size_t byte_count)
{
    unsigned char* copy = malloc(byte_count ? byte_count : 1);
    memcpy(copy, bytes, byte_count);
    pinna_report report = {0};
    pinna_sofa* sofa = NULL;
    pinna_status status = pinna_sofa_load_memory(copy, byte_count, "hostile", &report, &sofa);
    check_outcome(status, sofa, &report, "hostile");
    pinna_sofa_destroy(sofa);
    free(copy);
    return status;
}

Test(hostile, every_malformed_file_ends_in_a_sentence_or_a_sane_set)
{
    NEED_DATA(folder, "sofa-malformed");
    DIR* listing = opendir(folder);
    cr_assert_not_null(listing);
    uint32_t count = 0;
    for (struct dirent* entry; (entry = readdir(listing));) {
        if (!strstr(entry->d_name, ".sofa")) continue;
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        pinna_report report = {0};
        pinna_sofa* sofa = NULL;
        double start_s = now_s();
        pinna_status status = pinna_sofa_load(path, &report, &sofa);
        cr_assert_lt(now_s() - start_s, 5, "%s", path);
        check_outcome(status, sofa, &report, path);
        pinna_sofa_destroy(sofa);
        count++;
    }
    closedir(listing);
    cr_assert_gt(count, 0);
}

/* Responses are unpacked past libmysofa: to the same bits, and not at all where a chunk is damaged. */
Test(hostile, responses_unpacked_here_are_libmysofas)
{
    static const char* const names[] = {"", "sofa/FHK_HRIR_L2354_v0.4.sofa", "sofa-near/THK_CIRC360_NF025.sofa"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[512], error[PINNA_REPORT_TEXT_BYTES];
        pinna_hdf5_finding finding;
        pinna_sofa_fields here, there;
        size_t byte_count;
        if (i && !data_path(path, names[i])) continue;
        unsigned char* bytes = read_bytes(i ? path : need_kemar(), &byte_count);
        cr_assert_eq(pinna_hdf5_check(bytes, byte_count, &finding), PINNA_OK);
        cr_assert_eq(pinna_sofa_read_mysofa(bytes, byte_count, &there, error, sizeof error), PINNA_OK);
        size_t count = there.impulse_responses.count;
        cr_assert(finding.responses.present, "%s", names[i]);
        cr_assert_eq(pinna_sofa_read_mysofa_unpacked(bytes, byte_count, &finding.responses, &here, error, sizeof error),
                     PINNA_OK);
        cr_assert_eq(here.impulse_responses.count, count);
        cr_assert_arr_eq(here.impulse_responses.values, there.impulse_responses.values, count * sizeof(float), "%s",
                         names[i]);
        pinna_sofa_fields_release(&here);
        pinna_sofa_fields_release(&there);
        float* out = calloc(count, sizeof *out);
        bool unpacks = pinna_hdf5_chunks_read(bytes, byte_count, &finding.responses, out);
        for (size_t at = finding.responses.tree; at < finding.responses.tree + 64;
             at++) { /* any of it, as from a fuzzer */
            unsigned char before = bytes[at];
            bytes[at] ^= 0x15;
            (void)pinna_hdf5_chunks_read(bytes, byte_count, &finding.responses, out);
            bytes[at] = before;
        }
        cr_expect_eq(pinna_hdf5_chunks_read(bytes, byte_count, &finding.responses, out), unpacks);
        cr_expect_not(pinna_hdf5_chunks_read(bytes, (size_t)finding.responses.tree + 30, &finding.responses, out));
        free(out);
        free(bytes);
    }
}

Test(hostile, a_file_cut_anywhere_is_said_to_be_cut)
{
    size_t byte_count;
    unsigned char* bytes = read_bytes(need_kemar(), &byte_count);
    uint32_t state = 1;
    for (uint32_t i = 0; i < TRUNCATIONS; i++) {
        size_t cut = i < 64 ? i : next_random(&state) * (uint64_t)byte_count >> 24;
        pinna_report report = {0};
        pinna_sofa* sofa = NULL;
        pinna_status status = pinna_sofa_load_memory(bytes, cut, "cut.sofa", &report, &sofa);
        cr_assert_eq(status, PINNA_ERROR_FORMAT, "at %zu", cut);
        check_outcome(status, sofa, &report, "cut.sofa");
        if (cut > 200) cr_assert_not_null(strstr(pinna_report_error(&report), "cut off"));
        load_exactly(bytes, cut);
    }
    free(bytes);
}

Test(hostile, flipped_bits_in_the_structure_are_found)
{
    size_t byte_count;
    unsigned char* bytes = read_bytes(need_kemar(), &byte_count);
    enum { HEADERS = 8000 }; /* KEMAR keeps its variables' headers in its first 8000 bytes. */
    uint32_t state = 2, refused = 0;
    for (uint32_t i = 0; i < FLIPS; i++) {
        size_t at = next_random(&state) % HEADERS;
        unsigned char before = bytes[at];
        bytes[at] ^= (unsigned char)(1u << next_random(&state) % 8);
        refused += load_exactly(bytes, byte_count) != PINNA_OK;
        bytes[at] = before;
    }
    /* The rest falls on gaps and on indices that nothing reads. */
    cr_assert_gt(refused, FLIPS / 3, "%u of %d", refused, (int)FLIPS);
    free(bytes);
}

Test(hostile, flipped_bits_anywhere_never_harm)
{
    size_t byte_count;
    unsigned char* bytes = read_bytes(need_kemar(), &byte_count);
    uint32_t state = 3;
    for (uint32_t i = 0; i < 12; i++) {
        size_t at = next_random(&state) * (uint64_t)byte_count >> 24;
        unsigned char before = bytes[at];
        bytes[at] = (unsigned char)next_random(&state);
        load_exactly(bytes, byte_count);
        bytes[at] = before;
    }
    free(bytes);
}

Test(hostile, checksums_are_hdf5s)
{
    /* Published with lookup3: the sum of nothing, and of a sentence, from a zero start. */
    static const char sentence[] = "Four score and seven years ago";
    cr_assert_eq(pinna_hdf5_checksum((const unsigned char*)"", 0), 0xdeadbeefu);
    cr_assert_eq(pinna_hdf5_checksum((const unsigned char*)sentence, 30), 0x17770551u);
}

Test(hostile, reads_beyond_the_end_give_zero_and_stick)
{
    static const unsigned char bytes[] = {1, 2, 3};
    pinna_hdf5_bytes cursor = {.bytes = bytes, .end = sizeof bytes};
    cr_assert_eq(pinna_hdf5_read(&cursor, 2), 0x201);
    cr_assert_eq(pinna_hdf5_read(&cursor, 2), 0);
    cr_assert(cursor.failed);
    cr_assert_eq(pinna_hdf5_read(&cursor, 1), 0);
    cursor = (pinna_hdf5_bytes){.bytes = bytes, .end = sizeof bytes};
    pinna_hdf5_skip(&cursor, UINT64_MAX);
    cr_assert(cursor.failed);
}

/* Ten gigabytes that begin as a file should are refused before they are read; a folder is no file at all. */
Test(hostile, a_file_too_large_to_read)
{
    char path[] = "/tmp/pinna-large-XXXXXX";
    pinna_report report = {0};
    pinna_sofa* sofa;
    int file = mkstemp(path);
    cr_assert_geq(file, 0);
    cr_assert_eq(write(file, "\x89HDF\r\n\x1a\n", 8), 8);
    cr_assert_eq(ftruncate(file, (off_t)10 << 30), 0);
    close(file);
    clock_t before = clock();
    pinna_status status = pinna_sofa_load(path, &report, &sofa);
    unlink(path);
    check_outcome(status, sofa, &report, path);
    cr_assert(has_entry(&report, "file-size"));
    cr_assert_lt((double)(clock() - before) / CLOCKS_PER_SEC, 0.2);
    memset(&report, 0, sizeof report);
    status = pinna_sofa_load("/tmp", &report, &sofa);
    cr_assert_eq(status, PINNA_ERROR_FILE);
    cr_assert_not_null(strstr(pinna_report_error(&report), ".sofa file in it"));
}

/* The reason fits behind any name. */
Test(hostile, a_very_long_name)
{
    enum { LENGTH = 3000 };
    char name[LENGTH + 1];
    pinna_report report = {0};
    pinna_sofa* sofa;
    for (int i = 0; i < LENGTH; i++) name[i] = i % 100 == 99 ? '/' : 'a';
    name[LENGTH] = '\0';
    cr_assert_eq(pinna_sofa_load(name, &report, &sofa), PINNA_ERROR_FILE);
    cr_assert_not_null(strstr(pinna_report_error(&report), "check the path"), "%s", pinna_report_error(&report));
    memset(&report, 0, sizeof report);
    cr_assert_eq(pinna_sofa_load_memory("", 0, name, &report, &sofa), PINNA_ERROR_FORMAT);
    cr_assert_not_null(strstr(pinna_report_error(&report), "it is empty"));
    memset(&report, 0, sizeof report);
    cr_assert_eq(pinna_sofa_load_memory("", 0, "two\nlines, K\xF6ln", &report, &sofa), PINNA_ERROR_FORMAT);
    cr_assert_not_null(strstr(pinna_report_error(&report), "two lines, K\xC3\xB6ln: "));
}
