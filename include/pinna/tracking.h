/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TRACKING_H
#define PINNA_TRACKING_H

#include <pinna/base.h>
#include <pinna/geometry.h>

PINNA_BEGIN_DECLS

/**
 * @file
 * Head tracking: bytes in, pose out. Nothing here opens a socket or a device: the caller receives a datagram, a MIDI
 * message or a HID report, hands over its bytes and the time it arrived, and gets one pose in the library's own axes.
 *
 *     parser -> pinna_head_sample -> pinna_head_filter (map, centre, smooth the clock) -> pinna_head_filter_pose(time)
 *
 * All parsers are pure functions over untrusted bytes: they read nothing outside byte_count, take no memory and leave
 * the output untouched on failure. Times are seconds of any one monotonic clock of the caller's. Reader and filter
 * structs belong to one thread at a time; the functions are otherwise free of shared state and safe on any thread.
 *
 * Parser results:
 *   PINNA_OK                 a pose was read.
 *   PINNA_ERROR_ARGUMENT     NULL, or a time that is not finite.
 *   PINNA_ERROR_FORMAT       wrong length or structure: not this protocol.
 *   PINNA_ERROR_DATA         right structure, but a number is NaN, infinite or beyond what a head can do: 3600 degrees,
 *                            1000 m, 200 rad/s, unless a parser says less.
 *   PINNA_ERROR_UNSUPPORTED  valid, but carries no pose (another OSC address, a CSV header, half of a MIDI pair).
 *   PINNA_ERROR_LIMIT        nested too deep, or too many arguments.
 */

/** One pose as a tracker reported it. */
typedef struct pinna_head_sample {
    double time_s;                         /**< When it was measured, as far as known: the arrival time. */
    pinna_quat orientation;                /**< Head to world, AES69 axes, unit length. */
    pinna_vec3 position_m;                 /**< Valid if has_position. AES69 axes. */
    pinna_vec3 angular_velocity_rad_per_s; /**< Valid if has_angular_velocity. About the head's own AES69 axes. */
    bool has_position;                     /**< The tracker gives a position. */
    bool has_angular_velocity;             /**< The tracker gives an angular velocity. */
    uint32_t discontinuity_count; /**< A new value says: the tracker's reference frame was reset. 0 if unknown. */
} pinna_head_sample;

/* ---- Datagrams ---------------------------------------------------------------------------------------------------*/

/**
 * opentrack "UDP over network": exactly 48 bytes, six little-endian doubles: x, y, z in cm, yaw, pitch, roll in
 * degrees. Customary port 4242. opentrack: yaw + right, pitch + up, roll + left; x + left, y + up, z + back (signs
 * worked out from its SteamVR tracker). Angles beyond 360 degrees or positions beyond 100 m are refused.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_head_read_opentrack(const void* bytes, size_t byte_count, double time_s,
                                                                 pinna_head_sample* out);

/**
 * FreePIE UDP (phone apps; customary port 5555): a pad byte, a flag byte, then little-endian floats; flag 1 raw sensors
 * (9 floats), flag 2 orientation (yaw, pitch, roll in radians). Either the full 50 bytes or only the flagged parts.
 * Signs as opentrack's. Without orientation: PINNA_ERROR_UNSUPPORTED.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_head_read_freepie(const void* bytes, size_t byte_count, double time_s,
                                                               pinna_head_sample* out);

/** What /ypr, /yaw, /pitch, /roll and /quaternion mean; every other known address has one meaning only. */
typedef enum pinna_osc_dialect {
    PINNA_OSC_AUTO,        /**< Default. Ambiguous addresses as PINNA_OSC_SPARTA. */
    PINNA_OSC_ADM,         /**< ADM-OSC 1.0: yaw + left, pitch + up, roll + right. /adm/lis/ypr, /adm/lis/xyz. */
    PINNA_OSC_SPARTA,      /**< SPARTA, COMPASS: yaw + right, pitch + up, roll + left; /quaternion w x y z. */
    PINNA_OSC_IEM,         /**< IEM SceneRotator: the scene's rotation, the inverse of the head's. */
    PINNA_OSC_SUPPERWARE,  /**< Supperware Bridgehead: + left, + up, + right; quaternion in x right, y front, z up. */
    PINNA_OSC_OPENTRACK,   /**< opentrack, nvsonic: /bridge/quat. */
    PINNA_OSC_AMBIX,       /**< ambix_rotator: /rotation and /head_pose (pitch yaw roll), scene-wise as IEM. */
    PINNA_OSC_HEDROT,      /**< /hedrot/yaw, /pitch, /roll. */
    PINNA_OSC_3DTI,        /**< /3DTI-OSC/receiver/pry: pitch roll yaw in radians. */
    PINNA_OSC_BERTA,       /**< /listener/orientation, /listener/location: radians; + right, + up, + right. */
    PINNA_OSC_MACH1,       /**< /orientation: yaw pitch roll. */
    PINNA_OSC_SALTE,       /**< /rendering/htrpy: roll pitch yaw. */
    PINNA_OSC_SSA,         /**< SSA aXRotate: /ypr + right, + down, + right. */
    PINNA_OSC_NOISEMAKERS, /**< /yaw, /pitch, /roll as 0..1 for -180..180 degrees, signs as SPARTA. */
    PINNA_OSC_UNITY,       /**< /quaternions w x y z, x right, y up, z front, left-handed. */
    PINNA_OSC_ANDROID,     /**< /gamerotationvector x y z [w] of a phone (Sensors2OSC, nxosc). */
    PINNA_OSC_DIALECT_COUNT
} pinna_osc_dialect;

