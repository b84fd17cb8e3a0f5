/* SPDX-License-Identifier: MIT */
#include "adm_support.h"
#include "dbmd.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Files as Dolby's tools make them: 48 kHz, cartesian, one object per track, jumps that take 250 samples, and a dbmd
   chunk that says how each track is meant for headphones. */

enum { TRACKS = 4, FRAMES = 24000, MOVE = 9600, RAMP = 250, RESPONSE = 400 };

static const char film[] = ADM_BEGIN
    "<audioProgramme audioProgrammeID=\"APR_1001\" audioProgrammeName=\"Film\"><audioContentIDRef>ACO_1001"
    "</audioContentIDRef></audioProgramme><audioContent audioContentID=\"ACO_1001\"><audioObjectIDRef>AO_1001"
    "</audioObjectIDRef><audioObjectIDRef>AO_100b</audioObjectIDRef><audioObjectIDRef>AO_100c</audioObjectIDRef>"
    "</audioContent>\n"
    "<audioObject audioObjectID=\"AO_1001\" audioObjectName=\"Bed\" start=\"00:00:00.00000\""
    " duration=\"00:00:00.50000\">"
    "<audioPackFormatIDRef>AP_00011001</audioPackFormatIDRef><audioTrackUIDRef>ATU_00000001</audioTrackUIDRef>"
    "<audioTrackUIDRef>ATU_00000002</audioTrackUIDRef></audioObject>\n"
    "<audioObject audioObjectID=\"AO_100b\" audioObjectName=\"Moving\" start=\"00:00:00.00000\""
    " duration=\"00:00:00.50000\">"
    "<audioPackFormatIDRef>AP_00031001</audioPackFormatIDRef>"
    "<audioTrackUIDRef>ATU_00000003</audioTrackUIDRef></audioObject>\n"
    "<audioObject audioObjectID=\"AO_100c\" audioObjectName=\"Still\" start=\"00:00:00.00000\""
    " duration=\"00:00:00.50000\">"
    "<audioPackFormatIDRef>AP_00031002</audioPackFormatIDRef>"
    "<audioTrackUIDRef>ATU_00000004</audioTrackUIDRef></audioObject>\n"
    "<audioChannelFormat audioChannelFormatID=\"AC_00011001\" audioChannelFormatName=\"RoomCentricLeftSideSurround\""
    " typeLabel=\"0001\"><audioBlockFormat><speakerLabel>RC_Lss</speakerLabel>" ADM_CUBE("-1", "0", "0")
    "</audioBlockFormat></audioChannelFormat>\n"
    "<audioChannelFormat audioChannelFormatID=\"AC_00011002\" audioChannelFormatName=\"RoomCentricLFE\""
    " typeLabel=\"0001\">"
    "<audioBlockFormat><speakerLabel>RC_LFE</speakerLabel>" ADM_CUBE("-1", "1", "-1") "</audioBlockFormat>"
    "</audioChannelFormat>\n"
    "<audioChannelFormat audioChannelFormatID=\"AC_00031001\" typeLabel=\"0003\">"
    ADM_BLOCK("00:00:00.00000", "00:00:00.20000", ADM_CUBE("-1.0", "1.0", "0")
              "<jumpPosition interpolationLength=\"0\">1</jumpPosition>")
    ADM_BLOCK("00:00:00.20000", "00:00:00.30000", ADM_CUBE("1.0", "-1.0", "0")
              "<jumpPosition interpolationLength=\"0.005208\">1</jumpPosition>") "</audioChannelFormat>\n"
    "<audioChannelFormat audioChannelFormatID=\"AC_00031002\" typeLabel=\"0003\">"
    ADM_BLOCK("00:00:00.00000", "00:00:00.50000", ADM_CUBE("0", "1.0", "1.0")
              "<jumpPosition interpolationLength=\"0\">1</jumpPosition>"
              "<width>0</width><depth>0</depth><height>0</height>") "</audioChannelFormat>\n" ADM_END;

static const adm_row rows[TRACKS] = {{1, "ATU_00000001", "AC_00011001_00", "AP_00011001"},
                                     {2, "ATU_00000002", "AC_00011002_00", "AP_00011001"},
                                     {3, "ATU_00000003", "AC_00031001_00", "AP_00031001"},
                                     {4, "ATU_00000004", "AC_00031002_00", "AP_00031002"}};

static void write_film(const char* name, const unsigned char* modes)
{
    adm_write(name, TRACKS, FRAMES, rows, TRACKS, film, modes);
}

static const unsigned char not_indicated[TRACKS] = {4, 4, 4, 4};

