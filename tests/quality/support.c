/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <stdarg.h>
#include <sys/stat.h>

#define PI 3.14159265358979323846

set_name all_sets[] = {
    {"KEMAR", "", 0},
    {"KU100", "FHK_HRIR_L2354_v0.4.sofa", 0},
    {"HUTUBS", "HUTUBS_pp91_measured.sofa", 0},
    {"FABIAN", "FABIAN_hrirs_358_pyfar.sofa", 0},
    {"ARI", "ARI_hrtf_c_nh906.sofa", 0},
    {"SONICOM", "SONICOM_example1_48k.sofa", 0},
};
const size_t all_set_count = sizeof all_sets / sizeof all_sets[0];

static void find_path(const set_name* set, char path[512])
{
    struct stat facts;
    if (!set->file[0]) {
        const char* kemar = pinna_sofa_default_path();
        if (!kemar) cr_skip_test("no default set is installed (Debian: libmysofa1)");
        snprintf(path, 512, "%s", kemar);
        return;
    }
    const char* folder = getenv("PINNA_TEST_DATA");
    snprintf(path, 512, "%s/sofa/%s", folder && *folder ? folder : PINNA_SOURCE_DIR "/../shared/data", set->file);
    if (stat(path, &facts) != 0) cr_skip_test("%s is not here; set PINNA_TEST_DATA", set->file);
}

pinna_sofa* need_sofa(const set_name* set)
{
    char path[512];
    find_path(set, path);
    pinna_report report = {0};
    pinna_sofa* sofa = NULL;
    pinna_status status = pinna_sofa_load(path, &report, &sofa);
    cr_assert_eq(status, PINNA_OK, "%s: %s", path, pinna_report_error(&report));
    return sofa;
}

pinna_hrtf* prepare(const pinna_measured_set* measured, uint32_t rate_hz, uint32_t tap_count)
{
    pinna_prepare_config config = pinna_prepare_config_default();
    config.sample_rate_hz = rate_hz;
    config.tap_count = tap_count;
    pinna_hrtf* hrtf = NULL;
    cr_assert_eq(pinna_hrtf_prepare(measured, &config, NULL, &hrtf), PINNA_OK);
    return hrtf;
}

pinna_hrtf* need_hrtf(const set_name* set)
{
    pinna_sofa* sofa = need_sofa(set);
    pinna_hrtf* hrtf = prepare(pinna_sofa_measured(sofa), 48000, set->tap_count);
    pinna_sofa_destroy(sofa);
    return hrtf;
}

pinna_renderer_config plain_config(pinna_hrtf* hrtf, pinna_method method)
{
    pinna_renderer_config config = pinna_renderer_config_default();
    config.sample_rate_hz = pinna_hrtf_get_info(hrtf).sample_rate_hz;
    config.hrtf = hrtf;
    config.method = method;
    config.limiter = false;
    return config;
}

pinna_source_params at_position(pinna_vec3 position)
{
    pinna_source_params params = pinna_source_params_default();
    params.position = position;
    params.distance_model = PINNA_DISTANCE_NONE;
    return params;
}

pinna_source source_at(pinna_renderer* renderer, pinna_vec3 position)
{
    pinna_source source;
    cr_assert_eq(pinna_source_create(renderer, &source), PINNA_OK);
    pinna_source_params params = at_position(position);
    params.snap = true;
    cr_assert_eq(pinna_source_set_params(renderer, source, &params), PINNA_OK);
    return source;
}

void move_source(pinna_renderer* renderer, pinna_source source, pinna_vec3 position)
{
    pinna_source_params params = at_position(position);
    cr_assert_eq(pinna_source_set_params(renderer, source, &params), PINNA_OK);
}

void process_one(pinna_renderer* renderer, pinna_source source, const float* samples, float* left, float* right,
                 size_t frame_count)
{
    pinna_input input = {source, samples};
    pinna_renderer_process(renderer, &input, 1, left, right, frame_count);
}

/* Every response is rendered by a source of its own, born in silence. */
float* probe(pinna_hrtf* hrtf, pinna_method method, const pinna_vec3* directions, size_t count, size_t frame_count)
{
    pinna_renderer_config config = plain_config(hrtf, method);
    config.max_block_frames = (uint32_t)frame_count;
    pinna_renderer* renderer = renderer_of(&config);
    float *out = calloc(2 * count * frame_count, sizeof *out), *impulse = calloc(frame_count, sizeof *impulse);
    impulse[0] = 1.0f;
    for (size_t i = 0; i < count; i++) {
        pinna_source source = source_at(renderer, directions[i]);
        float* row = out + 2 * i * frame_count;
        process_one(renderer, source, impulse, row, row + frame_count, frame_count);
        cr_assert_eq(pinna_source_destroy(renderer, source), PINNA_OK);
    }
    free(impulse);
    pinna_renderer_destroy(renderer);
    return out;
}

double random_unit(uint32_t* state)
{
    *state = *state * 1664525u + 1013904223u;
    return (double)(*state >> 8) / 8388608.0 - 1.0;
}

pinna_vec3 random_direction(uint32_t* state)
{
    double z = random_unit(state), turn = PI * random_unit(state), r = sqrt(1.0 - z * z);
    return (pinna_vec3){(float)(r * cos(turn)), (float)(r * sin(turn)), (float)z};
}

static void fade(float* x, size_t count, size_t fade_count)
{
    for (size_t n = 0; n < fade_count && n < count; n++) {
        float gain = (float)(0.5 - 0.5 * cos(PI * ((double)n + 0.5) / (double)fade_count));
        x[n] *= gain;
        x[count - 1 - n] *= gain;
    }
}

float* band_noise(size_t count, double low_hz, double high_hz, double rate_hz, uint32_t seed)
{
    float* x = calloc(count, sizeof *x);
    double *filtered = malloc(count * sizeof *filtered), peak = 0.0;
    for (size_t n = 0; n < count; n++)
        x[n] = (float)random_unit(&seed);
    band_pass(x, filtered, count, low_hz, high_hz, rate_hz);
    for (size_t n = 0; n < count; n++)
        peak = fmax(peak, fabs(filtered[n]));
    for (size_t n = 0; n < count; n++)
        x[n] = (float)(filtered[n] / peak);
    fade(x, count, (size_t)(0.005 * rate_hz));
    free(filtered);
    return x;
}

float* sine(size_t count, double hz, double rate_hz)
{
    float* x = malloc(count * sizeof *x);
    for (size_t n = 0; n < count; n++)
        x[n] = (float)(0.5 * sin(2.0 * PI * hz * (double)n / rate_hz));
    fade(x, count, (size_t)(0.02 * rate_hz));
    return x;
}

void say(const char* label, const char* format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "[%s] %s\n", label, text);
}
