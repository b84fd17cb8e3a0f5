/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_OUTPUT_H
#define PINNA_DEMOS_LIVE_OUTPUT_H

#include "live_engine.h"

/*
 * A thread that keeps a device's queue filled from an engine, period by period.
 *
 * The device is OpenAL Soft used as a plain pair of channels: its own HRTF off, our two channels straight to its two.
 * Where there is no device, or it is lost, periods are rendered by the clock and thrown away, or the session ends, as
 * asked; a lost device that was heard is looked for every two seconds, and whichever is the default then plays on. The
 * environment of OpenAL Soft counts (ALSOFT_DRIVERS=wave, ALSOFT_CONF); what this program wants of its
 * configuration is put before what the user's ALSOFT_CONF says.
 */
typedef struct pinna_live_output pinna_live_output;

typedef struct pinna_live_output_config {
    pinna_live_engine* engine; /**< Must outlive the output. */
    uint32_t sample_rate_hz;
    uint32_t period_frames; /**< 32 to PINNA_LIVE_PERIOD_MAX. */
    uint32_t queue_periods; /**< In the queue, 2 to 64; 0: as the device needs. Grows where it runs dry. */
    bool silent;            /**< No device: by the clock. */
    bool by_hand;           /**< No device and no thread: pinna_live_output_render(), as fast as it is called. */
    bool exit_on_loss;      /**< Else goes on silently. */
    uint64_t frame_limit;   /**< Ends after so many frames; 0: never. */
} pinna_live_output_config;

/** Opens the device and starts playing. @param report Says what was found; on failure why. */
PINNA_NODISCARD pinna_status pinna_live_output_start(const pinna_live_output_config* config, pinna_report* report,
                                                     pinna_live_output** out);

/** Stops the thread, closes the device. NULL is accepted. */
void pinna_live_output_stop(pinna_live_output* output);

/** Renders the next period of an output by hand; interleaved stereo. Thread: one, which then is the audio thread. */
void pinna_live_output_render(pinna_live_output* output, float* stereo);

typedef enum pinna_live_output_state {
    PINNA_LIVE_OUTPUT_PLAYING,
    PINNA_LIVE_OUTPUT_SILENT, /**< No device from the beginning. */
    PINNA_LIVE_OUTPUT_LOST,   /**< The device is away; goes on silently until there is one. */
    PINNA_LIVE_OUTPUT_ENDED,  /**< The frame limit was reached, or the device lost and the end asked for. */
} pinna_live_output_state;

typedef struct pinna_live_output_view {
    pinna_live_output_state state;
    bool lost;                 /**< The device is away, ... */
    uint32_t loss_count;       /**< ... and went away so many times. */
    char device[96];           /**< Its name. */
    uint32_t device_frames;    /**< The device's own period; 0: not known. */
    uint64_t underrun_count;   /**< Times the queue ran dry. */
    uint64_t engine_underrun_count; /**< Of these, times rendering had taken more of the processor's time than what it
                                         made lasts; otherwise the machine did not let it run in time. */
    uint64_t period_count;     /**< Rendered. */
    uint64_t slow_count;       /**< Of these, periods that took longer to render than they last, in processor time. */
    uint64_t reaction_count;   /**< Periods that were the first to know of a tracker's packet. */
    uint64_t prompt_count;     /**< Of these, where that was queued within a period and 2 ms of its arrival. */
    double reaction_sum_s;     /**< All those times together, ... */
    double longest_reaction_s; /**< ... and the longest. */
    double queue_s;            /**< Waiting in the queue when a period enters it. */
    double device_s;           /**< From the queue's end to the ear, as the device says. */
    double load;               /**< Share of one core that the audio thread takes; over the last second. */
    double average_load;       /**< ... since the beginning. */
    double longest_render_s;   /**< The slowest period so far, in processor time. */
    bool real_time;            /**< The thread has been given real-time priority. */
} pinna_live_output_view;

/** Any thread. */
pinna_live_output_view pinna_live_output_look(pinna_live_output* output);

/** Whether this program was built with a way to be heard. */
bool pinna_live_output_is_built(void);

#endif
