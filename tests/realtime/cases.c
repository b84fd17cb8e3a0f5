/* SPDX-License-Identifier: MIT */
#include "cases.h"

#include "head.h"
#include "traps.h"

#include "render/renderer.h"

#include <pinna/ambisonics.h>
#include <pinna/convolver.h>
#include <pinna/preset.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RATE_HZ = 48000, MAX_FRAMES = 1024, MAX_SOURCES = 256, TAPE_FRAMES = 8192, TAPE_COUNT = 6, HEAD_COUNT = 3 };

/* Tapes sources play from: noise, a sine, silence with impulses, and what must never be heard. */
enum { TAPE_NOISE, TAPE_SINE, TAPE_IMPULSES, TAPE_NOT_FINITE, TAPE_DENORMAL, TAPE_HUGE };
static float tapes[TAPE_COUNT][TAPE_FRAMES];

static void fill_tapes(void)
{
    uint32_t state = 1;
    const float bad[] = {NAN, INFINITY, -INFINITY, 0.5f};
    for (uint32_t n = 0; n < TAPE_FRAMES; n++) {
        tapes[TAPE_NOISE][n] = next_between(&state, -0.3f, 0.3f);
        tapes[TAPE_SINE][n] = 0.3f * sinf(6.2831853f * (float)n * 32.0f / TAPE_FRAMES);
        tapes[TAPE_IMPULSES][n] = n % 1000 == 0 ? 1.0f : 0.0f;
        tapes[TAPE_NOT_FINITE][n] = bad[n % 4];
        tapes[TAPE_DENORMAL][n] = (n % 2 ? -1e-40f : 1e-40f);
        tapes[TAPE_HUGE][n] = (n % 3 ? 1e30f : -1e30f);
    }
}

static const size_t block_sizes[] = {1, 2, 3, 7, 16, 31, 64, 100, 127, 128, 129, 256, 333, 480, 512, 960, 1000, 1024};

static size_t block_size(uint32_t block)
{
    return block_sizes[block % (sizeof block_sizes / sizeof block_sizes[0])];
}

/* What the parent wants to know: that all was really on. */
typedef struct sights {
    uint64_t frame_count;
    uint32_t births, deaths, swaps, exact, batch, plain, changes, reflected, ducked, responded;
    double energy;
} sights;

typedef struct stage {
    pinna_renderer* renderer;
    pinna_hrtf* heads[HEAD_COUNT];
    pinna_response* church;
    uint32_t state;
    uint32_t live_count;
    pinna_source live[MAX_SOURCES];
    uint32_t offsets[MAX_SOURCES];
    uint8_t tape[MAX_SOURCES];
    pinna_source dead;
    pinna_input inputs[MAX_SOURCES + 2];
    float left[MAX_FRAMES], right[MAX_FRAMES];
    const pinna_hrtf* last_hrtf;
    sights seen;
} stage;

enum { CHURCH_TAPS = 12000 };

static bool make_church(pinna_response** out)
{
    static float taps[2][CHURCH_TAPS];
    uint32_t state = 3;
    pinna_convolver_config config = pinna_convolver_config_default();
    config.max_tap_count = CHURCH_TAPS;
    for (uint32_t n = 0; n < CHURCH_TAPS; n++)
        for (int ear = 0; ear < 2; ear++)
            taps[ear][n] = next_between(&state, -0.05f, 0.05f) * expf(-(float)n / 3000.0f);
    const float* const paths[] = {taps[0], taps[1]};
    return pinna_response_create(&config, paths, CHURCH_TAPS, out) == PINNA_OK;
}

static bool stage_open(stage* s, pinna_method method)
{
    pinna_status status = PINNA_OK;
    *s = (stage){.state = 7};
    for (uint32_t i = 0; i < HEAD_COUNT && !status; i++) s->heads[i] = make_head(i + 1, 180, 96, NULL, &status);
    if (status) return false;
    pinna_renderer_config config = pinna_renderer_config_default();
    config.max_source_count = MAX_SOURCES;
    config.max_block_frames = MAX_FRAMES;
    config.max_propagation_m = 50.0f;
    config.method = method;
    config.max_room_tap_count = CHURCH_TAPS;
    config.hrtf = s->heads[0];
    return make_church(&s->church) && pinna_renderer_create(&config, &s->renderer) == PINNA_OK;
}

