/* SPDX-License-Identifier: MIT */
#include "variants.h"

#ifdef PINNA_SOFA_NETCDF
#include "../../sofa/netcdf_file.h"

#include <math.h>
#include <unistd.h>

Test(variants, plain_and_at_other_rates)
{
    static const double rates_hz[] = {48000, 44100, 96000, 32000};
    for (size_t i = 0; i < sizeof rates_hz / sizeof rates_hz[0]; i++) {
        plan* p = new_plan();
        p->rate_hz = rates_hz[i];
        p->delay_axes = "IR";
        expect_same(p, "plain", NULL);
    }
}

Test(variants, units_and_shapes_of_positions)
{
    plan* p = new_plan();
    p->position_units = "radian, radian, metre";
    expect_same(p, "radians", "radian-positions");
    p = new_plan();
    p->position_type = "cartesian", p->position_units = "metre";
    expect_same(p, "cartesian", "cartesian-positions");
    p = new_plan();
    p->position_axes = "CM";
    expect_same(p, "turned array", NULL);
    p = new_plan();
    p->position_axes = "CM", p->position_type = "cartesian", p->position_units = "metre";
    expect_same(p, "turned cartesian array", "cartesian-positions");
    p = new_plan();
    p->source_at_origin = true;
    expect_same(p, "emitter instead of source", "emitter-positions");
    p = new_plan();
    p->turns_listener = true;
    expect_same(p, "turning listener", "listener-turned");
}

Test(variants, conventions)
{
    plan* p = new_plan();
    p->convention = "FreeFieldHRIR", p->data_type = "FIR-E", p->response_axes = "MRNE", p->delay_axes = "IRE";
    expect_same(p, "FreeFieldHRIR", NULL);
    p = new_plan();
    p->convention = "GeneralFIR";
    expect_same(p, "GeneralFIR", "other-convention");
    p = new_plan();
    p->convention = "GeneralFIR-E", p->data_type = "FIR-E", p->response_axes = "MRNE", p->emitters = true;
    expect_same(p, "GeneralFIR-E", "emitter-positions");
    p = new_plan();
    p->convention = "GeneralFIRE", p->data_type = "FIRE", p->response_axes = "MREN", p->emitters = true;
    p->position_type = "cartesian", p->position_units = "metre";
    expect_same(p, "GeneralFIRE", "emitter-positions");
    p = new_plan();
    p->convention = "SimpleHeadphoneIR";
    expect_refused(p, PINNA_ERROR_UNSUPPORTED, "headphone-responses");
}

/* As a room nothing is turned by the head: directions are the room's. */
Test(variants, rooms)
{
    plan* p = new_plan();
    pinna_report report = {0};
    pinna_sofa* sofa;
    char path[] = "/tmp/pinna-room-XXXXXX";
    close(mkstemp(path));
    p->convention = "MultiSpeakerBRIR", p->data_type = "FIRE", p->response_axes = "MREN", p->emitters = true;
    write_plan(p, path);
    cr_assert_eq(pinna_sofa_load_room(path, &report, &sofa), PINNA_OK);
    const pinna_measured_room* room = pinna_sofa_measured_room(sofa);
    cr_assert_null(pinna_sofa_measured(sofa));
    cr_assert_eq(room->pose_count, 1);
    cr_assert_eq(room->emitter_count, COUNT);
    cr_assert_eq(room->heads[0].w, 1.0f);
    for (int m = 0; m < COUNT; m++) {
        pinna_vec3 apart = pinna_vec3_sub(room->positions_m[m], pinna_vec3_scale(direction_of(p, m), 1.5f));
        cr_assert_leq(pinna_vec3_length(apart), 1e-5f);
        for (int i = 0; i < PINNA_EAR_COUNT * TAPS; i++)
            cr_assert_float_eq(room->responses[m * PINNA_EAR_COUNT * TAPS + i],
                               (float)p->responses[m][i / TAPS][i % TAPS], 1e-7f);
    }
    pinna_sofa_destroy(sofa);
    p->convention = "SingleRoomDRIR", p->data_type = "FIR", p->response_axes = "MRN", p->emitters = false;
    p->turns_listener = true;
    write_plan(p, path);
    cr_assert_eq(pinna_sofa_load_room(path, &report, &sofa), PINNA_OK);
    room = pinna_sofa_measured_room(sofa);
    cr_assert_eq(room->pose_count, COUNT);
    for (int m = 0; m < COUNT; m++) {
        pinna_vec3 seen = pinna_quat_rotate(pinna_quat_conjugate(room->heads[m]), room->positions_m[m]);
        pinna_vec3 apart = pinna_vec3_sub(seen, pinna_vec3_scale(direction_of(p, m), 1.5f));
        cr_assert_leq(pinna_vec3_length(apart), 1e-4f, "pose %d", m);
    }
    pinna_sofa_destroy(sofa);
    unlink(path);
    free(p);
}

