/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LAYOUT_H
#define PINNA_DEMOS_LAYOUT_H

#include <pinna/base.h>

/*
 * Beds: channels that belong to loudspeakers. Names and angles are those of ITU-R BS.2051; 9.1.6 is IAMF's (a subset of
 * 22.2), the same directions as Dolby's under other names.
 */

enum { PINNA_LAYOUT_CHANNEL_MAX = 32 };

typedef struct pinna_loudspeaker {
    const char* label; /**< "M+030"; "LFE1" has no direction. */
    float azimuth_deg, elevation_deg;
    bool low; /**< A low-frequency effects channel. */
} pinna_loudspeaker;

/** Channels in the order of a file. */
typedef struct pinna_layout {
    const char* name;
    bool direct;        /**< Two channels, straight to the ears. */
    bool order_assumed; /**< Nothing in the file told the order, and there are two in use. */
    uint32_t channel_count;
    pinna_loudspeaker channels[PINNA_LAYOUT_CHANNEL_MAX];
} pinna_layout;

/** Which order of channels a file has. */
typedef enum pinna_channel_order {
    PINNA_ORDER_AUTO,   /**< WAV's where the file says so, else ITU's. */
    PINNA_ORDER_ITU,    /**< As BS.2051 lists them: sides before backs. */
    PINNA_ORDER_WAV,    /**< As WAVEFORMATEXTENSIBLE's mask: backs before sides. */
    PINNA_ORDER_COUNT
} pinna_channel_order;

/** What is known of a file. */
typedef struct pinna_layout_file {
    const char* path;
    uint32_t channel_count;
    uint32_t channel_mask; /**< 0: none. */
    bool wav_order;
} pinna_layout_file;

/** Names of all layouts, and of sound fields (ambix.h); ends with NULL. */
extern const char* const pinna_layout_names[];

/** Names of pinna_channel_order; ends with NULL. */
extern const char* const pinna_layout_order_names[];

/**
 * The loudspeakers of a file's channels.
 *
 * @param name    NULL: as the file's mask says; two channels without one are stereo.
 * @param report  On failure says what was expected.
 * @return PINNA_OK, PINNA_ERROR_ARGUMENT (no such layout) or PINNA_ERROR_DATA (another count of channels, or a mask of
 *         other loudspeakers).
 */
PINNA_NODISCARD pinna_status pinna_layout_of_file(const char* name, pinna_channel_order order,
                                                  const pinna_layout_file* file, pinna_report* report,
                                                  pinna_layout* out);

/** A loudspeaker by its BS.2051 label ("U-045", with or without the URN in front), or Dolby's ("RC_Lss"). NULL where it
    is not known. */
const pinna_loudspeaker* pinna_layout_find_loudspeaker(const char* label);

#endif
