/* SPDX-License-Identifier: MIT */
/* Storage only the HDF5 library itself writes: LZF, and what lies elsewhere. */
#include "sofa_test.h"

#ifdef PINNA_SOFA_HDF5
#include <hdf5.h>
#include <unistd.h>

enum { COUNT = 12, TAPS = 64, LZF = 32000 };

/* Packs with LZF: runs of a byte as copies from one back, all else as it is. */
static size_t pack(const unsigned char* in, size_t count, unsigned char* out)
{
    size_t made = 0, i = 0;
    while (i < count) {
        size_t run = 1;
        while (i > 0 && i + run <= count && run < 264 && in[i + run - 1] == in[i - 1]) run++;
        run--;
        if (run >= 3) {
            size_t more = run - 2;
            out[made++] = (unsigned char)((more < 7 ? more : 7) << 5);
            if (more >= 7) out[made++] = (unsigned char)(more - 7);
            out[made++] = 0;
            i += run;
        } else {
            out[made++] = 0, out[made++] = in[i++];
        }
    }
    return made;
}

static size_t filter(unsigned flags, size_t value_count, const unsigned values[], size_t byte_count, size_t* room,
                     void** bytes)
{
    (void)value_count, (void)values;
    cr_assert_not(flags & H5Z_FLAG_REVERSE);
    unsigned char* out = H5allocate_memory(2 * byte_count, false);
    size_t made = pack(*bytes, byte_count, out);
    H5free_memory(*bytes);
    *bytes = out, *room = 2 * byte_count;
    return made;
}

static float sample(size_t i)
{
    size_t n = i % TAPS;
    return n < 8 ? 0 : (float)((i * 2654435761u >> 7) % 1000) / (float)(1000 * n) - 0.01f;
}

static void put(hid_t file, const char* name, int rank, const hsize_t* sizes, const float* values, hid_t plan)
{
    hid_t space = H5Screate_simple(rank, sizes, NULL);
    hid_t set = H5Dcreate2(file, name, H5T_NATIVE_FLOAT, space, H5P_DEFAULT, plan, H5P_DEFAULT);
    cr_assert_geq(set, 0, "%s", name);
    if (values) cr_assert_geq(H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
    H5Dclose(set);
    H5Sclose(space);
}

/* Responses by a plan of creation; without values where the plan says where they are. */
static pinna_status load(hid_t plan, bool has_values, pinna_report* report, pinna_sofa** sofa)
{
    char path[] = "/tmp/pinna-packed-XXXXXX";
    float responses[COUNT * 2 * TAPS], positions[COUNT * 3], rate = 48000;
    for (size_t i = 0; i < COUNT * 2 * TAPS; i++) responses[i] = sample(i);
    for (size_t m = 0; m < COUNT; m++)
        positions[3 * m] = 30.0f * (float)m, positions[3 * m + 1] = 0, positions[3 * m + 2] = 1;
    int made = mkstemp(path);
    cr_assert_geq(made, 0);
    close(made);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    put(file, "Data.IR", 3, (const hsize_t[]){COUNT, 2, TAPS}, has_values ? responses : NULL, plan);
    put(file, "Data.SamplingRate", 1, (const hsize_t[]){1}, &rate, H5P_DEFAULT);
    put(file, "SourcePosition", 2, (const hsize_t[]){COUNT, 3}, positions, H5P_DEFAULT);
    H5Fclose(file);
    memset(report, 0, sizeof *report);
    pinna_status status = pinna_sofa_load(path, report, sofa);
    unlink(path);
    return status;
}

Test(packed, lzf)
{
    static const H5Z_class2_t lzf = {.version = H5Z_CLASS_T_VERS, .id = LZF, .encoder_present = 1,
                                     .decoder_present = 1, .name = "lzf", .filter = filter};
    static const hsize_t chunk[] = {5, 2, TAPS};
    for (int shuffled = 0; shuffled < 2; shuffled++) {
        pinna_report report;
        pinna_sofa* sofa;
        hid_t plan = H5Pcreate(H5P_DATASET_CREATE);
        H5Zregister(&lzf);
        H5Pset_chunk(plan, 3, chunk);
        if (shuffled) H5Pset_shuffle(plan);
        H5Pset_filter(plan, LZF, 0, 0, NULL);
        pinna_status status = load(plan, true, &report, &sofa);
        H5Pclose(plan);
        if (status) print_entries(&report);
        cr_assert_eq(status, PINNA_OK);
        const pinna_measured_set* set = pinna_sofa_measured(sofa);
        cr_assert_eq(set->measurement_count, COUNT);
        for (size_t i = 0; i < COUNT * 2 * TAPS; i++) cr_assert_eq(set->hrirs[i], sample(i), "sample %zu", i);
        pinna_sofa_destroy(sofa);
    }
}

Test(packed, other_files_are_never_read)
{
#ifdef PINNA_COVERAGE
    cr_skip_test("where lines are counted the process that reads may open files, to count in");
#endif
    for (int is_virtual = 0; is_virtual < 2; is_virtual++) {
        static const hsize_t sizes[] = {COUNT, 2, TAPS};
        pinna_report report;
        pinna_sofa* sofa;
        hid_t plan = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(3, sizes, NULL);
        if (is_virtual) H5Pset_virtual(plan, space, "/etc/other.sofa", "Data.IR", space);
        else H5Pset_external(plan, "/etc/hostname", 0, COUNT * 2 * TAPS * sizeof(float));
        pinna_status status = load(plan, false, &report, &sofa);
        H5Pclose(plan);
        H5Sclose(space);
        cr_assert_eq(status, PINNA_ERROR_UNSUPPORTED, "%d", is_virtual);
        cr_assert_not_null(strstr(pinna_report_error(&report), "another file"));
    }
}

#endif