static void be_born(stage* s)
{
    pinna_source source;
    if (pinna_source_create(s->renderer, &source) != PINNA_OK) return; /* the dying still hold their places */
    pinna_source_params params = next_params(&s->state);
    params.category = (pinna_category)next_below(&s->state, PINNA_CATEGORY_COUNT);
    uint32_t i = s->live_count++;
    s->live[i] = source;
    s->offsets[i] = next_below(&s->state, TAPE_FRAMES - MAX_FRAMES);
    s->tape[i] = next_chance(&s->state, 0.02f) ? (uint8_t)next_below(&s->state, TAPE_COUNT)
                                               : (uint8_t)next_below(&s->state, TAPE_NOT_FINITE);
    if (pinna_source_set_params(s->renderer, source, &params) != PINNA_OK)
        trap_leave(TRAP_EXIT_WRONG, "set_params refused");
    s->seen.births++;
}

static void die(stage* s, uint32_t i)
{
    s->dead = s->live[i];
    if (pinna_source_destroy(s->renderer, s->dead) != PINNA_OK) trap_leave(TRAP_EXIT_WRONG, "destroy refused");
    s->live_count--;
    s->live[i] = s->live[s->live_count];
    s->offsets[i] = s->offsets[s->live_count];
    s->tape[i] = s->tape[s->live_count];
    s->seen.deaths++;
}

/* The count swings between a handful and all, so that sources are handed from path to path again and again. */
static void change_population(stage* s)
{
    uint64_t second = s->seen.frame_count / RATE_HZ;
    uint32_t wanted = second % 4 == 3 ? MAX_SOURCES - 6 : 6;
    for (int i = 0; i < 8 && s->live_count < wanted; i++) be_born(s);
    for (int i = 0; i < 8 && s->live_count > wanted; i++) die(s, next_below(&s->state, s->live_count));
    if (s->live_count > 1 && next_chance(&s->state, 0.3f)) {
        die(s, next_below(&s->state, s->live_count));
        be_born(s);
    }
}

static void move_all(stage* s)
{
    for (uint32_t i = 0; i < s->live_count; i++) {
        if (!next_chance(&s->state, 0.3f)) continue;
        pinna_source_params params = next_params(&s->state);
        if (pinna_source_set_params(s->renderer, s->live[i], &params) != PINNA_OK)
            trap_leave(TRAP_EXIT_WRONG, "set_params refused");
    }
    pinna_listener_params listener = pinna_listener_params_default();
    listener.position = next_place(&s->state, 1.0f);
    listener.orientation = pinna_quat_from_yaw_pitch_roll(next_between(&s->state, -180.0f, 180.0f), 0.0f, 0.0f);
    listener.head_orientation = pinna_quat_from_yaw_pitch_roll(0.0f, next_between(&s->state, -90.0f, 90.0f), 10.0f);
    if (pinna_renderer_set_listener(s->renderer, &listener) != PINNA_OK)
        trap_leave(TRAP_EXIT_WRONG, "set_listener refused");
}

/* The sets are all held by the stage, so that none is freed in here. */
static void swap_sets(stage* s, uint32_t block)
{
    if (block % 50 == 0 &&
        pinna_renderer_set_hrtf(s->renderer, s->heads[next_below(&s->state, HEAD_COUNT)]) != PINNA_OK)
        trap_leave(TRAP_EXIT_WRONG, "set_hrtf refused");
    pinna_renderer_collect(s->renderer);
}

