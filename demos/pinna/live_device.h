/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_DEVICE_H
#define PINNA_DEMOS_LIVE_DEVICE_H

#include <pinna/base.h>

/* OpenAL Soft as a plain pair of channels with a queue of small buffers. One thread at a time. */
typedef struct pinna_live_device pinna_live_device;

typedef struct pinna_live_device_config {
    uint32_t sample_rate_hz;
    uint32_t period_frames; /**< Asked of the device too, where OpenAL Soft's configuration does not say otherwise. */
    uint32_t queue_periods; /**< 2 to PINNA_LIVE_QUEUE_MAX; 0: few for a real device, a tenth of a second for one that
                                 nobody hears (a file, or none) and that takes what it needs in bursts. */
} pinna_live_device_config;

enum { PINNA_LIVE_QUEUE_MAX = 64 };

/** Whether this program was built with OpenAL. */
bool pinna_live_device_is_built(void);

/** Opens the default device and checks that it is plain stereo. It does not play yet. @param report On failure why. */
PINNA_NODISCARD pinna_status pinna_live_device_open(const pinna_live_device_config* config, pinna_report* report,
                                                    pinna_live_device** out);

/** Plays from the first frame put, once the queue is full. */
bool pinna_live_device_start(pinna_live_device* device);

/** Periods that the queue is to hold. */
uint32_t pinna_live_device_length(const pinna_live_device* device);

/** Periods that can be put now. */
uint32_t pinna_live_device_room(pinna_live_device* device);

/** Appends to the queue; interleaved stereo, at most a period. */
void pinna_live_device_put(pinna_live_device* device, const float* stereo, size_t frame_count);

/** Whether the queue has run dry. It then stands still until told to play on. */
bool pinna_live_device_is_dry(pinna_live_device* device);
void pinna_live_device_play_on(pinna_live_device* device);

/** Makes the queue a period longer, up to PINNA_LIVE_QUEUE_MAX: what a machine needs that cannot keep up with less. */
void pinna_live_device_lengthen(pinna_live_device* device);

bool pinna_live_device_is_lost(pinna_live_device* device);

/** A device for ears: neither a file nor nothing. */
bool pinna_live_device_is_heard(const pinna_live_device* device);

/** Seconds until a frame put now would be heard, in two parts. */
void pinna_live_device_delay(pinna_live_device* device, double* queue_s, double* device_s);

const char* pinna_live_device_name(const pinna_live_device* device);

/** Frames the device takes at a time; 0: not known. */
uint32_t pinna_live_device_frames(const pinna_live_device* device);

/** NULL is accepted. What is still queued is not heard. */
void pinna_live_device_close(pinna_live_device* device);

#endif
