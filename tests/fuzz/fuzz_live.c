/* SPDX-License-Identifier: MIT */
/* The head of a live session: tracker samples, commands and periods in any order, by clocks that jump and stop. What
   comes out is always a pose. */
#include "fuzz.h"

#include "live_head.h"

enum { MAX_CALLS = 400 };

typedef struct session {
    fuzz_input in;
    pinna_live_head* head;
    double now_s;
} session;

size_t fuzz_seed(unsigned index, uint8_t* out, size_t capacity)
{
    enum { BYTES = 900 };
    if (index >= 4 || capacity < BYTES) return 0;
    uint32_t state = 77 * index + 1;
    for (int i = 0; i < BYTES; i++) {
        state = state * 1664525u + 1013904223u;
        out[i] = (uint8_t)(state >> 24);
    }
    return BYTES;
}

static pinna_quat any_quat(fuzz_input* in)
{
    if (fuzz_byte(in) % 4 == 0) return (pinna_quat){fuzz_float(in), fuzz_float(in), fuzz_float(in), fuzz_float(in)};
    float yaw = fuzz_float(in), pitch = fuzz_float(in);
    return pinna_quat_from_yaw_pitch_roll(20 * yaw, 5 * pitch, fuzz_float(in));
}

/* Most steps are a period's; some are a suspend, a clock that was set back, or no number at all. */
static double any_time(session* s)
{
    uint8_t kind = fuzz_byte(&s->in);
    if (kind < 200) s->now_s += 1e-4 * kind;
    else if (kind < 220) s->now_s -= 10.0 * (kind - 199);
    else if (kind < 240) s->now_s += 1e5 * (kind - 219);
    else return (double)fuzz_float(&s->in) * (kind & 1 ? 1e30 : 1);
    return s->now_s;
}

static void push(session* s)
{
    uint8_t flags = fuzz_byte(&s->in);
    pinna_head_sample sample = {.time_s = any_time(s), .orientation = any_quat(&s->in)};
    sample.has_position = flags & 1;
    sample.has_angular_velocity = flags & 2;
    sample.discontinuity_count = flags >> 6;
    if (flags & 1) sample.position_m = (pinna_vec3){fuzz_float(&s->in), fuzz_float(&s->in), fuzz_float(&s->in)};
    if (flags & 2)
        sample.angular_velocity_rad_per_s = (pinna_vec3){fuzz_float(&s->in), fuzz_float(&s->in), fuzz_float(&s->in)};
    (void)pinna_live_head_push(s->head, &sample);
}

static void send(session* s)
{
    uint8_t flags = fuzz_byte(&s->in);
    pinna_live_head_command command = {.order =
                                           (pinna_live_head_order)(fuzz_byte(&s->in) % (PINNA_LIVE_HEAD_RESTART + 1)),
                                       .config = pinna_head_filter_config_default(),
                                       .has_tilted = flags & 1};
    for (int i = 0; i < 4 && command.order == PINNA_LIVE_HEAD_CALIBRATE; i++) command.poses[i] = any_quat(&s->in);
    command.config.invert_yaw = flags & 2;
    command.config.predict = flags & 4;
    command.config.smooth_time = flags & 8;
    if (flags & 16) command.config.stale_s = fuzz_float(&s->in);
    if (flags & 32) command.config.return_s = fuzz_float(&s->in), command.config.stale = (pinna_head_stale)(flags % 3);
    if (flags & 64) command.config.still_s = fuzz_float(&s->in), command.config.auto_centre_s = fuzz_float(&s->in);
    (void)pinna_live_head_send(s->head, &command);
}

static void expect_unit(pinna_quat q)
{
    FUZZ_EXPECT(fabsf(q.w * q.w + q.x * q.x + q.y * q.y + q.z * q.z - 1.0f) < 1e-2f);
}

static void render(session* s)
{
    double now_s = any_time(s), heard_s = fuzz_byte(&s->in) < 200 ? now_s + 0.02 : any_time(s);
    pinna_live_head_begin(s->head, now_s, heard_s);
    for (int i = 0; i <= 2; i++) expect_unit(pinna_live_head_at(s->head, 0.5f * (float)i));
    FUZZ_EXPECT(pinna_vec3_is_finite(pinna_live_head_position(s->head)));
    pinna_live_head_end(s->head, now_s);
    pinna_live_head_view view = pinna_live_head_look(s->head);
    expect_unit(view.pose.orientation);
    FUZZ_EXPECT(isfinite(view.look_ahead_s));
}

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t byte_count)
{
    session s = {.in = {bytes, byte_count}};
    if (pinna_live_head_create(&s.head)) return 0;
    for (int call = 0; call < MAX_CALLS && s.in.left > 0; call++) {
        uint8_t kind = fuzz_byte(&s.in) % 8;
        if (kind < 4) push(&s);
        else if (kind < 5) send(&s);
        else render(&s);
    }
    render(&s);
    pinna_live_head_destroy(s.head);
    return 0;
}