/** Short lower-case name for people and command lines ("sparta"). NULL for a value out of range. */
PINNA_API const char* pinna_osc_dialect_name(pinna_osc_dialect dialect);

enum { PINNA_OSC_PREFIX_BYTES = 64, PINNA_OSC_MAX_DEPTH = 8, PINNA_OSC_MAX_ARGUMENTS = 32 };

/** Options of an OSC reader. Zero is the default. */
typedef struct pinna_osc_config {
    pinna_osc_dialect dialect;           /**< Whose signs and addresses. */
    char prefix[PINNA_OSC_PREFIX_BYTES]; /**< Removed from the front of an address if there, e.g. "/head1". */
    bool quaternion_is_xyzw;             /**< Quaternion arguments come as x y z w, not w x y z. Default false. */
    bool inverse;                        /**< The sender sends the inverse of what its dialect says. Default false. */
    float position_scale_m;              /**< Metres per unit of /adm/lis/xyz. 0 means the default, 1. */
} pinna_osc_config;

/** An OSC reader remembers, because senders may send one axis per message. Plain data: copy freely, one thread. */
typedef struct pinna_osc_reader {
    pinna_osc_config config;   /**< Its options. */
    double angle_deg[3];       /**< Yaw (+ left), pitch (+ up), roll (+ right) of the single-axis messages. */
    double component[4];       /**< Latest /qw /qx /qy /qz. */
    pinna_head_sample latest;  /**< Pose and position put together from all messages so far. */
    pinna_osc_dialect matched; /**< Dialect of the latest address understood; PINNA_OSC_AUTO before. */
} pinna_osc_reader;

/** A reader with this config (NULL: the default), facing front. Out-of-range fields become defaults. */
PINNA_API pinna_osc_reader pinna_osc_reader_make(const pinna_osc_config* config);

/**
 * One OSC 1.0 packet: a message or a (nested) bundle. Addresses match without regard to case; integer and float
 * arguments are both accepted. Of several poses in a bundle the last one counts. Time tags are ignored: the sender's
 * clock is not ours, so the arrival time is kept. If any message in the packet is malformed, the whole is refused and
 * the reader unchanged. Customary port 9000.
 *
 * Sources: OSC 1.0 specification; ADM-OSC 1.0; the sources of SPARTA, IEM Plug-in Suite, opentrack and EPS.
 * Where projects document no signs (Mach1, SALTE, 3DTI, NoiseMakers) they are our best reading: calibrate or invert.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_osc_read(pinna_osc_reader* reader, const void* bytes, size_t byte_count,
                                                      double time_s, pinna_head_sample* out);

/* ---- MIDI --------------------------------------------------------------------------------------------------------*/

/** Supperware Head Tracker 1: one System Exclusive message, F0 to F7, holding yaw-pitch-roll, quaternion or matrix. */
PINNA_API PINNA_NODISCARD pinna_status pinna_head_read_supperware(const void* bytes, size_t byte_count, double time_s,
                                                                  pinna_head_sample* out);

enum { PINNA_SUPPERWARE_COMMAND_BYTES = 12 };

/**
 * The message that makes a Supperware tracker send quaternions, at 100 Hz (fast) or 50 Hz.
 * @return its length: PINNA_SUPPERWARE_COMMAND_BYTES.
 */
PINNA_API size_t pinna_supperware_start(bool fast, uint8_t out[PINNA_SUPPERWARE_COMMAND_BYTES]);

