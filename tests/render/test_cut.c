/* SPDX-License-Identifier: MIT */
/* Sounds cut short go on as their past makes likely: what that is must depend on nothing but the sound. */
#include "support.h"

enum { SOURCES = 12, FRAMES = 4096, CUT = 2560, SET_EACH = 512, RAMP = 250 /* ends shortly before CUT */ };

/* Of the renderer, and of the first source until FAR_UNTIL. */
typedef struct propagation {
    float room_m;
    bool wanted;
} propagation;

enum { FAR_UNTIL = 1024 };

/* Some noise, as all sound has: of a pure sine's end the last bits have too much to say. */
static float tone(int source, size_t frame)
{
    uint32_t noise = ((uint32_t)frame * 16u + (uint32_t)source + 1u) * 2654435761u;
    noise = (noise ^ noise >> 15) * 2246822519u;
    return 0.05f * sinf(0.02f * (float)(source + 1) * (float)frame) + 5e-12f * (float)(noise >> 1);
}

/* Each on its way, getting louder or softer. */
static void set_sources(pinna_renderer* renderer, const pinna_source* sources, bool first_is_far, size_t frame)
{
    for (int i = 0; i < SOURCES; i++) {
        pinna_source_params params = pinna_source_params_default();
        float turn = (float)i + (float)frame * 1e-4f;
        params.position = (pinna_vec3){2.0f * cosf(turn), 2.0f * sinf(turn), 0.3f};
        params.gain = 0.6f + 0.4f * sinf((float)frame * 0.01f + (float)i);
        params.propagation = first_is_far && i == 0;
        cr_assert_eq(pinna_source_set_params(renderer, sources[i], &params), PINNA_OK);
    }
}

/* Sources that all stop at CUT, in blocks of one size. */
static void render_cut(pinna_hrtf* hrtf, pinna_method method, propagation way, size_t block, float* left, float* right)
{
    static float tape[SOURCES][FRAMES];
    pinna_renderer_config config = sphere_config(hrtf, method);
    config.ramp_frames = RAMP;
    config.max_propagation_m = way.room_m;
    pinna_renderer* renderer = renderer_of(&config);
    pinna_source sources[SOURCES];
    pinna_input inputs[SOURCES];
    for (int i = 0; i < SOURCES; i++) {
        cr_assert_eq(pinna_source_create(renderer, &sources[i]), PINNA_OK);
        for (size_t n = 0; n < FRAMES; n++) tape[i][n] = tone(i, n);
    }
    for (size_t at = 0; at < FRAMES; at += block) {
        if (at % SET_EACH == 0) set_sources(renderer, sources, way.wanted && at < FAR_UNTIL, at);
        for (int i = 0; i < SOURCES; i++) inputs[i] = (pinna_input){sources[i], tape[i] + at};
        pinna_renderer_process(renderer, inputs, at < CUT ? SOURCES : 0, left + at, right + at, block);
    }
    pinna_renderer_destroy(renderer);
}

static void expect_alike(float whole[2][FRAMES], float other[2][FRAMES], double bar_db, const char* what, size_t value)
{
    for (int ear = 0; ear < 2; ear++) {
        for (size_t n = 0; n < FRAMES; n++) other[ear][n] -= whole[ear][n];
        double off_db = 20 * log10(loudest(other[ear], FRAMES) / loudest(whole[ear], FRAMES));
        cr_expect(off_db < bar_db, "%s %zu, ear %d: %.1f dB", what, value, ear, off_db);
    }
}

Test(cut, sounds_the_same_in_any_block)
{
    static const size_t blocks[] = {16, 64, 128, 256};
    static const propagation ways[] = {{0.0f, false}, {10.0f, true}};
    static float whole[2][FRAMES], split[2][FRAMES];
    pinna_hrtf* hrtf = sphere_head();
    for (int run = 0; run < 2 * (int)PINNA_METHOD_COUNT; run++) {
        pinna_method method = (pinna_method)(run / 2);
        render_cut(hrtf, method, ways[run % 2], SET_EACH, whole[0], whole[1]);
        cr_assert(loudest(whole[0] + CUT + 50, 60) > 1e-3, "a tail is heard");
        for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++) {
            render_cut(hrtf, method, ways[run % 2], blocks[b], split[0], split[1]);
            expect_alike(whole, split, -100, "blocks of", blocks[b]);
        }
    }
    pinna_hrtf_release(hrtf);
}

Test(cut, room_for_propagation_alone_changes_nothing)
{
    static float without[2][FRAMES], with[2][FRAMES];
    pinna_hrtf* hrtf = sphere_head();
    for (int method = 0; method < (int)PINNA_METHOD_COUNT; method++) {
        render_cut(hrtf, (pinna_method)method, (propagation){0.0f, false}, 128, without[0], without[1]);
        render_cut(hrtf, (pinna_method)method, (propagation){10.0f, false}, 128, with[0], with[1]);
        expect_alike(without, with, -200, "method", (size_t)method);
        render_cut(hrtf, (pinna_method)method, (propagation){10.0f, true}, 128, with[0], with[1]);
        cr_expect(fabsf(with[0][FAR_UNTIL / 2] - without[0][FAR_UNTIL / 2]) > 1e-4f, "a source farther off is late");
    }
    pinna_hrtf_release(hrtf);
}

/* Memory that holds something, as it may when it is not the system's first. */
static void* allocate_full(void* user, size_t byte_count)
{
    void* memory = malloc(byte_count);
    if (memory) memset(memory, *(int*)user, byte_count);
    return memory;
}

static void release_full(void* user, void* memory)
{
    (void)user;
    free(memory);
}

/* A sound shorter than what its end is made of. */
static void render_click(pinna_hrtf* hrtf, int byte, float* left, float* right)
{
    const pinna_allocator allocator = {allocate_full, release_full, &byte};
    pinna_renderer_config config = sphere_config(hrtf, PINNA_METHOD_AUTO);
    config.allocator = &allocator;
    pinna_renderer* renderer = renderer_of(&config);
    float samples[40];
    for (size_t n = 0; n < 40; n++) samples[n] = tone(3, n);
    pinna_input input = {source_at(renderer, 1.0f, 1.0f, 0.0f), samples};
    pinna_renderer_process(renderer, &input, 1, left, right, 40);
    for (size_t at = 40; at < 400; at += 40) pinna_renderer_process(renderer, NULL, 0, left + at, right + at, 40);
    pinna_renderer_destroy(renderer);
}

Test(cut, shorter_sounds_have_no_past_but_their_own)
{
    float clean[2][400], full[2][400];
    pinna_hrtf* hrtf = sphere_head();
    render_click(hrtf, 0, clean[0], clean[1]);
    render_click(hrtf, 0x3d, full[0], full[1]); /* floats of 0.046 */
    for (int ear = 0; ear < 2; ear++)
        for (size_t n = 0; n < 400; n++) cr_assert_eq(clean[ear][n], full[ear][n], "ear %d, frame %zu", ear, n);
    pinna_hrtf_release(hrtf);
}