Test(variants, frequency_domain)
{
    plan* p = new_plan();
    p->spectra = true, p->convention = "SimpleFreeFieldHRTF";
    expect_same(p, "SimpleFreeFieldHRTF", "frequency-domain");
    p = new_plan();
    p->spectra = true, p->convention = "GeneralTF", p->rate_hz = 44100;
    expect_same(p, "GeneralTF", "other-convention");
    p = new_plan();
    p->spectra = true, p->emitters = true, p->convention = "FreeFieldHRTF", p->data_type = "TF-E",
    p->response_axes = "MRNE";
    expect_same(p, "FreeFieldHRTF", "emitter-positions");
    p = new_plan();
    p->spectra = true, p->centred = true;
    expect_same(p, "time zero in the head", "time-zero-in-head");
    p = new_plan();
    p->spectra = true, p->reversed = true;
    expect_same(p, "phases the other way", "reversed-phase");
}

/* The lowest bin's level stands in for 0 Hz; of a response without direct current that is all but right. */
Test(variants, frequency_domain_without_zero)
{
    plan* p = new_plan();
    p->spectra = true, p->no_zero_bin = true;
    for (int m = 0; m < COUNT; m++)
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            memset(p->responses[m][ear], 0, sizeof p->responses[m][ear]);
            p->responses[m][ear][20 - (int)lrintf(10 * direction_of(p, m).y) * (ear ? -1 : 1)] = ear ? 0.5 : 0.6;
        }
    expect_same(p, "no bin at 0 Hz", "frequency-domain");
}

Test(variants, second_order_sections)
{
    plan* p = new_plan();
    p->sections = true, p->convention = "SimpleFreeFieldHRSOS", p->delay_axes = "MR";
    for (int m = 0; m < COUNT; m++)
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            double samples[TAPS] = {1}, section[6];
            for (int s = 0; s < SECTIONS; s++) {
                double out[TAPS] = {0};
                section_of(m, ear, s, section);
                for (int n = 0; n < TAPS; n++)
                    for (int k = 0; k < 3 && k <= n; k++)
                        out[n] += (section[k] * samples[n - k] - (k ? section[3 + k] * out[n - k] : 0)) / section[3];
                memcpy(samples, out, sizeof samples);
            }
            memcpy(p->responses[m][ear], samples, sizeof samples);
            p->delays[m][ear] = 20 - (int)lrintf(10 * direction_of(p, m).y) * (ear ? -1 : 1);
        }
    pinna_report report;
    pinna_sofa* sofa;
    pinna_status status;
    load_plan(p, &report, &sofa, &status);
    cr_assert_eq(status, PINNA_OK);
    cr_assert(has_entry(&report, "second-order-sections"));
    expect_positions(p, pinna_sofa_measured(sofa), "sections");
    expect_responses(p, pinna_sofa_measured(sofa), "sections");
    pinna_sofa_destroy(sofa);
    free(p);
}

static void set_delays(plan* p, bool per_measurement, int least)
{
    for (int m = 0; m < COUNT; m++)
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
            p->delays[m][ear] = least + 3 * ear + (per_measurement ? m % 7 : 0);
}

Test(variants, delays)
{
    static const char* const shapes[] = {"IR", "R", "MR", "RM", "MRI", "IRM"};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        plan* p = new_plan();
        p->delay_axes = shapes[i];
        set_delays(p, strchr(shapes[i], 'M') != NULL, i % 2 ? -5 : 4);
        expect_same(p, shapes[i], i % 2 ? "negative-delays" : "separate-delays");
    }
    plan* p = new_plan();
    p->delay_axes = "I";
    expect_same(p, "one delay", NULL);
    p = new_plan();
    p->delay_axes = "IRE", p->response_axes = "MRNE", p->emitters = true;
    set_delays(p, true, 2);
    expect_same(p, "IRE", "separate-delays");
}

Test(variants, order_of_dimensions)
{
    static const char* const orders[] = {"MRN", "RMN", "NRM", "MNR", "MREN", "ERMN"};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        plan* p = new_plan();
        p->response_axes = orders[i];
        expect_same(p, orders[i], NULL);
    }
}