Test(adm_dolby, reads_as_specified)
{
    static pinna_report report;
    enter_folder();
    write_film("film.wav", not_indicated);
    pinna_scene scene = adm_scene("film.wav", &report);
    cr_assert_eq(scene.source_count, TRACKS);
    cr_expect_eq(scene.sources[1].route, PINNA_ROUTE_EARS);
    const pinna_automation_block* blocks = pinna_automation_blocks(scene.sources[2].automation);
    cr_assert_eq(pinna_automation_block_count(scene.sources[2].automation), 2);
    cr_expect(blocks[0].ramp_frames == 0 && blocks[0].end == MOVE && blocks[0].cartesian);
    cr_expect(blocks[1].start == MOVE && blocks[1].ramp_frames == RAMP && blocks[1].end == FRAMES);
    cr_expect_str_eq(scene.sources[2].name, "Moving");
    cr_expect_str_eq(scene.sources[0].name, "Bed, RC_Lss");
    pinna_scene_release(&scene);
}

/* Alone, the moving object is where it was up to the move, and where it went from 250 samples later. */
Test(adm_dolby, a_move_takes_250_samples)
{
    size_t count = 0;
    enter_folder();
    write_film("film.wav", not_indicated);
    float *noise = adm_noise(FRAMES, TRACKS), *silent = calloc(FRAMES * TRACKS, sizeof *silent);
    unsigned char* bytes = malloc(1 << 20);
    cr_assert(silent && bytes);
    for (size_t n = 0; n < FRAMES; n++) silent[n * TRACKS + 2] = noise[n * TRACKS + 2];
    adm_make_config config = {.riff = "RF64", .channel_count = TRACKS, .sample_rate_hz = ADM_RATE, .samples = silent,
                              .frame_count = FRAMES, .rows = rows, .row_count = TRACKS, .axml = film};
    write_bytes("one.wav", bytes, adm_make(&config, bytes, 1 << 20));
    check_tool_works("render one.wav -o moved.wav --sample-format float32 -q");
    check_tool_works("render one.wav -o before.wav --channel 3 --azimuth 30 --method exact --sample-format float32 -q");
    check_tool_works("render one.wav -o after.wav --channel 3 --azimuth -135 --method exact --sample-format float32 "
                     "-q");
    float *moved = read_stereo("moved.wav", &count, NULL), *before = read_stereo("before.wav", &count, NULL);
    float* after = read_stereo("after.wav", &count, NULL);
    size_t arrived = MOVE + RAMP + RESPONSE;
    double until_db = worst_db(before, moved, 2 * (size_t)MOVE);
    double from_db = worst_db(after + 2 * arrived, moved + 2 * arrived, 2 * (FRAMES - arrived));
    double early_db = worst_db(after + 2 * (MOVE + RAMP - 50), moved + 2 * (MOVE + RAMP - 50), 100);
    printf("until the move %.1f dB, after it %.1f dB, 50 samples before its end %.1f dB\n", until_db, from_db,
           early_db);
    cr_expect_lt(until_db, -110);
    cr_expect_lt(from_db, -110);
    cr_expect_gt(early_db, -60, "it had not arrived yet");
    free(noise), free(silent), free(bytes), free(moved), free(before), free(after);
}

Test(adm_dolby, headphone_modes)
{
    static pinna_report report;
    const unsigned char modes[TRACKS] = {0, 4, 2, 1}; /* off, not indicated, far, near */
    enter_folder();
    write_film("film.wav", modes);
    pinna_scene scene = adm_scene("film.wav", &report);
    cr_expect(pinna_automation_pose_at(scene.sources[0].automation, 0).bypass);
    cr_expect_not(pinna_automation_pose_at(scene.sources[2].automation, 0).bypass);
    double far_m = (double)pinna_vec3_length(pinna_automation_pose_at(scene.sources[2].automation, 0).position);
    double near_m = (double)pinna_vec3_length(pinna_automation_pose_at(scene.sources[3].automation, 0).position);
    cr_expect_float_eq(far_m, 4, 1e-3);
    cr_expect_float_eq(near_m, 0.5, 1e-3);
    pinna_scene_release(&scene);
    write_film("plain.wav", NULL);
    const unsigned char far_away[TRACKS] = {2, 2, 2, 2};
    write_film("far.wav", far_away);
    adm_expect_same("far.wav", "plain.wav", -100); /* without a room nothing tells how far */
}

static double tail_energy(const char* name)
{
    size_t count = 0;
    double sum = 0;
    float* samples = read_stereo(name, &count, NULL);
    cr_assert_gt(count, FRAMES + 2400);
    for (size_t i = 2 * (FRAMES + 2400); i < 2 * count; i++) sum += (double)samples[i] * (double)samples[i];
    free(samples);
    return sum;
}

Test(adm_dolby, a_room_tells_near_from_far)
{
    const unsigned char near[TRACKS] = {1, 1, 1, 1}, far[TRACKS] = {2, 2, 2, 2};
    enter_folder();
    write_film("near.wav", near);
    write_film("far.wav", far);
    check_tool_works("render near.wav -o n.wav --preset cinematic --sample-format float32 -q");
    check_tool_works("render far.wav -o f.wav --preset cinematic --sample-format float32 -q");
    double difference_db = 10 * log10(tail_energy("f.wav") / tail_energy("n.wav"));
    printf("the room after the film: %.1f dB more of what is far\n", difference_db);
    cr_expect(difference_db > 3 && difference_db < 20, "%.1f dB", difference_db);
}

