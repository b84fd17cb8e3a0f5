/* SPDX-License-Identifier: MIT */
#include "adm_support.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nothing differs but the bits of rounding. */
#define SAME_DB -280

static pinna_report report;

Test(adm, an_object_that_stays_is_a_source_there)
{
    enter_folder();
    adm_write_one("a.wav", "0003", 4000, ADM_ONE("0003", "", "") "<audioBlockFormat>" ADM_POLAR("30", "0")
                  "</audioBlockFormat>" ADM_ONE_END);
    adm_expect_same("a.wav", "a.wav --azimuth 30 --method exact", -120);
    adm_expect_same("a.wav --method exact", "a.wav --azimuth 30 --method exact", SAME_DB);
}

Test(adm, common_definitions_need_no_xml)
{
    static const char* const channels[] = {"01", "02", "03", "04", "0a", "0b", "1c", "1d", "22", "23", "1e", "1f"};
    char uids[12][16], formats[12][16];
    adm_row rows[12];
    enter_folder();
    for (unsigned i = 0; i < 12; i++) {
        snprintf(uids[i], sizeof uids[i], "ATU_%08x", i + 1);
        snprintf(formats[i], sizeof formats[i], i % 2 ? "AT_000100%s_01" : "AC_000100%s_00", channels[i]);
        rows[i] = (adm_row){i + 1, uids[i], formats[i], "AP_00010017"};
    }
    adm_write("bed.wav", 12, 5000, rows, 12, NULL, NULL);
    adm_expect_same("bed.wav", "bed.wav --layout 7.1.4", SAME_DB);
    adm_expect_same("bed.wav --lfe-db 10", "bed.wav --layout 7.1.4 --lfe-db 10", SAME_DB);
}

Test(adm, chna_alone_that_tells_nothing_is_a_plain_file)
{
    adm_row rows[] = {{1, "ATU_00000001", "AT_00031001_01", "AP_00031001"},
                      {2, "ATU_00000002", "AT_00031002_01", "AP_00031001"}};
    enter_folder();
    adm_write("a.wav", 2, 3000, rows, 2, NULL, NULL);
    adm_expect_same("a.wav", "a.wav --layout stereo", SAME_DB);
}

Test(adm, ears_are_ears)
{
    adm_row rows[] = {{2, "ATU_00000001", "AT_00050001_01", "AP_00050001"},
                      {1, "ATU_00000002", "AT_00050002_01", "AP_00050001"}};
    size_t count = 0;
    enter_folder();
    adm_write("a.wav", 2, 3000, rows, 2, NULL, NULL);
    check_tool_works("render a.wav -o out.wav --sample-format float32 -q");
    float *out = read_stereo("out.wav", &count, NULL), *in = adm_noise(3000, 2);
    for (size_t n = 0; n < 3000; n++)
        cr_assert(out[2 * n] == in[2 * n + 1] && out[2 * n + 1] == in[2 * n], "frame %zu", n);
    free(out);
    free(in);
}

Test(adm, sound_fields_are_sound_fields)
{
    static const char* const formats[] = {"AC_00040001_00", "AC_00040002_00", "AC_00040003_00", "AC_00040004_00"};
    static const char* const furse_malham[] = {"AT_00040201_01", "AT_00040204_01", "AT_00040202_01", "AT_00040203_01"};
    adm_row rows[4] = {{1, "ATU_00000001", "", ""}, {2, "ATU_00000002", "", ""}, {3, "ATU_00000003", "", ""},
                       {4, "ATU_00000004", "", ""}};
    enter_folder();
    for (int i = 0; i < 4; i++) {
        rows[i].format = formats[i];
        rows[i].pack = "AP_00040001";
    }
    adm_write("a.wav", 4, 3000, rows, 4, NULL, NULL);
    adm_expect_same("a.wav", "a.wav --layout ambix", SAME_DB);
    for (int i = 0; i < 4; i++) {
        rows[i].format = furse_malham[i];
        rows[i].pack = "AP_00040021";
    }
    adm_write("f.wav", 4, 3000, rows, 4, NULL, NULL);
    adm_expect_same("f.wav", "f.wav --layout ambix --ambisonic-format fuma", SAME_DB);
}

Test(adm, a_loudspeaker_stands_where_its_position_says)
{
    enter_folder();
    adm_write_one("a.wav", "0001", 3000, ADM_ONE("0001", "", "") "<audioBlockFormat><speakerLabel>M-030</speakerLabel>"
                  ADM_POLAR("60", "10") "</audioBlockFormat>" ADM_ONE_END);
    adm_expect_same("a.wav --method exact", "a.wav --azimuth 60 --elevation 10 --method exact", SAME_DB);
    adm_write_one("b.wav", "0001", 3000, ADM_ONE("0001", "", "")
                  "<audioBlockFormat><speakerLabel>urn:itu:bs:2051:0:speaker:U-110</speakerLabel></audioBlockFormat>"
                  ADM_ONE_END);
    adm_expect_same("b.wav --method exact", "b.wav --azimuth -110 --elevation 30 --method exact", SAME_DB);
    adm_write_one("c.wav", "0001", 3000, ADM_ONE("0001", "", "") "<audioBlockFormat>"
                  "<speakerLabel>RC_Lts</speakerLabel>" ADM_CUBE("-1", "0", "1") "</audioBlockFormat>" ADM_ONE_END);
    adm_expect_same("c.wav --method exact", "c.wav --azimuth 90 --elevation 30 --method exact", -100);
}

