/* SPDX-License-Identifier: MIT */
/* ADM files, all of their chunks: a scene whose sources keep within bounds, or a sentence. */
#include "as_file.h"

#include "adm.h"
#include "demos/adm_make.h"

static const char moving[] = ADM_ONE(
    "0003", "start=\"00:00:00.001\" duration=\"00:00:01.5\"",
    "<gain gainUnit=\"dB\">-3</gain>") ADM_BLOCK("00:00:00.00000", "00:00:00.00100",
                                                 ADM_POLAR("30", "0") "<width>20</width><height>10</height>")
    ADM_BLOCK("00:00:00.00100", "00:00:00.00000", ADM_POLAR("-30", "0")) ADM_BLOCK(
        "00:00:00.00100", "00:00:00.00480S48000",
        "<jumpPosition interpolationLength=\"0.005208\">1</jumpPosition>" ADM_CUBE(
            "-1", "0.5",
            "0.2") "<diffuse>0.5</diffuse><channelLock>1</channelLock><headphoneVirtualise bypass=\"1\" DRR=\"2\"/>")
        ADM_ONE_END;

static const char nested[] = ADM_BEGIN
    "<audioProgramme audioProgrammeID=\"APR_1001\"><audioContentIDRef>ACO_1001</audioContentIDRef></audioProgramme>"
    "<audioContent audioContentID=\"ACO_1001\"><audioObjectIDRef>AO_1001</audioObjectIDRef></audioContent>"
    "<audioObject audioObjectID=\"AO_1001\"><audioObjectIDRef>AO_1002</audioObjectIDRef><mute>0</mute></audioObject>"
    "<audioObject audioObjectID=\"AO_1002\" importance=\"5\"><audioTrackUIDRef>ATU_00000001</audioTrackUIDRef>"
    "<audioTrackUIDRef>ATU_00000002</audioTrackUIDRef><audioObjectIDRef>AO_1001</audioObjectIDRef></audioObject>"
    "<audioChannelFormat audioChannelFormatID=\"AC_00011001\" typeLabel=\"0001\"><frequency "
    "typeDefinition=\"lowPass\">120"
    "</frequency><audioBlockFormat><speakerLabel>M+030</speakerLabel></audioBlockFormat></audioChannelFormat>"
    "<audioChannelFormat audioChannelFormatID=\"AC_00041001\"><audioBlockFormat><order>1</order><degree>-1</degree>"
    "<normalization>N3D</normalization></audioBlockFormat></audioChannelFormat>"
    "<audioStreamFormat "
    "audioStreamFormatID=\"AS_00011001\"><audioTrackFormatIDRef>AT_00011001_01</audioTrackFormatIDRef>"
    "<audioChannelFormatIDRef>AC_00011001</audioChannelFormatIDRef></audioStreamFormat>"
    "<audioTrackFormat audioTrackFormatID=\"AT_00011001_01\"/>" ADM_END;

size_t fuzz_seed(unsigned index, uint8_t* out, size_t capacity)
{
    static const float samples[64];
    static const adm_row one[] = {ADM_ONE_ROW("0003")};
    static const adm_row two[] = {{1, "ATU_00000001", "AT_00011001_01", "AP_00011001"},
                                  {2, "ATU_00000002", "AC_00041001_00", "AP_00041001"}};
    static const adm_row common[] = {{1, "ATU_00000001", "AT_00010001_01", "AP_00010002"},
                                     {2, "ATU_00000002", "AC_00040004_00", "AP_00040001"},
                                     {3, "ATU_00000003", "AT_00050001_01", "AP_00050001"}};
    unsigned char dbmd[1024], modes[3] = {0, 1, 3};
    size_t dbmd_size = adm_make_dbmd(modes, 3, dbmd);
    const adm_make_config configs[] = {
        {"BW64", 1, 48000, samples, 8, one, 1, moving, dbmd, dbmd_size, false},
        {"RIFF", 2, 48000, samples, 8, two, 2, nested, NULL, 0, true},
        {"RF64", 3, 44100, samples, 8, common, 3, NULL, dbmd, dbmd_size, false},
    };
    return index < sizeof configs / sizeof *configs ? adm_make(&configs[index], out, capacity) : 0;
}

static void check_pose(const pinna_automation* automation, uint64_t frame)
{
    float samples[32];
    for (int i = 0; i < 32; i++) samples[i] = 1;
    pinna_pose pose = pinna_automation_pose_at(automation, frame);
    FUZZ_EXPECT(isfinite(pose.position.x) && isfinite(pose.position.y) && isfinite(pose.position.z));
    FUZZ_EXPECT(pose.extent_m >= 0 && isfinite(pose.extent_m));
    (void)pinna_automation_apply(automation, frame, samples, 32);
    for (int i = 0; i < 32; i++) FUZZ_EXPECT(isfinite(samples[i]));
}

static void check_source(const pinna_scene* scene, const pinna_scene_source* source)
{
    FUZZ_EXPECT(source->automation && source->file && source->name && source->channel);
    FUZZ_EXPECT(source->route != PINNA_ROUTE_FIELD || source->field < scene->field_count);
    pinna_automation_start(source->automation, 48000, 44100);
    const pinna_automation_block* blocks = pinna_automation_blocks(source->automation);
    size_t count = pinna_automation_block_count(source->automation);
    for (size_t i = 0; i < count && i < 16; i++) {
        FUZZ_EXPECT(!i || blocks[i].start >= blocks[i - 1].start);
        check_pose(source->automation, blocks[i].start);
        check_pose(source->automation, blocks[i].start + blocks[i].ramp_frames / 2);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t byte_count)
{
    static pinna_report report;
    fuzz_file file = fuzz_file_make(bytes, byte_count);
    pinna_scene scene = {.duration_s = INFINITY};
    pinna_adm_config config = pinna_adm_config_default(file.path);
    report = (pinna_report){0};
    if (pinna_adm_is(file.path)) {
        pinna_status status = pinna_adm_add(&config, &report, &scene);
        FUZZ_EXPECT(!status || status == PINNA_ERROR_UNSUPPORTED || pinna_report_error(&report));
        for (size_t i = 0; i < scene.source_count && !status; i++) check_source(&scene, &scene.sources[i]);
    }
    pinna_scene_release(&scene);
    fuzz_file_close(&file);
    return 0;
}