/** MrHeadTracker's controllers, collected. Start from {0}; set yaw_pitch_roll if the tracker sends angles. */
typedef struct pinna_mrheadtracker {
    bool yaw_pitch_roll; /**< Default false: quaternion. */
    uint8_t lsb[4];      /**< Low parts that wait for their high parts. */
    uint8_t seen;   /**< One bit per component that has arrived. */
    float value[4]; /**< 0 to 1. */
} pinna_mrheadtracker;

/**
 * One three-byte control change. Controllers 48.. carry low, 16.. high parts; the last high part completes a pose,
 * everything before it gives PINNA_ERROR_UNSUPPORTED.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_mrheadtracker_read(pinna_mrheadtracker* reader, const void* bytes,
                                                                size_t byte_count, double time_s,
                                                                pinna_head_sample* out);

/* ---- Android head tracker over HID -------------------------------------------------------------------------------*/

/** Where a value lies in a report, and what its numbers mean. count 0: absent. */
typedef struct pinna_hid_field {
    uint8_t report_id;   /**< 0: the device numbers no reports. */
    uint32_t bit_offset; /**< Behind the report id. */
    uint32_t bit_count;  /**< Of one element, 1 to 32. */
    uint32_t count;      /**< Elements. */
    int32_t logical_min;      /**< Smallest number in a report. */
    int32_t logical_max;      /**< Largest. */
    double physical_min;      /**< What logical_min stands for, in SI units: the unit exponent is applied. */
    double physical_max;      /**< What logical_max stands for. */
    int32_t usage_index[2];            /**< For an off/on choice: the value that means off, and on. -1: not offered. */
} pinna_hid_field;

/** What a report descriptor says. Written by pinna_hid_parse_descriptor(). */
typedef struct pinna_hid_tracker {
    pinna_hid_field rotation;         /**< Input: rotation vector, 3 elements, radians. */
    pinna_hid_field angular_velocity; /**< Input: 3 elements, radians per second. */
    pinna_hid_field discontinuity;    /**< Input: counter. */
    pinna_hid_field description;      /**< Feature: "#AndroidHeadTracker#...". */
    pinna_hid_field unique_id;        /**< Feature: 16 bytes. */
    pinna_hid_field reporting;        /**< Feature: off/on. */
    pinna_hid_field power;            /**< Feature: off/on. */
    pinna_hid_field interval;         /**< Feature: seconds. */
    uint32_t input_bytes;             /**< Of the input report, report id included. */
    uint32_t control_bytes;           /**< Of the feature report with reporting and power, report id included. */
    uint32_t description_bytes;       /**< Of the feature report with the description, report id included. */
} pinna_hid_tracker;

/**
 * Reads a HID report descriptor (HID 1.11 section 6.2.2) and finds the Android head tracker in it: a Sensors / Other
 * Custom collection with custom values 1 to 3. Report ids, order and sizes are the device's own.
 *
 * @return PINNA_OK; FORMAT for a malformed descriptor; UNSUPPORTED if there is no head tracker; LIMIT.
 *         Source: Android's head tracker HID protocol, versions 1.0 and 2.0.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_hid_parse_descriptor(const void* bytes, size_t byte_count,
                                                                  pinna_hid_tracker* out);

/** Protocol version (1, 2, ...) in a description feature report as read from the device, or 0 if it is none. */
PINNA_API int pinna_hid_version(const pinna_hid_tracker* tracker, const void* report, size_t byte_count);

/**
 * Sets reporting, power and interval in a control feature report, first byte the report id.
 *
 * @param report      control_bytes long, as read from the device, or zeros. Other bits are kept.
 * @param interval_s  Wanted seconds between reports; clamped to what the device offers. Typically 0.01 to 0.1.
 * @return PINNA_OK, ARGUMENT, FORMAT (wrong length) or UNSUPPORTED (the device offers no such control).
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_hid_control(const pinna_hid_tracker* tracker, bool enable,
                                                         double interval_s, void* report, size_t byte_count);

/** One input report, first byte the report id if the device numbers its reports; the length must be exact. */
PINNA_API PINNA_NODISCARD pinna_status pinna_hid_read(const pinna_hid_tracker* tracker, const void* report,
                                                      size_t byte_count, double time_s, pinna_head_sample* out);

/* ---- Recordings --------------------------------------------------------------------------------------------------*/

/**
 * One line of a recording: t_s,yaw_deg,pitch_deg,roll_deg (+ left, + up, + right ear down), with or without line end.
 * The decimal point is a point in every locale. A header or an empty line gives PINNA_ERROR_UNSUPPORTED.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_head_read_csv(const char* line, size_t byte_count, pinna_head_sample* out);

/* ---- Prediction --------------------------------------------------------------------------------------------------*/