/* Presets, rooms and a measured room, in any order and at any time. */
static void change_mix(stage* s, uint32_t block)
{
    static const char* const rooms[] = {"living room", "cinema", "hall", "studio", "off"};
    pinna_preset preset;
    if (block % 40 == 7) {
        bool good = pinna_preset_find(pinna_preset_name(next_below(&s->state, 3)), &preset) == PINNA_OK &&
                    pinna_preset_set(&preset, "room", rooms[next_below(&s->state, 5)], NULL) == PINNA_OK;
        preset.room.reflection_order = next_below(&s->state, 3);
        preset.mix.recentre_s = next_chance(&s->state, 0.5f) ? 1.0f : 0.0f;
        pinna_hrtf* head = next_chance(&s->state, 0.5f) ? s->heads[next_below(&s->state, HEAD_COUNT)] : NULL;
        if (!good || pinna_renderer_set_preset(s->renderer, &preset, head) != PINNA_OK)
            trap_leave(TRAP_EXIT_WRONG, "set_preset refused");
    }
    if (block % 90 == 31 &&
        pinna_renderer_set_room_response(s->renderer, next_chance(&s->state, 0.5f) ? s->church : NULL) != PINNA_OK)
        trap_leave(TRAP_EXIT_WRONG, "set_room_response refused");
}

static void equalise(stage* s, uint32_t block)
{
    pinna_equalizer eq = {.ears = {{.preamp_db = -6.0f, .filter_count = 9}, {.filter_count = 1}}};
    for (uint32_t i = 0; i < 9; i++)
        eq.ears[PINNA_LEFT].filters[i] = (pinna_filter){PINNA_FILTER_PEAK, PINNA_WIDTH_Q, 100.0f * (float)(i + 1),
                                                        next_between(&s->state, -6.0f, 6.0f), 2.0f};
    eq.ears[PINNA_RIGHT].filters[0] = (pinna_filter){PINNA_FILTER_LOW_SHELF, PINNA_WIDTH_Q, 100.0f, 3.0f, 0.7f};
    if (block % 30 == 0 && pinna_renderer_set_equalizer(s->renderer, block % 60 ? &eq : NULL) != PINNA_OK)
        trap_leave(TRAP_EXIT_WRONG, "set_equalizer refused");
}

static size_t list_inputs(stage* s, size_t frame_count)
{
    size_t count = 0;
    for (uint32_t i = 0; i < s->live_count; i++) {
        if (next_chance(&s->state, 0.05f)) continue; /* falls silent for a block */
        const float* samples = tapes[s->tape[i]] + s->offsets[i];
        s->inputs[count++] = (pinna_input){s->live[i], next_chance(&s->state, 0.01f) ? NULL : samples};
        s->offsets[i] = (s->offsets[i] + (uint32_t)frame_count) % (TAPE_FRAMES - MAX_FRAMES);
    }
    s->inputs[count++] = (pinna_input){s->dead, tapes[TAPE_NOISE]};
    s->inputs[count] = s->inputs[0];
    return count + 1;
}

static void look(stage* s, size_t frame_count)
{
    pinna_renderer* r = s->renderer;
    for (size_t n = 0; n < frame_count; n++) {
        if (!(fabsf(s->left[n]) <= 1.0f && fabsf(s->right[n]) <= 1.0f))
            trap_leave(TRAP_EXIT_WRONG, "a sample is not finite or beyond full scale");
        s->seen.energy += (double)(s->left[n] * s->left[n]);
    }
    for (uint32_t i = 0; i < r->active_count; i++) {
        const pinna_voiced_source* source = &r->sources[r->active[i]];
        s->seen.exact += source->voices[0].path == PINNA_PATH_EXACT;
        s->seen.batch += source->voices[0].path == PINNA_PATH_BATCH;
        s->seen.plain += source->voices[0].path == PINNA_PATH_PLAIN;
        s->seen.changes += source->voices[1].path != PINNA_PATH_NONE;
    }
    s->seen.reflected += r->space.reflector_count - r->space.free_count;
    s->seen.ducked += r->mixer.duck_share > 0.5f;
    s->seen.responded += r->space.share_to > 0.5f;
    s->seen.swaps += r->banks[r->bank].hrtf != s->last_hrtf;
    s->last_hrtf = r->banks[r->bank].hrtf;
    s->seen.frame_count += frame_count;
}

