/* SPDX-License-Identifier: MIT */
/* A source on a circle, gliding or in steps, against one whose direction is new at every frame. */
#include "reference.h"

/* LEAD: frames before the first one compared. EARLY: a period's last frame already has the target, one frame before the
   next period's first. */
enum { RATE = 48000, RAMP = 8, FRAMES = 16384, LEAD = 1024, EARLY = 1 };

/** Where the source is at a frame. */
typedef struct motion {
    double speed_deg_s;
    double step_deg; /**< 0: glides evenly. */
    uint32_t step_frames;
    double elevation_deg;
} motion;

/* A step takes 5 ms, as the tool's paths make it. */
static double stepped_deg(const motion* m, size_t frame)
{
    enum { EASE = RATE / 200 };
    size_t step = frame / m->step_frames, since = frame % m->step_frames;
    double part = step && since < EASE ? (double)since / EASE : 1.0;
    return m->step_deg * ((double)step - 1.0 + part);
}

static pinna_vec3 direction_at(const motion* m, size_t frame)
{
    double degrees = m->step_frames ? stepped_deg(m, frame) : m->speed_deg_s * (double)frame / RATE;
    return pinna_direction_from_spherical((float)fmod(degrees, 360.0), (float)m->elevation_deg);
}

typedef struct rendering {
    float *left, *right;
} rendering;

static rendering rendering_create(void)
{
    return (rendering){calloc(FRAMES, sizeof(float)), calloc(FRAMES, sizeof(float))};
}

static void rendering_destroy(rendering* r)
{
    free(r->left);
    free(r->right);
}

/* A period's target is set at its first frame and reached at the next period's. */
static rendering render_moving(pinna_hrtf* hrtf, pinna_method method, uint32_t ramp, const motion* m,
                               const float* input)
{
    rendering out = rendering_create();
    pinna_renderer_config config = plain_config(hrtf, method);
    config.ramp_frames = ramp;
    pinna_renderer* renderer = renderer_of(&config);
    pinna_source source = source_at(renderer, direction_at(m, 0));
    for (size_t frame = 0; frame < FRAMES; frame += ramp) {
        move_source(renderer, source, direction_at(m, frame + ramp));
        process_one(renderer, source, input + frame, out.left + frame, out.right + frame, ramp);
    }
    pinna_renderer_destroy(renderer);
    return out;
}

static rendering render_reference(const pinna_hrtf* hrtf, const motion* m, const float* input)
{
    rendering out = rendering_create();
    reference* r = reference_create(hrtf, input, FRAMES);
    filters f = filters_create(hrtf);
    for (size_t frame = 0; frame < FRAMES; frame++) {
        filters_look_up(hrtf, direction_at(m, frame + EARLY), &f);
        out.left[frame] = reference_frame(r, &f, PINNA_LEFT, frame);
        out.right[frame] = reference_frame(r, &f, PINNA_RIGHT, frame);
    }
    filters_destroy(&f);
    reference_destroy(r);
    return out;
}

static double both_residual_db(const rendering* reference_out, const rendering* got)
{
    double error = 0.0, signal = 0.0;
    for (size_t n = LEAD; n < FRAMES; n++) {
        double l = (double)got->left[n] - reference_out->left[n], r = (double)got->right[n] - reference_out->right[n];
        error += l * l + r * r;
        signal += (double)reference_out->left[n] * reference_out->left[n] +
                  (double)reference_out->right[n] * reference_out->right[n];
    }
    return ratio_db(error, signal);
}

/* Energy above 10 kHz relative to all, of the ear where it is worse. */
static double splatter_db(const rendering* r)
{
    double worst = -INFINITY, *high = malloc(FRAMES * sizeof *high);
    const float* ears[] = {r->left, r->right};
    for (int ear = 0; ear < 2; ear++) {
        band_pass(ears[ear], high, FRAMES, 10000.0, RATE, RATE);
        worst = fmax(worst, ratio_db(energy(high, FRAMES - LEAD), energy_of(ears[ear], FRAMES - LEAD)));
    }
    free(high);
    return worst;
}

/* The exact path is held against the reference above. What the batch path does between its updates is held against the
   batch path updated at every frame: its filters are shared and have no per-source reference. */
static rendering expected(pinna_hrtf* hrtf, pinna_method method, const motion* m, const float* input)
{
    if (method == PINNA_METHOD_EXACT) return render_reference(hrtf, m, input);
    return render_moving(hrtf, method, 1, m, input);
}

static void check_motion(const char* label, pinna_hrtf* hrtf, pinna_method method, const motion* m, const char* what)
{
    const char* path = method == PINNA_METHOD_EXACT ? "exact" : "batch";
    float *noise = band_noise(FRAMES, 20.0, 20000.0, RATE, 5), *tone = sine(FRAMES, 1000.0, RATE);
    rendering got[] = {render_moving(hrtf, method, RAMP, m, noise), render_moving(hrtf, method, RAMP, m, tone)};
    rendering want[] = {expected(hrtf, method, m, noise), expected(hrtf, method, m, tone)};
    double noise_db = both_residual_db(&want[0], &got[0]), tone_db = both_residual_db(&want[1], &got[1]);
    double high_db = splatter_db(&got[1]);
    say(label,
        "moving, %s, %s: residual of noise %.1f dB, of 1 kHz %.1f dB, beyond 10 kHz %.1f dB (bars -60 / -60 / -70)",
        path, what, noise_db, tone_db, high_db);
    cr_expect_leq(noise_db, -60.0, "%s %s %s", label, path, what);
    cr_expect_leq(tone_db, -60.0, "%s %s %s", label, path, what);
    cr_expect_leq(high_db, -70.0, "%s %s %s", label, path, what);
    for (int i = 0; i < 2; i++)
        rendering_destroy(&got[i]), rendering_destroy(&want[i]);
    free(noise);
    free(tone);
}

static void check_motions(const set_name* name, pinna_hrtf* hrtf, pinna_method method)
{
    static const double speeds_deg_s[] = {90.0, 180.0, 360.0, 720.0};
    for (size_t i = 0; i < sizeof speeds_deg_s / sizeof speeds_deg_s[0]; i++) {
        motion even = {.speed_deg_s = speeds_deg_s[i]};
        char what[32];
        snprintf(what, sizeof what, "%.0f deg/s", even.speed_deg_s);
        check_motion(name->label, hrtf, method, &even, what);
    }
    if (method == PINNA_METHOD_BATCH) return; /* updated at every frame a step is a jump: no reference for a ramp */
    motion steps = {.step_deg = 5.0, .step_frames = RATE / 100};
    check_motion(name->label, hrtf, method, &steps, "5 deg each 10 ms");
}

SetsTest(moving, exact, 2)
{
    pinna_hrtf* hrtf = need_hrtf(name);
    check_motions(name, hrtf, PINNA_METHOD_EXACT);
    pinna_hrtf_release(hrtf);
}

SetsTest(moving, batch, 2)
{
    pinna_hrtf* hrtf = need_hrtf(name);
    check_motions(name, hrtf, PINNA_METHOD_BATCH);
    pinna_hrtf_release(hrtf);
}
