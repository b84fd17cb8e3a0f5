/* SPDX-License-Identifier: MIT */
/* Turning the head is turning the world the other way; a mirrored world is heard by swapped ears. */
#include "support.h"

enum { LENGTH = 512, PAIRS = 1000 };

static pinna_quat random_turn(uint32_t* seed)
{
    pinna_quat q = {(float)random_unit(seed), (float)random_unit(seed), (float)random_unit(seed),
                    (float)random_unit(seed)};
    return pinna_quat_normalize(q);
}

/* Hamilton's v' = q v q*, written out in double precision; the host's axes do not matter to it. */
static pinna_vec3 turned(pinna_quat q, pinna_vec3 v)
{
    double w = q.w, x = q.x, y = q.y, z = q.z;
    double tx = 2.0 * (y * v.z - z * v.y), ty = 2.0 * (z * v.x - x * v.z), tz = 2.0 * (x * v.y - y * v.x);
    return (pinna_vec3){(float)(v.x + w * tx + y * tz - z * ty), (float)(v.y + w * ty + z * tx - x * tz),
                        (float)(v.z + w * tz + x * ty - y * tx)};
}

/* The response of a new source, the listener being as it was set. */
static void respond(pinna_renderer* renderer, pinna_vec3 position, float out[2][LENGTH])
{
    static const float impulse[LENGTH] = {1.0f};
    pinna_source source = source_at(renderer, position);
    process_one(renderer, source, impulse, out[0], out[1], LENGTH);
    cr_assert_eq(pinna_source_destroy(renderer, source), PINNA_OK);
}

static void turn_head(pinna_renderer* renderer, pinna_quat body, pinna_quat head)
{
    static float silence[2][LENGTH];
    pinna_listener_params listener = pinna_listener_params_default();
    listener.orientation = body;
    listener.head_orientation = head;
    cr_assert_eq(pinna_renderer_set_listener(renderer, &listener), PINNA_OK);
    pinna_renderer_process(renderer, NULL, 0, silence[0], silence[1], LENGTH); /* it is taken when a period begins */
}

/* The worst difference of PAIRS turns in one convention. */
static double worst_of_turns(pinna_hrtf* hrtf, pinna_axes axes, pinna_method method, uint32_t seed)
{
    static float moved[2][LENGTH], still[2][LENGTH];
    pinna_renderer_config config = plain_config(hrtf, method);
    config.axes = axes;
    config.max_source_count = 8;
    pinna_renderer* renderer = renderer_of(&config);
    double worst = -INFINITY;
    for (int i = 0; i < PAIRS; i++) {
        pinna_quat body = random_turn(&seed), head = i % 2 ? random_turn(&seed) : pinna_quat_identity();
        pinna_vec3 position = random_direction(&seed);
        turn_head(renderer, body, head);
        respond(renderer, position, moved);
        turn_head(renderer, pinna_quat_identity(), pinna_quat_identity());
        respond(renderer, turned(pinna_quat_conjugate(head), turned(pinna_quat_conjugate(body), position)), still);
        worst = fmax(worst, peak_residual_db(&still[0][0], &moved[0][0], 2 * LENGTH));
    }
    pinna_renderer_destroy(renderer);
    return worst;
}

Test(rotation, head_or_source)
{
    static const char* const names[PINNA_AXES_COUNT] = {"AES69", "OpenGL", "Unity", "Unreal", "ADM"};
    pinna_hrtf* hrtf = need_hrtf(KEMAR);
    for (int axes = 0; axes < PINNA_AXES_COUNT; axes++) {
        double exact = worst_of_turns(hrtf, (pinna_axes)axes, PINNA_METHOD_EXACT, 3);
        double batch = worst_of_turns(hrtf, (pinna_axes)axes, PINNA_METHOD_BATCH, 4);
        say("KEMAR",
            "head turned against source turned, %s axes, %d pairs: worst %.1f dB exact, %.1f dB batch (bar -100)",
            names[axes], PAIRS, exact, batch);
        cr_expect_leq(exact, -100.0, "%s", names[axes]);
        cr_expect_leq(batch, -100.0, "%s", names[axes]);
    }
    pinna_hrtf_release(hrtf);
}

/* The same head with left and right exchanged, in plain arrays. */
static pinna_hrtf* prepare_mirrored(const pinna_measured_set* set)
{
    size_t row = set->tap_count, count = set->measurement_count;
    float *hrirs = malloc(2 * count * row * sizeof *hrirs), *delays = calloc(2 * count, sizeof *delays);
    pinna_vec3* positions = malloc(count * sizeof *positions);
    for (size_t i = 0; i < count; i++) {
        for (size_t ear = 0; ear < 2; ear++) {
            memcpy(hrirs + (2 * i + ear) * row, set->hrirs + (2 * i + 1 - ear) * row, row * sizeof *hrirs);
            if (set->delays_frames) delays[2 * i + ear] = set->delays_frames[2 * i + 1 - ear];
        }
        positions[i] = (pinna_vec3){set->positions_m[i].x, -set->positions_m[i].y, set->positions_m[i].z};
    }
    pinna_measured_set mirrored = *set;
    mirrored.hrirs = hrirs;
    mirrored.delays_frames = delays;
    mirrored.positions_m = positions;
    pinna_hrtf* hrtf = prepare(&mirrored, 48000, 0);
    free(hrirs);
    free(delays);
    free(positions);
    return hrtf;
}

static double worst_of_mirrors(pinna_hrtf* hrtf, pinna_hrtf* mirrored, pinna_method method, uint32_t seed,
                               pinna_vec3* where)
{
    enum { COUNT = 300 };
    pinna_vec3 directions[COUNT], mirrors[COUNT];
    for (int i = 0; i < COUNT; i++) {
        directions[i] = random_direction(&seed);
        mirrors[i] = (pinna_vec3){directions[i].x, -directions[i].y, directions[i].z};
    }
    float* a = probe(hrtf, method, directions, COUNT, LENGTH);
    float* b = probe(mirrored, method, mirrors, COUNT, LENGTH);
    double worst = -INFINITY;
    for (size_t row = 0; row < 2 * (size_t)COUNT; row++) {
        double now = peak_residual_db(a + row * LENGTH, b + (row ^ 1) * LENGTH, LENGTH);
        if (now > worst) worst = now, *where = directions[row / 2];
    }
    free(a);
    free(b);
    return worst;
}

SetsTest(rotation, mirror, 2)
{
    pinna_sofa* sofa = need_sofa(name);
    pinna_hrtf *hrtf = prepare(pinna_sofa_measured(sofa), 48000, 0),
               *mirrored = prepare_mirrored(pinna_sofa_measured(sofa));
    for (int method = PINNA_METHOD_EXACT; method < PINNA_METHOD_COUNT; method++) {
        pinna_vec3 where = {0};
        double worst = worst_of_mirrors(hrtf, mirrored, (pinna_method)method, 11, &where);
        pinna_spherical at = pinna_spherical_from_vec3(where);
        /* The batch basis is fitted in single precision and depends on the order of the set's rows, which mirroring
           changes: -73 dB is what that leaves. */
        double bar = method == PINNA_METHOD_EXACT ? -100.0 : -70.0;
        say(name->label, "mirrored set and scene, %s: worst %.1f dB, at %.1f/%.1f (bar -100)",
            method == PINNA_METHOD_EXACT ? "exact" : "batch", worst, (double)at.azimuth_deg, (double)at.elevation_deg);
        cr_expect_leq(worst, bar);
    }
    pinna_hrtf_release(hrtf);
    pinna_hrtf_release(mirrored);
    pinna_sofa_destroy(sofa);
}