static void render(stage* s, uint64_t frame_count)
{
    for (uint32_t block = 0; s->seen.frame_count < frame_count; block++) {
        size_t frames = block_size(block);
        change_population(s);
        move_all(s);
        swap_sets(s, block);
        equalise(s, block);
        change_mix(s, block);
        size_t count = list_inputs(s, frames);
        pinna_direct direct = {tapes[next_below(&s->state, TAPE_COUNT)], tapes[TAPE_SINE]};
        pinna_renderer_process_with(s->renderer, s->inputs, count, block % 2 ? &direct : NULL, s->left, s->right,
                                    frames);
        look(s, frames);
    }
}

static bool saw_everything(const sights* seen, pinna_method method)
{
    bool exact = method == PINNA_METHOD_BATCH || seen->exact > 0,
         batch = method == PINNA_METHOD_EXACT || seen->batch > 0;
    return exact && batch && seen->plain > 0 && seen->changes > 0 && seen->births > 50 && seen->deaths > 50 &&
           seen->swaps > 1 && seen->energy > 0.0 && seen->reflected > 0 && seen->ducked > 0 && seen->responded > 0;
}

static double share(const sights* seen, uint32_t count)
{
    return 100.0 * count / fmax(1.0, (double)seen->exact + seen->batch + seen->plain);
}

static void run_renderer(int fd, pinna_method method, double seconds)
{
    static stage s;
    if (!stage_open(&s, method)) trap_leave(TRAP_EXIT_WRONG, "the stage could not be prepared");
    trap_enter(fd);
    render(&s, (uint64_t)(seconds * RATE_HZ));
    bool all = saw_everything(&s.seen, method);
    char sentence[256];
    snprintf(sentence, sizeof sentence,
             "%s: %.0f s; %u births, %u deaths, %u swaps, %u changes of path, sources %.0f %% exact, %.0f %% batch, "
             "%.0f %% plain", all ? "clean" : "not every feature was on", (double)s.seen.frame_count / RATE_HZ,
             s.seen.births, s.seen.deaths, s.seen.swaps, s.seen.changes, share(&s.seen, s.seen.exact),
             share(&s.seen, s.seen.batch), share(&s.seen, s.seen.plain));
    trap_leave(all ? TRAP_EXIT_CLEAN : TRAP_EXIT_WRONG, sentence);
}

void run_auto(int fd, double seconds)
{
    run_renderer(fd, PINNA_METHOD_AUTO, seconds);
}

void run_exact(int fd, double seconds)
{
    run_renderer(fd, PINNA_METHOD_EXACT, 0.05 * seconds); /* dear, with so many sources */
}

void run_batch(int fd, double seconds)
{
    run_renderer(fd, PINNA_METHOD_BATCH, 0.25 * seconds);
}

/* --- the partitioned convolver --- */

enum { ROOM_TAPS = 30000, ROOM_COUNT = 2 };

static bool convolver_open(pinna_convolver** convolver, pinna_response* rooms[ROOM_COUNT])
{
    static float taps[2][ROOM_TAPS];
    pinna_convolver_config config = pinna_convolver_config_default();
    config.input_count = 2;
    config.max_tap_count = ROOM_TAPS;
    for (int room = 0; room < ROOM_COUNT; room++) {
        uint32_t state = (uint32_t)room + 5;
        for (uint32_t n = 0; n < ROOM_TAPS; n++)
            for (int i = 0; i < 2; i++) taps[i][n] = next_between(&state, -0.05f, 0.05f) * expf(-(float)n / 5000.0f);
        const float* const paths[] = {taps[0], taps[1], taps[1], taps[0]};
        if (pinna_response_create(&config, paths, ROOM_TAPS, &rooms[room]) != PINNA_OK) return false;
    }
    return pinna_convolver_create(&config, convolver) == PINNA_OK;
}

