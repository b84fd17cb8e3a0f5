/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <pinna/preset.h>
#include <pinna/sofa.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* `pinna convert` and `pinna plot`, on the default set. */

static const char* need_set(void)
{
    const char* path = pinna_sofa_default_path();
    if (!path) cr_skip_test("no default set is installed (Debian: libmysofa1)");
    return path;
}

static void expect_start(const char* name, const char* start, size_t byte_count)
{
    char bytes[16] = "";
    FILE* file = fopen(name, "rb");
    cr_assert_not_null(file, "%s", name);
    cr_assert_eq(fread(bytes, 1, byte_count, file), byte_count);
    fclose(file);
    cr_assert_eq(memcmp(bytes, start, byte_count), 0, "%s", name);
}

Test(sofa_files, plot_draws_every_format)
{
    static const char* const formats[][2] = {{"p.png", "\x89PNG"}, {"p.svg", "<?xm"}, {"p.PDF", "%PDF"}};
    const char* set = need_set();
    enter_folder();
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        char line[PATH_BYTES];
        snprintf(line, sizeof line, "plot -q %s -o %s", set, formats[i][0]);
        outcome o = run_tool(line);
        cr_assert_eq(o.exit_code, 0, "%s", o.err);
        expect_start(formats[i][0], formats[i][1], 4);
    }
}

Test(sofa_files, wrong_calls_leave_nothing_behind)
{
    static const struct {
        const char *line, *part;
        int code;
    } calls[] = {
        {"plot", "what is to be drawn", 2},
        {"plot x.sofa", "where to", 2},
        {"plot x.sofa -o x.jpg", ".png, .svg or .pdf", 2},
        {"plot x.sofa -o x.png", "cannot be opened", 1},
        {"plot text.txt -o x.png", "not an HDF5 file", 1},
        {"convert", "which file", 2},
        {"convert x.sofa", "where to", 2},
        {"convert text.txt text.txt", "the file to read", 2},
        {"convert text.txt out.sofa", "not an HDF5 file", 1},
        {"convert x.sofa out.sofa --rate 5", "8000", 2},
        {"convert x.sofa out.sofa --preset positionl", "did you mean 'positional'", 2},
        {"convert x.sofa out.sofa --set hrtf.cue_expansion=9", "1 to 3", 2},
    };
    enter_folder();
    write_text("text.txt", "no SOFA\n");
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        outcome o = run_tool(calls[i].line);
        cr_assert_eq(o.exit_code, calls[i].code, "%s: %s", calls[i].line, o.err);
        cr_assert_not_null(strstr(o.err, calls[i].part), "%s: %s", calls[i].line, o.err);
        cr_assert(is_one_line(o.err));
    }
    cr_assert_eq(count_files("x.") + count_files("out"), 0);
}

/* The library knows no name for what it makes; who asked for it does. */
Test(sofa_files, a_file_that_may_not_grow_is_named)
{
    char line[PATH_BYTES];
    struct rlimit most;
    snprintf(line, sizeof line, "convert %s out.sofa", need_set());
    enter_folder();
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &most), 0);
    most.rlim_cur = 100 << 10;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &most), 0);
    outcome o = run_tool(line);
    cr_assert_eq(o.exit_code, 1, "%d %s", o.exit_code, o.err);
    cr_assert_not_null(strstr(o.err, "out.sofa"), "%s", o.err);
    cr_assert_not_null(strstr(o.err, "ulimit -f"), "%s", o.err);
    cr_assert(is_one_line(o.err), "%s", o.err);
    cr_assert_eq(count_files("out"), 0);
}

static double energy(const pinna_measured_set* set)
{
    double sum = 0;
    for (size_t i = 0; i < (size_t)set->measurement_count * PINNA_EAR_COUNT * set->tap_count; i++)
        sum += (double)set->hrirs[i] * (double)set->hrirs[i];
    return sum / set->sample_rate_hz;
}

Test(sofa_files, convert_keeps_the_set_or_its_energy)
{
    const char* set = need_set();
    char line[PATH_BYTES];
    enter_folder();
    snprintf(line, sizeof line, "convert %s out.sofa", set);
    outcome o = run_tool(line);
    if (strstr(o.err, "without")) cr_skip_test("built without netCDF");
    cr_assert_eq(o.exit_code, 0, "%s", o.err);
    snprintf(line, sizeof line, "convert %s fast.sofa --rate 96000", set);
    cr_assert_eq(run_tool(line).exit_code, 0);
    pinna_sofa *from, *to, *fast;
    cr_assert_eq(pinna_sofa_load(set, NULL, &from), PINNA_OK);
    cr_assert_eq(pinna_sofa_load("out.sofa", NULL, &to), PINNA_OK);
    cr_assert_eq(pinna_sofa_load("fast.sofa", NULL, &fast), PINNA_OK);
    const pinna_measured_set *a = pinna_sofa_measured(from), *b = pinna_sofa_measured(to),
                             *c = pinna_sofa_measured(fast);
    cr_assert_eq(a->measurement_count, b->measurement_count);
    cr_assert_eq(a->tap_count, b->tap_count);
    for (size_t i = 0; i < (size_t)a->measurement_count * PINNA_EAR_COUNT * a->tap_count; i++)
        cr_assert_eq(a->hrirs[i], b->hrirs[i]);
    for (uint32_t m = 0; m < a->measurement_count; m++)
        cr_assert_leq(pinna_vec3_length(pinna_vec3_sub(a->positions_m[m], b->positions_m[m])), 1e-6f);
    /* The same filter has the same energy per second, times the square of the rates' ratio in its samples. */
    double ratio = c->sample_rate_hz / a->sample_rate_hz;
    cr_assert_float_eq((float)(energy(c) * ratio * ratio / energy(a)), 1, 0.02f);
    cr_assert_str_eq(pinna_sofa_get_info(to)->reader, "libmysofa");
    pinna_sofa_destroy(from);
    pinna_sofa_destroy(to);
    pinna_sofa_destroy(fast);
}

