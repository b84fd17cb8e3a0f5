/* SPDX-License-Identifier: MIT */
#include "sofa_test.h"

#include "../../sofa/netcdf_file.h"

#include <math.h>
#include <unistd.h>

Test(files, kemar_is_what_mit_measured)
{
    pinna_report report = {0};
    pinna_sofa* sofa = load_good(need_kemar(), &report);
    const pinna_measured_set* set = pinna_sofa_measured(sofa);
    const pinna_sofa_info* info = pinna_sofa_get_info(sofa);
    cr_assert_eq(set->measurement_count, 710);
    cr_assert_eq(set->tap_count, 512);
    cr_assert_eq(set->sample_rate_hz, 44100.0);
    cr_assert_null(set->delays_frames);
    cr_assert_str_eq(info->convention, "SimpleFreeFieldHRIR");
    cr_assert_str_eq(info->database, "MIT");
    cr_assert_eq(info->measurement_count, 710);
    for (uint32_t m = 0; m < set->measurement_count; m++)
        cr_assert_float_eq(pinna_vec3_length(set->positions_m[m]), 1.4f, 1e-5f);
    for (uint32_t i = 0; i < report.count; i++) cr_assert_eq(report.entries[i].severity, PINNA_SEVERITY_NOTE);
    pinna_sofa_destroy(sofa);
}

Test(files, sources_on_the_left_are_louder_at_the_left_ear)
{
    pinna_report report = {0};
    pinna_sofa* sofa = load_good(need_kemar(), &report);
    const pinna_measured_set* set = pinna_sofa_measured(sofa);
    uint32_t checked = 0;
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        pinna_vec3 direction = pinna_vec3_normalize(set->positions_m[m]);
        if (fabsf(direction.y) < 0.5f) continue;
        double energy[PINNA_EAR_COUNT] = {0};
        for (size_t i = 0; i < (size_t)PINNA_EAR_COUNT * set->tap_count; i++) {
            double x = (double)set->hrirs[(size_t)m * PINNA_EAR_COUNT * set->tap_count + i];
            energy[i / set->tap_count] += x * x;
        }
        cr_assert_eq(energy[PINNA_LEFT] > energy[PINNA_RIGHT], direction.y > 0, "measurement %u", m);
        checked++;
    }
    cr_assert_gt(checked, 200);
    pinna_sofa_destroy(sofa);
}

Test(files, memory_gives_what_the_file_gives)
{
    pinna_report report = {0};
    const char* path = need_kemar();
    size_t byte_count;
    unsigned char* bytes = read_bytes(path, &byte_count);
    pinna_sofa *from_file = load_good(path, &report), *from_memory = NULL;
    cr_assert_eq(pinna_sofa_load_memory(bytes, byte_count, "kemar", &report, &from_memory), PINNA_OK);
    const pinna_measured_set *a = pinna_sofa_measured(from_file), *b = pinna_sofa_measured(from_memory);
    cr_assert_eq(a->measurement_count, b->measurement_count);
    cr_assert_eq(memcmp(a->hrirs, b->hrirs, (size_t)a->measurement_count * 2 * a->tap_count * sizeof(float)), 0);
    cr_assert_eq(memcmp(a->positions_m, b->positions_m, a->measurement_count * sizeof(pinna_vec3)), 0);
    pinna_sofa_destroy(from_file);
    pinna_sofa_destroy(from_memory);
    free(bytes);
}

Test(files, bytes_after_the_end_are_ignored_by_name)
{
    pinna_report report = {0};
    size_t byte_count;
    unsigned char* bytes = read_bytes(need_kemar(), &byte_count);
    bytes = realloc(bytes, byte_count + 100);
    memset(bytes + byte_count, 7, 100);
    pinna_sofa* sofa = NULL;
    cr_assert_eq(pinna_sofa_load_memory(bytes, byte_count + 100, "kemar", &report, &sofa), PINNA_OK);
    cr_assert(has_entry(&report, "trailing-bytes"));
    pinna_sofa_destroy(sofa);
    free(bytes);
}

static void expect_refusal(const char* path, pinna_status expected, const char* part)
{
    pinna_report report = {0};
    pinna_sofa* sofa = (pinna_sofa*)&report;
    pinna_status status = pinna_sofa_load(path, &report, &sofa);
    check_outcome(status, sofa, &report, path);
    cr_assert_eq(status, expected, "%s: status %d", path, (int)status);
    cr_assert_not_null(strstr(pinna_report_error(&report), part), "%s", pinna_report_error(&report));
}

static void write_file(const char* path, const void* bytes, size_t byte_count)
{
    FILE* file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, byte_count, file), byte_count);
    fclose(file);
}