static void convolve(pinna_convolver* convolver, pinna_response* const rooms[ROOM_COUNT], uint64_t frame_count)
{
    static float out[2][MAX_FRAMES];
    uint64_t done = 0;
    for (uint32_t block = 0; done < frame_count; block++) {
        size_t frames = block_size(block);
        const float* const in[] = {tapes[block % TAPE_COUNT], block % 7 ? tapes[TAPE_NOISE] + done % 1000 : NULL};
        if (block % 40 == 0) {
            pinna_response* room = block % 3 ? rooms[block / 40 % ROOM_COUNT] : NULL;
            if (pinna_convolver_set_response(convolver, room) != PINNA_OK)
                trap_leave(TRAP_EXIT_WRONG, "response refused");
            pinna_convolver_collect(convolver);
        }
        pinna_convolver_process(convolver, in, (float* const[]){out[0], out[1]}, frames);
        for (size_t n = 0; n < frames; n++)
            if (!isfinite(out[0][n]) || !isfinite(out[1][n])) trap_leave(TRAP_EXIT_WRONG, "a sample is not finite");
        done += frames;
    }
}

void run_convolver(int fd, double seconds)
{
    pinna_convolver* convolver = NULL;
    pinna_response* rooms[ROOM_COUNT];
    if (!convolver_open(&convolver, rooms)) trap_leave(TRAP_EXIT_WRONG, "the convolver could not be prepared");
    trap_enter(fd);
    convolve(convolver, rooms, (uint64_t)(seconds * RATE_HZ));
    trap_leave(TRAP_EXIT_CLEAN, "no system call, no allocation, no lock");
}

/* --- ambisonics --- */

static pinna_ambisonics* ambisonics_open(void)
{
    pinna_ambisonics_config config = pinna_ambisonics_config_default();
    pinna_ambisonics* a = NULL;
    pinna_status status;
    pinna_hrtf* head = make_head(1, 180, 96, NULL, &status);
    config.hrtf = head;
    config.order = PINNA_AMBISONICS_MAX_ORDER;
    if (!head || pinna_ambisonics_create(&config, &a) != PINNA_OK) a = NULL;
    pinna_hrtf_release(head);
    return a;
}

static void decode(pinna_ambisonics* a, uint64_t frame_count)
{
    static float out[2][MAX_FRAMES];
    uint64_t done = 0;
    uint32_t state = 3;
    for (uint32_t block = 0; done < frame_count; block++) {
        size_t frames = block_size(block);
        const float* channels[PINNA_AMBISONICS_MAX_CHANNELS];
        for (uint32_t c = 0; c < PINNA_AMBISONICS_MAX_CHANNELS; c++)
            channels[c] = next_chance(&state, 0.1f) ? NULL : tapes[(block + c) % TAPE_COUNT] + done % 1000;
        pinna_quat q = pinna_quat_from_yaw_pitch_roll(next_between(&state, -180.0f, 180.0f), 20.0f, 0.0f);
        if (block % 3 == 0 && pinna_ambisonics_set_orientation(a, q) != PINNA_OK)
            trap_leave(TRAP_EXIT_WRONG, "orientation refused");
        pinna_ambisonics_process(a, channels, out[0], out[1], frames);
        for (size_t n = 0; n < frames; n++)
            if (!isfinite(out[0][n]) || !isfinite(out[1][n])) trap_leave(TRAP_EXIT_WRONG, "a sample is not finite");
        done += frames;
    }
}

void run_ambisonics(int fd, double seconds)
{
    pinna_ambisonics* a = ambisonics_open();
    if (!a) trap_leave(TRAP_EXIT_WRONG, "the decoder could not be prepared");
    trap_enter(fd);
    decode(a, (uint64_t)(0.1 * seconds * RATE_HZ));
    trap_leave(TRAP_EXIT_CLEAN, "no system call, no allocation, no lock");
}

/* --- the parent's side --- */

int run_case(const char* name, case_run* run, double seconds)
{
    int ends[2], outcome = 0;
    char sentence[256] = "no verdict";
    fill_tapes();
    fflush(NULL);
    if (pipe(ends) != 0) return -1;
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run(ends[1], seconds);
    }
    close(ends[1]);
    ssize_t length = read(ends[0], sentence, sizeof sentence - 1);
    if (length > 0) sentence[length] = '\0';
    close(ends[0]);
    if (child < 0 || waitpid(child, &outcome, 0) < 0) return -1;
    int code = WIFEXITED(outcome) ? WEXITSTATUS(outcome) : -1;
    printf("%-22s %s (exit code %d)\n", name, sentence, code);
    return code;
}