Test(adm, low_frequencies_are_known_by_label_or_by_filter)
{
    static const char* const channels[] = {
        "<audioBlockFormat><speakerLabel>LFE1</speakerLabel>" ADM_POLAR("45", "-30") "</audioBlockFormat>",
        "<audioBlockFormat><speakerLabel>RC_LFE</speakerLabel>" ADM_CUBE("-1", "1", "-1") "</audioBlockFormat>",
        "<frequency typeDefinition=\"lowPass\">120</frequency><audioBlockFormat>" ADM_POLAR("0", "0")
        "</audioBlockFormat>"};
    enter_folder();
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
        char axml[4096];
        snprintf(axml, sizeof axml, "%s%s%s", ADM_ONE("0001", "", ""), channels[i], ADM_ONE_END);
        adm_write_one("a.wav", "0001", 1000, axml);
        pinna_scene scene = adm_scene("a.wav", &report);
        cr_expect_eq(scene.sources[0].route, PINNA_ROUTE_EARS, "%s", channels[i]);
        cr_expect(scene.sources[0].ear_gain[0] == 1 && scene.sources[0].ear_gain[1] == 1);
        pinna_scene_release(&scene);
    }
}

/* --- objects ------------------------------------------------------------------------------------------------------ */

Test(adm, gains_of_objects_and_blocks_multiply)
{
    enter_folder();
    adm_write_one("a.wav", "0003", 3000, ADM_ONE("0003", "", "<gain>0.5</gain>") "<audioBlockFormat>"
                  "<gain gainUnit=\"dB\">-6</gain>" ADM_POLAR("0", "0") "</audioBlockFormat>" ADM_ONE_END);
    adm_expect_same("a.wav --method exact", "a.wav --azimuth 0 --gain-db -12.0206 --method exact", -100);
}

/* Two tracks of common definitions. */
static void write_two(const char* first_format, const char* second_format, const char* axml)
{
    adm_row rows[] = {{1, "ATU_00000001", first_format, "AP_00010001"},
                      {2, "ATU_00000002", second_format, "AP_00010001"}};
    adm_write("a.wav", 2, 4800, rows, 2, axml, NULL);
}

Test(adm, nested_objects_inherit_time_gain_and_silence)
{
    static const char axml[] = ADM_BEGIN
        "<audioObject audioObjectID=\"AO_1001\" audioObjectName=\"outer\" start=\"00:00:00.01\""
        " duration=\"00:00:00.03\">"
        "<gain>0.5</gain><audioObjectIDRef>AO_1002</audioObjectIDRef><audioObjectIDRef>AO_1003</audioObjectIDRef>"
        "<audioComplementaryObjectIDRef>AO_1004</audioComplementaryObjectIDRef></audioObject>"
        "<audioObject audioObjectID=\"AO_1002\" audioObjectName=\"inner\" start=\"00:00:00.02\">"
        "<gain>0.5</gain><audioTrackUIDRef>ATU_00000001</audioTrackUIDRef>"
        "<audioObjectIDRef>AO_1001</audioObjectIDRef></audioObject>"
        "<audioObject audioObjectID=\"AO_1003\" audioObjectName=\"mute\"><mute>1</mute>"
        "<audioTrackUIDRef>ATU_00000002</audioTrackUIDRef></audioObject>"
        "<audioObject audioObjectID=\"AO_1004\" audioObjectName=\"other\">"
        "<audioTrackUIDRef>ATU_00000002</audioTrackUIDRef></audioObject>"
        "<audioProgramme audioProgrammeID=\"APR_1001\" audioProgrammeName=\"x\">"
        "<audioContentIDRef>ACO_1001</audioContentIDRef></audioProgramme>"
        "<audioContent audioContentID=\"ACO_1001\"><audioObjectIDRef>AO_1001</audioObjectIDRef></audioContent>" ADM_END;
    enter_folder();
    write_two("AT_00010003_01", "AT_00010003_01", axml);
    pinna_scene scene = adm_scene("a.wav", &report);
    cr_assert_eq(scene.source_count, 1);
    float ones[3000];
    for (size_t n = 0; n < 3000; n++) ones[n] = 1;
    (void)pinna_automation_apply(scene.sources[0].automation, 0, ones, 3000);
    for (size_t n = 0; n < 3000; n++)
        cr_assert_eq(ones[n], n < 960 || n >= 1920 ? 0.0f : 0.25f, "frame %zu: %g", n, (double)ones[n]);
    cr_expect(adm_says(&report, "ignored", "AO_1001"), "the cycle");
    cr_expect(adm_says(&report, "ignored", "AO_1003"), "the muted one");
    cr_expect(adm_says(&report, "ignored", "AO_1004"), "the complementary one");
    pinna_scene_release(&scene);
}