Test(adm_dolby, dbmd_that_is_damaged)
{
    unsigned char bytes[4096];
    pinna_dbmd dbmd;
    const unsigned char modes[TRACKS] = {0, 1, 2, 3};
    size_t size = adm_make_dbmd(modes, TRACKS, bytes);
    cr_assert(pinna_dbmd_parse(bytes, size, &dbmd));
    cr_assert_eq(dbmd.element_count, TRACKS);
    cr_expect_eq(memcmp(dbmd.modes, modes, TRACKS), 0);
    for (size_t cut = 5; cut + 1 < size; cut++) cr_expect_not(pinna_dbmd_parse(bytes, cut, &dbmd), "cut at %zu", cut);
    for (size_t i = 5; i + 1 < size; i++) {
        bytes[i] ^= 0x40;
        cr_expect(!pinna_dbmd_parse(bytes, size, &dbmd) || i < 7, "byte %zu", i);
        cr_expect(dbmd.element_count <= TRACKS);
        bytes[i] ^= 0x40;
    }
}

/* --- the head ----------------------------------------------------------------------------------------------------- */

static const char turning[] = "t_s,yaw_deg,pitch_deg,roll_deg\n0,0,0,0\n0.1,0,0,0\n0.4,70,10,-5\n0.5,70,10,-5\n";

#define STILL_AT(azimuth, more) \
    ADM_ONE("0003", "", "") "<audioBlockFormat>" ADM_POLAR(azimuth, "0") more "</audioBlockFormat>" ADM_ONE_END

Test(adm_head, turns_against_objects_and_loudspeakers)
{
    enter_folder();
    write_text("head.csv", turning);
    adm_write_one("a.wav", "0003", FRAMES, STILL_AT("20", ""));
    adm_expect_same("a.wav --head head.csv --method exact", "a.wav --azimuth 20 --head head.csv --method exact", -110);
    adm_write_one("b.wav", "0001", FRAMES, ADM_ONE("0001", "", "") "<audioBlockFormat>" ADM_POLAR("-110", "0")
                  "</audioBlockFormat>" ADM_ONE_END);
    adm_expect_same("b.wav --head head.csv --method exact", "b.wav --azimuth -110 --head head.csv --method exact",
                    -110);
}

/* ITD over time against the same direction from a head at rest. */
Test(adm_head, the_direction_follows_the_trace)
{
    static const struct {
        double t_s;
        const char* azimuth;
    } times[] = {{0.05, "0"}, {0.35, "-40"}};
    enter_folder();
    write_text("head.csv", "t_s,yaw_deg,pitch_deg,roll_deg\n0,0,0,0\n0.1,0,0,0\n0.25,40,0,0\n0.5,40,0,0\n");
    adm_write_one("a.wav", "0003", FRAMES, STILL_AT("0", ""));
    check_tool_works("render a.wav -o turned.wav --head head.csv --sample-format float32 -q");
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        char command[160];
        snprintf(command, sizeof command, "render a.wav -o still.wav --azimuth %s --sample-format float32 -q",
                 times[i].azimuth);
        check_tool_works(command);
        double error_s = itd_at("turned.wav", times[i].t_s) - itd_at("still.wav", times[i].t_s);
        printf("at %.2f s: ITD %.0f us off\n", times[i].t_s, 1e6 * error_s);
        cr_expect_lt(fabs(error_s), 20e-6);
    }
}

Test(adm_head, locked_objects_go_with_it)
{
    enter_folder();
    write_text("head.csv", turning);
    adm_write_one("a.wav", "0003", FRAMES, STILL_AT("20", "<headLocked>1</headLocked>"));
    adm_expect_same("a.wav --head head.csv --method exact", "a.wav --azimuth 20 --method exact", -100);
}

Test(adm_head, bypass_is_panned)
{
    size_t count = 0;
    enter_folder();
    adm_write_one("a.wav", "0003", 2000, STILL_AT("90", "<headphoneVirtualise bypass=\"1\"/>"));
    check_tool_works("render a.wav -o out.wav --sample-format float32 -q");
    float *out = read_stereo("out.wav", &count, NULL), *in = adm_noise(2000, 1);
    double right = 0, gain = (double)out[200] / (double)in[100];
    for (size_t n = 0; n < 2000; n++) {
        right = fmax(right, fabs((double)out[2 * n + 1]));
        cr_assert_float_eq((double)out[2 * n], gain * (double)in[n], 1e-5, "frame %zu", n);
    }
    cr_expect_lt(right, 1e-4);
    cr_expect_float_eq(gain, 1.0, 0.5);
    free(out);
    free(in);
}