/**
 * Says where the head will be. Keeps the head's angular velocity on four time scales and learns, per axis and for four
 * look-aheads, how they combine to the turn that follows: by ridge regression around what heads do in general, then
 * around what this one does. Checks each guess against what came, apart for slow and quick heads and for starting,
 * going on and stopping; and leans towards holding the last pose as far as guessing did not pay. Steps as small as a
 * tracker rounds to are taken for rounding. Causal and
 * deterministic; 25 to 1000 samples per second, at irregular times. One thread at a time; bounded time per sample.
 */
typedef struct pinna_head_predictor pinna_head_predictor;

enum { PINNA_HEAD_PREDICTOR_ALIGNMENT = 16 };
/** Beyond it nothing is predicted. */
#define PINNA_HEAD_MAX_LOOK_AHEAD_S 0.25

/** Bytes a predictor needs. */
PINNA_API size_t pinna_head_predictor_size(void);
/** Makes a predictor in the caller's memory (aligned to PINNA_HEAD_PREDICTOR_ALIGNMENT); nothing to destroy. */
PINNA_API pinna_head_predictor* pinna_head_predictor_place(void* memory);
/** Forgets the motion, keeps what was learnt. For a jump that is no movement. Real-time safe. */
PINNA_API PINNA_REALTIME void pinna_head_predictor_reset(pinna_head_predictor* predictor);
/**
 * Takes one sample. Samples that come in a burst count as one; a changed discontinuity_count resets the motion.
 * @return PINNA_OK, ARGUMENT (not finite, not unit length) or DATA (up to a second older than the last: ignored; still
 * older means that the clock was restarted). Real-time safe.
 */
PINNA_API PINNA_REALTIME pinna_status pinna_head_predictor_push(pinna_head_predictor* predictor,
                                                                const pinna_head_sample* sample);
/**
 * The orientation expected at time_s, any time: before the latest sample it gives that sample, beyond
 * PINNA_HEAD_MAX_LOOK_AHEAD_S after it, the pose expected then. The identity before any sample. Real-time safe.
 */
PINNA_API PINNA_REALTIME pinna_quat pinna_head_predictor_at(const pinna_head_predictor* predictor, double time_s);

/* ---- The pose filter ---------------------------------------------------------------------------------------------*/

/**
 * Axes of a tracker in terms of the head: row i says which mix of the tracker's axes the head's axis i is. Orthonormal;
 * a mirror (determinant -1) stands for a tracker that turns the other way round about all axes.
 */
typedef struct pinna_head_map {
    float row[3][3]; /**< [head axis][tracker axis] */
} pinna_head_map;

/** A tracker whose axes are the head's. */
PINNA_API pinna_head_map pinna_head_map_identity(void);

/**
 * Works the map out from three poses held for a moment: straight ahead, turned left, turned up from straight ahead,
 * each by 10 to 90 degrees. How the tracker sits on the head and which of its axes are swapped or reversed does not
 * matter. tilted (right ear down) may be NULL; with it, a mirrored tracker is told from a rotated one.
 *
 * @return PINNA_OK, ARGUMENT, or DATA: a turn was too small, too large, or two turns had nearly the same axis.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_head_calibrate(pinna_quat neutral, pinna_quat left, pinna_quat up,
                                                            const pinna_quat* tilted, pinna_head_map* out);

/** What to do once the tracker has been silent for stale_s. */
typedef enum pinna_head_stale {
    PINNA_HEAD_STALE_HOLD,  /**< Keep the last pose. The default. */
    PINNA_HEAD_STALE_RETURN /**< Turn back to the front, gently. */
} pinna_head_stale;

/** What to do when the tracker says that its reference frame was reset. */
typedef enum pinna_head_on_reset {
    PINNA_HEAD_RESET_YAW,  /**< The present direction becomes the front; tilt is trusted. The default. */
    PINNA_HEAD_RESET_FULL, /**< The present pose becomes neutral. */
    PINNA_HEAD_RESET_KEEP  /**< Nothing: the new frame is trusted. */
} pinna_head_on_reset;

