/* SPDX-License-Identifier: MIT */
#ifndef PINNA_PRESET_H
#define PINNA_PRESET_H

#include <pinna/base.h>
#include <pinna/hrtf.h>
#include <pinna/mix.h>
#include <pinna/renderer.h>

PINNA_BEGIN_DECLS

/**
 * @file
 * Presets: plain values over the mechanisms that everybody may use alone. Choose one, change what you like, prepare the
 * head with its options and hand both to the renderer:
 *
 *     pinna_preset preset;
 *     pinna_preset_find("positional", &preset);
 *     preset.mix.categories[PINNA_CATEGORY_CUE].presence_db = 6.0f;
 *     prepare.options = preset.hrtf;                       // then prepare or load the head
 *     pinna_renderer_set_preset(renderer, &preset, hrtf);
 *
 * - **flat**: the measured head and nothing else. For measuring, and where another program has done the rest.
 * - **cinematic**: films, music, cut scenes on headphones. Timbre kept, bass extended, a living room around the
 *   listener, so that the stage is wide and lies outside the head.
 * - **positional**: competitive play. Direction cues made clearer, no room, no latency; steps and call-outs raised, far
 *   cues kept audible, beds turned down while cues sound.
 */

/** All of a preset's values. */
typedef struct pinna_preset {
    pinna_hrtf_options hrtf; /**< What the head is to be prepared with. */
    pinna_mix_params mix;    /**< For pinna_renderer_set_mix(). */
    pinna_room_params room;  /**< For pinna_renderer_set_room(). */
    bool head_prediction;    /**< For pinna_head_filter_config.predict. */
} pinna_preset;

/** "flat", "cinematic", "positional"; NULL from their count on. Any thread. */
PINNA_API const char* pinna_preset_name(uint32_t index);

/** The preset of a name. @return PINNA_OK, or PINNA_ERROR_ARGUMENT where there is none. Any thread. */
PINNA_API PINNA_NODISCARD pinna_status pinna_preset_find(const char* name, pinna_preset* out);

/** Checks all ranges. @param report Receives a sentence that names the value and its range. May be NULL. Any thread. */
PINNA_API PINNA_NODISCARD pinna_status pinna_preset_check(const pinna_preset* preset, pinna_report* report);

/** One value of a preset as text knows it. */
typedef struct pinna_preset_value {
    char name[40];             /**< "hrtf.cue_expansion", "cue.presence_db", "room.size_up_m", ... */
    const char* about;         /**< For people, one line. */
    double minimum;            /**< Of numbers. */
    double maximum;            /**< Of numbers. */
    bool zero_too;             /**< 0 is allowed beside them, and means the default. */
    bool is_switch;            /**< "on" or "off". */
    const char* const* choices; /**< Ends with NULL; NULL: a number or a switch. */
} pinna_preset_value;

/** The values by index. @return PINNA_OK, or PINNA_ERROR_ARGUMENT from their count on. Any thread. */
PINNA_API pinna_status pinna_preset_describe(uint32_t index, pinna_preset_value* out);

/**
 * Sets a value by its name, from text: a number, "on" or "off", or one of the choices. "room" takes "off" or a name of
 * pinna_room_name() and sets the room's size, decay and listener, leaving its levels.
 *
 * @param report  On failure one sentence. May be NULL.
 * @return PINNA_OK or PINNA_ERROR_ARGUMENT (no such name; not such a value; nothing changes). Any thread.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_preset_set(pinna_preset* preset, const char* name, const char* text,
                                                        pinna_report* report);

/** A value as text that pinna_preset_set() takes. @param size  Of text; 32 is enough. @return as pinna_preset_set().
    Any thread. */
PINNA_API PINNA_NODISCARD pinna_status pinna_preset_get(const pinna_preset* preset, const char* name, char* text,
                                                        size_t size);

/**
 * Gives a renderer a preset's mix and room, and the head prepared for it. All changes are faded; nothing clicks.
 *
 * @param hrtf  Prepared with preset->hrtf at the renderer's rate. NULL: the renderer keeps the head it has.
 * @return PINNA_OK, or as pinna_renderer_set_hrtf(), pinna_renderer_set_mix(), pinna_renderer_set_room(): then nothing
 *         has changed. Thread: control.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_renderer_set_preset(pinna_renderer* renderer, const pinna_preset* preset,
                                                                 pinna_hrtf* hrtf);

PINNA_END_DECLS
#endif
