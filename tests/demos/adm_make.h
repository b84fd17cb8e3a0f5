/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TESTS_DEMOS_ADM_MAKE_H
#define PINNA_TESTS_DEMOS_ADM_MAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes WAV files with an Audio Definition Model, for tests and as seeds of the fuzzer. */

typedef struct adm_row {
    unsigned track; /* from 1 */
    const char *uid, *format, *pack;
} adm_row;

typedef struct adm_make_config {
    const char* riff; /* "RIFF", "RF64" or "BW64" */
    unsigned channel_count, sample_rate_hz;
    const float* samples; /* [frame][channel] */
    size_t frame_count;
    const adm_row* rows;
    size_t row_count;
    const char* axml; /* NULL: no such chunk */
    const unsigned char* dbmd;
    size_t dbmd_size;
    bool data_first; /* before chna and axml */
} adm_make_config;

/* The file's size, written to out; 0 where capacity is too small. */
size_t adm_make(const adm_make_config* config, unsigned char* out, size_t capacity);

/* A dbmd chunk with a headphone mode for each track. Returns its size. */
size_t adm_make_dbmd(const unsigned char* modes, unsigned count, unsigned char* out);

/* What stands around the elements of an axml text. */
#define ADM_BEGIN                                                                                     \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ebuCoreMain xmlns=\"urn:ebu:metadata-schema:ebuCore_2016\">" \
    "<coreMetadata><format><audioFormatExtended>\n"
#define ADM_END "</audioFormatExtended></format></coreMetadata></ebuCoreMain>\n"

/* A programme of one content of one object with one track, whose blocks follow; close with ADM_ONE_END. type:
   "0003". */
#define ADM_ONE(type, object_attributes, object_elements)                                                             \
    ADM_BEGIN "<audioProgramme audioProgrammeID=\"APR_1001\" audioProgrammeName=\"main\">"                            \
              "<audioContentIDRef>ACO_1001</audioContentIDRef></audioProgramme>\n"                                    \
              "<audioContent audioContentID=\"ACO_1001\" audioContentName=\"c\">"                                     \
              "<audioObjectIDRef>AO_1001</audioObjectIDRef></audioContent>\n"                                         \
              "<audioObject audioObjectID=\"AO_1001\" audioObjectName=\"thing\" " object_attributes ">"               \
              "<audioPackFormatIDRef>AP_" type "1001</audioPackFormatIDRef>"                                          \
              "<audioTrackUIDRef>ATU_00000001</audioTrackUIDRef>" object_elements "</audioObject>\n"                  \
              "<audioPackFormat audioPackFormatID=\"AP_" type "1001\" audioPackFormatName=\"p\" typeLabel=\"" type    \
              "\"><audioChannelFormatIDRef>AC_" type "1001</audioChannelFormatIDRef></audioPackFormat>\n"             \
              "<audioChannelFormat audioChannelFormatID=\"AC_" type                                                   \
              "1001\" audioChannelFormatName=\"c\" typeLabel=\"" type "\">\n"
#define ADM_ONE_END "</audioChannelFormat>\n" ADM_END

/* The row that goes with it. */
#define ADM_ONE_ROW(type) {1, "ATU_00000001", "AC_" type "1001_00", "AP_" type "1001"}

#define ADM_POLAR(azimuth, elevation)                                                    \
    "<position coordinate=\"azimuth\">" azimuth "</position>"                            \
    "<position coordinate=\"elevation\">" elevation "</position>"
#define ADM_CUBE(x, y, z)                                                                       \
    "<cartesian>1</cartesian><position coordinate=\"X\">" x "</position>"                       \
    "<position coordinate=\"Y\">" y "</position><position coordinate=\"Z\">" z "</position>"
#define ADM_BLOCK(start, duration, content) \
    "<audioBlockFormat rtime=\"" start "\" duration=\"" duration "\">" content "</audioBlockFormat>\n"

#endif