/** Start from pinna_head_filter_config_default(). */
typedef struct pinna_head_filter_config {
    pinna_head_map map; /**< Default identity. Not orthonormal: replaced by the identity. */
    bool invert_yaw;    /**< Default false. Applied to the angles, after the map. */
    bool invert_pitch;  /**< Default false. */
    bool invert_roll;   /**< Default false. */
    bool predict;       /**< Default true. */
    bool smooth_time;   /**< Default false. Evens out the arrival times of a tracker that sends regularly. */
    pinna_head_stale stale;        /**< Default PINNA_HEAD_STALE_HOLD. */
    pinna_head_on_reset on_reset;  /**< Default PINNA_HEAD_RESET_YAW. */
    float stale_s;         /**< From the latest sample to the time asked for. 0.3 to 60. Default 1. */
    float return_s;        /**< Time constant of the return to the front. 0.05 to 60. Default 1. */
    float still_angle_deg; /**< The head is still while it stays within this. 0.01 to 45. Default 1.5. */
    float still_s;         /**< ... for this long. 0.1 to 60. Default 1. */
    float auto_centre_s;   /**< Still for this long: the front drifts there, return_s. 0, the default: never. */
} pinna_head_filter_config;

/** The defaults named above. */
PINNA_API pinna_head_filter_config pinna_head_filter_config_default(void);

/** What the filter says at one time. */
typedef struct pinna_head_pose {
    pinna_quat orientation; /**< Head to world, AES69 axes. */
    pinna_vec3 position_m;  /**< From the centre; zero until a tracker gives one. */
    double age_s;           /**< Since the latest sample; 0 before the first. */
    bool valid;             /**< A sample has arrived. */
    bool still;               /**< The head has stayed within still_angle_deg for still_s. */
    bool stale;               /**< No sample for stale_s. */
} pinna_head_pose;

/** From samples to a pose. Opaque; all its memory is taken at creation. One thread at a time, none of it blocks. */
typedef struct pinna_head_filter pinna_head_filter;

/** Bytes a filter needs. */
PINNA_API size_t pinna_head_filter_size(void);
/** Makes a filter in the caller's memory, aligned to PINNA_HEAD_PREDICTOR_ALIGNMENT; nothing to destroy. */
PINNA_API pinna_head_filter* pinna_head_filter_place(void* memory, const pinna_head_filter_config* config);
/**
 * Makes a filter.
 * @param config     Copied; fields out of range are clamped. NULL: the default.
 * @param allocator  NULL: malloc. Must outlive the filter.
 * @return PINNA_OK, ARGUMENT or MEMORY. Thread: control.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_head_filter_create(const pinna_head_filter_config* config,
                                                                const pinna_allocator* allocator,
                                                                pinna_head_filter** out);
/** NULL is accepted. Only for filters from pinna_head_filter_create(). */
PINNA_API void pinna_head_filter_destroy(pinna_head_filter* filter);
/** Takes new options; the centre is kept, the motion forgotten. */
PINNA_API void pinna_head_filter_configure(pinna_head_filter* filter, const pinna_head_filter_config* config);

/** Takes one sample. Results as pinna_head_predictor_push(), and ARGUMENT for a position beyond 1e6 m; a refused sample
    changes nothing. Real-time safe. */
PINNA_API PINNA_REALTIME pinna_status pinna_head_filter_push(pinna_head_filter* filter,
                                                             const pinna_head_sample* sample);
/**
 * The pose expected at time_s, typically when the next block will be heard. When samples fail to come, the guess goes
 * back to the last pose within 0.6 s; after stale_s, what config.stale says. When they come again after that, the pose
 * meets them over 0.3 s. Real-time safe.
 */
PINNA_API PINNA_REALTIME pinna_head_pose pinna_head_filter_pose(const pinna_head_filter* filter, double time_s);
/** The direction now faced becomes the front; pitch and roll stay. Before any sample: nothing. Real-time safe. */
PINNA_API PINNA_REALTIME void pinna_head_filter_centre_yaw(pinna_head_filter* filter);
/** The pose now held, and the position, become neutral. Real-time safe. */
PINNA_API PINNA_REALTIME void pinna_head_filter_centre(pinna_head_filter* filter);
/**
 * Calibrates from poses read with pinna_head_filter_raw(): sets the map as pinna_head_calibrate() finds it, and the
 * centre so that the neutral pose is straight ahead. On failure nothing changes. Results as pinna_head_calibrate().
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_head_filter_calibrate(pinna_head_filter* filter, pinna_quat neutral,
                                                                   pinna_quat left, pinna_quat up,
                                                                   const pinna_quat* tilted);
/** The options in use, the calibrated map included: for saving. */
PINNA_API pinna_head_filter_config pinna_head_filter_get_config(const pinna_head_filter* filter);
/** The latest sample as it came, before map and centre: what pinna_head_calibrate() wants. Real-time safe. */
PINNA_API PINNA_REALTIME pinna_quat pinna_head_filter_raw(const pinna_head_filter* filter);

PINNA_END_DECLS
#endif