Test(files, what_is_no_sofa_file_is_said_to_be_none)
{
    static const char text[] = "azimuth,elevation\n0,0\n";
    char path[] = "/tmp/pinna-test-XXXXXX";
    int file = mkstemp(path);
    cr_assert_geq(file, 0);
    close(file);
    expect_refusal(path, PINNA_ERROR_FORMAT, "empty");
    write_file(path, text, sizeof text - 1);
    expect_refusal(path, PINNA_ERROR_FORMAT, "not an HDF5 file");
    write_file(path, "CDF\1 and so on", 14);
    expect_refusal(path, pinna_sofa_has_netcdf() ? PINNA_ERROR_FORMAT : PINNA_ERROR_UNSUPPORTED, "netCDF");
    if (geteuid() != 0) {
        chmod(path, 0);
        expect_refusal(path, PINNA_ERROR_FILE, "permissions");
    }
    unlink(path);
    expect_refusal(path, PINNA_ERROR_FILE, "cannot be opened");
    expect_refusal("/tmp", PINNA_ERROR_FILE, "irectory");
    expect_refusal("/dev/zero", PINNA_ERROR_FORMAT, "not an HDF5 file");
}

Test(files, wrong_calls_are_refused)
{
    pinna_sofa* sofa;
    cr_assert_eq(pinna_sofa_load(NULL, NULL, &sofa), PINNA_ERROR_ARGUMENT);
    cr_assert_null(sofa);
    cr_assert_eq(pinna_sofa_load("x", NULL, NULL), PINNA_ERROR_ARGUMENT);
    cr_assert_eq(pinna_sofa_load_memory(NULL, 5, "x", NULL, &sofa), PINNA_ERROR_ARGUMENT);
    cr_assert_eq(pinna_sofa_load("/nowhere/at all.sofa", NULL, &sofa), PINNA_ERROR_FILE);
    pinna_sofa_destroy(NULL);
}

Test(files, every_laboratory_opens_without_a_warning)
{
    static const struct {
        const char* name;
        uint32_t measurement_count, tap_count;
        double sample_rate_hz;
    } expected[] = {
        {"sofa/FHK_HRIR_L2354_v0.4.sofa", 2354, 128, 48000}, {"sofa/HUTUBS_pp91_measured.sofa", 440, 256, 44100},
        {"sofa/FABIAN_hrirs_358_pyfar.sofa", 358, 256, 44100}, {"sofa/ARI_hrtf_c_nh906.sofa", 1550, 256, 48000},
        {"sofa/SONICOM_example1_48k.sofa", 793, 256, 48000}, {"sofa-near/THK_CIRC360_NF025.sofa", 360, 128, 48000},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        NEED_DATA(path, expected[i].name);
        pinna_report report = {0};
        pinna_sofa* sofa = load_good(path, &report);
        const pinna_measured_set* set = pinna_sofa_measured(sofa);
        cr_assert_eq(set->measurement_count, expected[i].measurement_count, "%s", path);
        cr_assert_eq(set->tap_count, expected[i].tap_count);
        cr_assert_eq(set->sample_rate_hz, expected[i].sample_rate_hz);
        for (uint32_t k = 0; k < report.count; k++) {
            if (report.entries[k].severity != PINNA_SEVERITY_NOTE) print_entries(&report);
            cr_assert_eq(report.entries[k].severity, PINNA_SEVERITY_NOTE, "%s", path);
        }
        pinna_sofa_destroy(sofa);
    }
}

Test(files, texts_in_latin_1_become_utf_8)
{
    NEED_DATA(path, "sofa/FHK_HRIR_L2354_v0.4.sofa");
    pinna_report report = {0};
    pinna_sofa* sofa = load_good(path, &report);
    cr_assert_str_eq(pinna_sofa_get_info(sofa)->organization, "Fachhochschule K\xC3\xB6ln, Germany");
    pinna_sofa_destroy(sofa);
}

Test(files, several_radii_are_kept)
{
    NEED_DATA(path, "sofa-near/THK_KU100_NF_CIRC360_5radii.sofa");
    pinna_report report = {0};
    pinna_sofa* sofa = load_good(path, &report);
    cr_assert_eq(pinna_sofa_measured(sofa)->measurement_count, 1800);
    cr_assert(has_entry(&report, "several-radii"));
    cr_assert(has_entry(&report, "one-ring"));
    pinna_sofa_destroy(sofa);
}

/* Who extracts a delay drops what little comes before the onset; from there on both must be equal, and what was dropped
   must be the little it is. */