Test(variants, storage)
{
    static const struct {
        const char* what;
        nc_type number;
        int endian, shuffle, deflate, checksum, storage;
        size_t chunk;
        bool unlimited;
    } ways[] = {
        {"float32", NC_FLOAT, 0, 0, 0, 0, 0, 0, false},
        {"big-endian", NC_DOUBLE, NC_ENDIAN_BIG, 0, 0, 0, 0, 0, false},
        {"big-endian float32", NC_FLOAT, NC_ENDIAN_BIG, 1, 4, 0, 0, 0, false},
        {"deflate without shuffle", NC_DOUBLE, 0, 0, 6, 0, 0, 0, false},
        {"shuffle without deflate", NC_DOUBLE, 0, 1, 0, 0, 0, 0, false},
        {"deflate and shuffle", NC_DOUBLE, 0, 1, 9, 0, 0, 0, false},
        {"checksums", NC_DOUBLE, 0, 1, 5, 1, 0, 0, false},
        {"one measurement per chunk", NC_DOUBLE, 0, 1, 3, 0, 0, 1, false},
        {"chunks without compression", NC_DOUBLE, 0, 0, 0, 0, 0, 5, false},
        {"chunks that do not divide the array", NC_DOUBLE, 0, 1, 3, 0, 0, 50, false},
        {"no bound on M", NC_DOUBLE, 0, 1, 1, 0, 0, 0, true},
        {"compact", NC_DOUBLE, 0, 0, 0, 0, NC_COMPACT, 0, false},
    };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        plan* p = new_plan();
        p->number = ways[i].number, p->endian = ways[i].endian, p->shuffle = ways[i].shuffle,
        p->deflate = ways[i].deflate;
        p->checksum = ways[i].checksum, p->storage = ways[i].storage, p->chunk = ways[i].chunk;
        p->unlimited = ways[i].unlimited;
        p->delay_axes = "MR";
        expect_same(p, ways[i].what, NULL);
    }
}

/* HDF5 opens bytes in memory under a name, and not at all where there is a file of that name. */
Test(variants, the_current_folder_has_no_say)
{
    char folder[] = "/tmp/pinna-folder-XXXXXX";
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    cr_assert_eq(mkdir("sofa", 0700), 0);
    char path[] = "/tmp/pinna-beside-XXXXXX", error[PINNA_REPORT_TEXT_BYTES];
    close(mkstemp(path));
    plan* p = new_plan();
    write_plan(p, path);
    size_t byte_count;
    unsigned char* bytes = read_bytes(path, &byte_count);
    pinna_sofa_reader* const readers[] = {pinna_sofa_read_netcdf_here,
#ifdef PINNA_SOFA_HDF5
                                          pinna_sofa_read_hdf5_here
#endif
    };
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        pinna_sofa_fields fields;
        cr_assert_eq(pinna_sofa_read_apart(readers[i], bytes, byte_count, &fields, error, sizeof error), PINNA_OK, "%s",
                     error);
        cr_assert_eq(fields.impulse_responses.count, (size_t)COUNT * PINNA_EAR_COUNT * TAPS);
        pinna_sofa_fields_release(&fields);
    }
    unlink(path);
    free(bytes);
    free(p);
    rmdir("sofa");
    cr_assert_eq(chdir("/"), 0);
    rmdir(folder);
}

Test(variants, texts_and_names)
{
    plan* p = new_plan();
    p->no_texts = true;
    expect_same(p, "no attributes", "other-convention");
    p = new_plan();
    p->string_texts = true;
    expect_same(p, "text of variable length", NULL);
    p = new_plan();
    p->empty_texts = true; /* which HDF5 keeps as attributes without a value */
    expect_same(p, "empty texts", NULL);
    p = new_plan();
    p->lower_case = true;
    expect_same(p, "dimensions in lower case", NULL);
    p = new_plan();
    p->rates_per_measurement = true;
    expect_same(p, "a rate per measurement", NULL);
    p = new_plan();
    p->format = NC_CLOBBER;
    expect_same(p, "netCDF 3", NULL);
    p = new_plan();
    p->format = NC_64BIT_OFFSET | NC_CLOBBER, p->unlimited = true;
    expect_same(p, "netCDF 3 with 64-bit offsets", NULL);
}

/* netCDF 3 has no checksums and no check of ours before it: what it does to the library happens in the child. */
Test(variants, damaged_netcdf_3_files_never_harm)
{
    char path[] = "/tmp/pinna-hostile-XXXXXX";
    close(mkstemp(path));
    plan* p = new_plan();
    p->format = NC_CLOBBER;
    write_plan(p, path);
    size_t byte_count;
    unsigned char* bytes = read_bytes(path, &byte_count);
    unlink(path);
    uint32_t state = 7;
    for (int i = 0; i < 60; i++) {
        state = state * 1664525u + 1013904223u;
        size_t at = (state >> 8) % 3000;
        unsigned char before = bytes[at];
        bytes[at] = (unsigned char)(state >> 24);
        pinna_report report = {0};
        pinna_sofa* sofa = NULL;
        pinna_status status = pinna_sofa_load_memory(bytes, i % 4 ? byte_count : at, "hostile", &report, &sofa);
        check_outcome(status, sofa, &report, "hostile");
        pinna_sofa_destroy(sofa);
        bytes[at] = before;
    }
    free(bytes);
    free(p);
}

Test(variants, receivers)
{
    plan* p = new_plan();
    p->receivers_exchanged = true;
    expect_same(p, "right ear first", "exchanged-receivers");
    p = new_plan();
    p->hearing_aid = true;
    expect_same(p, "six microphones", "more-receivers");
}

#endif