static pinna_hrtf* prepare(const char* path, const pinna_hrtf_options* options)
{
    pinna_sofa* sofa;
    pinna_hrtf* hrtf;
    pinna_prepare_config config = pinna_prepare_config_default();
    if (options) config.options = *options;
    cr_assert_eq(pinna_sofa_load(path, NULL, &sofa), PINNA_OK);
    cr_assert_eq(pinna_hrtf_prepare(pinna_sofa_measured(sofa), &config, NULL, &hrtf), PINNA_OK);
    pinna_sofa_destroy(sofa);
    return hrtf;
}

/* Energy of the taps' difference over directions against the taps', in dB. */
static double difference_db(const pinna_hrtf* a, const pinna_hrtf* b)
{
    enum { MOST_TAPS = 512 };
    double difference = 0, all = 0;
    pinna_hrtf_info info = pinna_hrtf_get_info(a);
    cr_assert(info.tap_count <= MOST_TAPS && info.tap_count == pinna_hrtf_get_info(b).tap_count);
    for (uint32_t i = 0; i < info.measured_count; i++) {
        float x[PINNA_EAR_COUNT][MOST_TAPS], y[PINNA_EAR_COUNT][MOST_TAPS], delay_frames[PINNA_EAR_COUNT];
        pinna_vec3 direction = pinna_hrtf_get_direction(a, i);
        pinna_hrtf_lookup(a, direction, x[0], x[1], delay_frames);
        pinna_hrtf_lookup(b, direction, y[0], y[1], delay_frames);
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
            for (uint32_t n = 0; n < info.tap_count; n++) {
                double u = (double)x[ear][n], v = (double)y[ear][n];
                difference += (u - v) * (u - v), all += u * u;
            }
    }
    return 10 * log10(difference / all);
}

/* What other programs get is the preset's head: read back as it is, it is the set prepared with the preset's
   options. */
Test(sofa_files, convert_applies_a_preset)
{
    const char* set = need_set();
    char line[PATH_BYTES];
    pinna_preset preset;
    enter_folder();
    snprintf(line, sizeof line, "convert %s cues.sofa --preset positional", set);
    outcome o = run_tool(line);
    if (strstr(o.err, "without")) cr_skip_test("built without netCDF");
    cr_assert_eq(o.exit_code, 0, "%s", o.err);
    cr_assert_eq(pinna_preset_find("positional", &preset), PINNA_OK);
    pinna_hrtf *written = prepare("cues.sofa", NULL), *wanted = prepare(set, &preset.hrtf), *flat = prepare(set, NULL);
    double same = difference_db(wanted, written), apart = difference_db(wanted, flat);
    cr_log_info("converted for positional: %.1f dB off the preset's head, which is %.1f dB off flat", same, apart);
    cr_assert_lt(same, -30);
    cr_assert_gt(apart, -20);
    pinna_hrtf_release(written);
    pinna_hrtf_release(wanted);
    pinna_hrtf_release(flat);
}

/* A name of Latin-1 is shown as far as it can be, in JSON that every parser takes. */
Test(sofa_files, names_that_are_not_utf8_become_valid_json)
{
    enter_folder();
    write_text("K\xF6ln\xE9\xE2\x82.sofa", "no head");
    outcome o = run_tool("info K\xF6ln\xE9\xE2\x82.sofa --json");
    cr_expect_eq(o.exit_code, 1);
    cr_expect(strstr(o.out, "\"file\": \"K\xEF\xBF\xBDln\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD.sofa\""), "%s", o.out);
    o = run_tool("info --json K\xC3\xB6ln.sofa");
    cr_expect(strstr(o.out, "\"file\": \"K\xC3\xB6ln.sofa\""), "%s", o.out);
    write_noise("n\xF6.wav", 48000, 1, 100);
    check_tool_works("render n\xF6.wav -o out.wav --report facts.json");
    char text[TEXT_MAX] = "";
    FILE* file = fopen("facts.json", "rb");
    cr_assert_not_null(file);
    cr_expect_gt(fread(text, 1, sizeof text - 1, file), 0);
    fclose(file);
    cr_expect(strstr(text, "\"input\": \"n\xEF\xBF\xBD.wav\""), "%s", text);
}