static void expect_same_response(const pinna_measured_set* whole, const pinna_measured_set* extracted, size_t row)
{
    uint32_t delay = extracted->delays_frames ? (uint32_t)lrintf(extracted->delays_frames[row]) : 0;
    const float *a = whole->hrirs + row * whole->tap_count, *b = extracted->hrirs + row * extracted->tap_count;
    double dropped = 0, total = 0;
    for (uint32_t tap = 0; tap < whole->tap_count; tap++) {
        total += (double)a[tap] * (double)a[tap];
        if (tap < delay) dropped += (double)a[tap] * (double)a[tap];
        else cr_assert_float_eq(a[tap], b[tap - delay], 1e-9f, "row %zu tap %u", row, tap);
    }
    cr_assert_leq(dropped, 3e-3 * total, "row %zu: %g of %g before the delay", row, dropped, total);
}

static void expect_same_set(const pinna_measured_set* a, const pinna_measured_set* b)
{
    cr_assert_eq(a->measurement_count, b->measurement_count);
    cr_assert_eq(a->sample_rate_hz, b->sample_rate_hz);
    for (uint32_t m = 0; m < a->measurement_count; m++) {
        float apart_m = pinna_vec3_length(pinna_vec3_sub(a->positions_m[m], b->positions_m[m]));
        cr_assert_leq(apart_m, 1e-4f, "measurement %u: %g m apart", m, (double)apart_m);
    }
    for (size_t row = 0; row < (size_t)a->measurement_count * PINNA_EAR_COUNT; row++) expect_same_response(a, b, row);
}

static void expect_variant(const char* variant, const char* entry_name)
{
    char path[512], original[512];
    if (!data_path(path, variant) || !data_path(original, "sofa/HUTUBS_pp91_measured.sofa"))
        cr_skip_test("%s is not here; set PINNA_TEST_DATA", variant);
    pinna_report report = {0}, other = {0};
    pinna_sofa *sofa = load_good(path, &report), *clean = load_good(original, &other);
    expect_same_set(pinna_sofa_measured(clean), pinna_sofa_measured(sofa));
    cr_assert(has_entry(&report, entry_name), "%s", entry_name);
    pinna_sofa_destroy(sofa);
    pinna_sofa_destroy(clean);
}

Test(odd_files, cartesian_positions_give_the_same_set)
{
    expect_variant("sofa-odd/HUTUBS_pp91_cartesian.sofa", "cartesian-positions");
}

Test(odd_files, radians_give_the_same_set)
{
    expect_variant("sofa-odd/HUTUBS_pp91_radian.sofa", "radian-positions");
}

Test(odd_files, delays_kept_apart_give_the_same_set)
{
    expect_variant("sofa-odd/HUTUBS_pp91_delay_extracted.sofa", "separate-delays");
}

Test(odd_files, one_direction_is_usable_with_a_warning)
{
    NEED_DATA(path, "sofa-odd/HUTUBS_pp91_one_measurement.sofa");
    pinna_report report = {0};
    pinna_sofa* sofa = load_good(path, &report);
    cr_assert_eq(pinna_sofa_measured(sofa)->measurement_count, 1);
    cr_assert(has_entry(&report, "one-direction"));
    pinna_sofa_destroy(sofa);
}

Test(odd_files, unusable_ones_are_refused_for_the_right_reason)
{
    static const char* const names[][2] = {
        {"sofa-odd/HUTUBS_pp91_left_ear_only.sofa", "one receiver"},
        {"sofa-odd/FABIAN_ctf_inverted_GeneralFIR_R1.sofa", "one receiver"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        NEED_DATA(path, names[i][0]);
        expect_refusal(path, PINNA_ERROR_UNSUPPORTED, names[i][1]);
    }
}

/* The newest HDF5 form is read, and then found to hold a simulation that says nothing. */
Test(odd_files, what_libmysofa_cannot_decode_is_read_by_netcdf)
{
    NEED_DATA(newest, "sofa-odd/h5py_superblock3_latest.sofa");
    NEED_DATA(variable_texts, "sofa-odd/SONICOM_48k_FFComp_smoothed6_ERR10001.sofa");
    if (!pinna_sofa_has_netcdf()) {
        expect_refusal(newest, PINNA_ERROR_UNSUPPORTED, "creation order");
        expect_refusal(variable_texts, PINNA_ERROR_UNSUPPORTED, "does not decode");
        return;
    }
    expect_refusal(newest, PINNA_ERROR_DATA, "100 silent");
    pinna_report report = {0};
    pinna_sofa* sofa = load_good(variable_texts, &report);
    cr_assert_eq(pinna_sofa_measured(sofa)->measurement_count, 793);
    cr_assert_str_eq(pinna_sofa_get_info(sofa)->reader, "netCDF");
    pinna_sofa_destroy(sofa);
}