Test(adm, programmes_are_chosen_by_id_or_name)
{
    static const char axml[] = ADM_BEGIN
        "<audioProgramme audioProgrammeID=\"APR_1002\" audioProgrammeName=\"french\"><audioContentIDRef>ACO_1002"
        "</audioContentIDRef></audioProgramme>"
        "<audioProgramme audioProgrammeID=\"APR_1001\" audioProgrammeName=\"english\"><audioContentIDRef>ACO_1001"
        "</audioContentIDRef></audioProgramme>"
        "<audioContent audioContentID=\"ACO_1001\"><audioObjectIDRef>AO_1001</audioObjectIDRef></audioContent>"
        "<audioContent audioContentID=\"ACO_1002\"><audioObjectIDRef>AO_1002</audioObjectIDRef></audioContent>"
        "<audioObject audioObjectID=\"AO_1001\"><audioTrackUIDRef>ATU_00000001</audioTrackUIDRef></audioObject>"
        "<audioObject audioObjectID=\"AO_1002\" importance=\"3\"><audioTrackUIDRef>ATU_00000002</audioTrackUIDRef>"
        "</audioObject>" ADM_END;
    enter_folder();
    write_two("AT_00010001_01", "AT_00010002_01", axml);
    adm_expect_same("a.wav --method exact", "a.wav --channel 1 --azimuth 30 --method exact", SAME_DB);
    adm_expect_same("a.wav --method exact --programme french", "a.wav --channel 2 --azimuth -30 --method exact",
                    SAME_DB);
    adm_expect_same("a.wav --programme apr_1002", "a.wav --programme french", SAME_DB);
    check_tool_refuses("render a.wav -o out.wav --programme german", "APR_1002 (french), APR_1001 (english)");
    check_tool_refuses("render a.wav -o out.wav --programme french --importance 4", "nothing");
}

Test(adm, what_has_no_effect_is_told)
{
    enter_folder();
    adm_write_one("a.wav", "0003", 1000,
                  ADM_ONE("0003", "", "") "<audioBlockFormat>" ADM_POLAR("0", "0")
                  "<width>20</width><height>10</height><channelLock>1</channelLock>"
                  "<objectDivergence>0.5</objectDivergence><zoneExclusion><zone minX=\"0\">z</zone></zoneExclusion>"
                  "<screenRef>1</screenRef><headphoneVirtualise bypass=\"0\" DRR=\"3\"/></audioBlockFormat>"
                  ADM_ONE_END);
    check_tool_works("render a.wav -o told.wav --report r.json -q");
    static const char* const expected[] = {"channelLock", "objectDivergence", "zoneExclusion", "screenRef", "DRR",
                                           "as round as their largest"};
    pinna_scene scene = adm_scene("a.wav", &report);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        cr_expect(adm_says(&report, "ignored", expected[i]), "%s", expected[i]);
    pinna_scene_release(&scene);
    adm_write_one("m.wav", "0002", 1000, ADM_ONE("0002", "", "") ADM_ONE_END);
    check_tool_refuses("render m.wav -o out.wav", "nothing in its ADM can be rendered");
}

Test(adm, layout_and_channel_go_before_adm)
{
    enter_folder();
    adm_write_one("a.wav", "0003", 1000, ADM_ONE("0003", "", "") "<audioBlockFormat>" ADM_POLAR("90", "0")
                  "</audioBlockFormat>" ADM_ONE_END);
    adm_expect_same("a.wav --layout mono --method exact", "a.wav --azimuth 0 --method exact", SAME_DB);
}

Test(adm, what_takes_its_tracks_as_channels_is_told)
{
    enter_folder();
    adm_write_one("a.wav", "0003", 1000, ADM_ONE("0003", "", "") ADM_ONE_END);
    write_noise("M+000.wav", ADM_RATE, 2, 500);
    check_tool_says("render a.wav -o out.wav --layout mono", 0,
                    "note: a.wav: an ADM file: with --layout its tracks are plain");
    check_tool_says("render a.wav -o out.wav --channel 1", 0, "note: a.wav: an ADM file: with --channel or a place");
    check_tool_says("render a.wav -o out.wav --brir .", 0, "warning: a.wav: an ADM file: with --brir");
    check_tool_says("render a.wav -o out.wav --brir . --importance 3", 2, "are for ADM files");
    check_tool_says("render M+000.wav -o out.wav --programme main", 0, "warning: M+000.wav: not an ADM file");
    remove("M+000.wav");
}
