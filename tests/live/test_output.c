/* SPDX-License-Identifier: MIT */
#include "demos/support.h"
#include "live_output.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* OpenAL Soft's wave back end writes what would be heard into a file, at the speed of time. */
static outcome run_wave(const char* name, const char* arguments)
{
    char setup[256], conf[128], line[512];
    snprintf(conf, sizeof conf, "[general]\ndrivers = wave\n[wave]\nfile = %s\n", name);
    write_text("al.conf", conf);
    snprintf(setup, sizeof setup, "ALSOFT_CONF=al.conf; export ALSOFT_CONF;");
    snprintf(line, sizeof line, "live --face none --tracker none --opentrack-port 0 --osc-port 0 --freepie-port 0 %s",
             arguments);
    return run_tool_after(setup, line);
}

static double worst_difference(const float* a, const float* b, size_t frame_count)
{
    double worst = 0;
    for (size_t i = 0; i < 2 * frame_count; i++)
        worst = fmax(worst, fabs((double)a[i] - (double)b[i]));
    return worst;
}

static void check_same_as_render(const char* scene, const char* preset, double bar_db)
{
    enum { TRIES = 4, SECONDS = 3 };
    char arguments[128], render[160];
    outcome o = {0};
    snprintf(arguments, sizeof arguments, "--scene %s --preset %s --seconds %d", scene, preset, SECONDS);
    snprintf(render, sizeof render, "render --scene %s --preset %s -o off.wav --sample-format float32 -q --limiter",
             scene, preset);
    /* A machine that stands still for a tenth of a second breaks any real-time stream; that is tried again. */
    for (int i = 0; i < TRIES; i++) {
        o = run_wave("live.wav", arguments);
        cr_assert_eq(o.exit_code, 0, "%s", o.err);
        if (strstr(o.out, " 0 underrun")) break;
    }
    cr_assert(strstr(o.out, " 0 underrun"), "%s", o.out);
    cr_assert_eq(run_tool(render).exit_code, 0);
    size_t live_frames, off_frames;
    float* live = read_stereo("live.wav", &live_frames, NULL);
    float* off = read_stereo("off.wav", &off_frames, NULL);
    cr_assert_geq(live_frames, SECONDS * 48000u);
    double db = 20 * log10(worst_difference(live, off, SECONDS * 48000u) + 1e-9);
    cr_log_info("live %s, %s, against render: %.0f dB", scene, preset, db);
    cr_expect_lt(db, bar_db, "%s, %s: %.1f dB", scene, preset, db);
    free(live);
    free(off);
}

Test(output, what_is_heard_is_what_render_writes)
{
    if (!pinna_live_output_is_built()) cr_skip_test("built without OpenAL");
    enter_folder();
    check_same_as_render("helicopter", "flat", -100);
    check_same_as_render("footsteps", "positional", -100);
    write_noise("bed.wav", 48000, 6, 4 * 48000);
    write_text("bed.json",
               "{\"version\":1,\"gain_db\":-12,\"beds\":[{\"file\":\"bed.wav\",\"layout\":\"5.1\"}],\"sources\":["
               "{\"file\":\"builtin:hum\",\"loop\":true,\"end_s\":4,\"position\":{\"azimuth_deg\":60,"
               "\"elevation_deg\":20,\"distance_m\":2}}]}");
    /* which pinna render convolves with responses measured through the same renderer */
    check_same_as_render("bed.json", "cinematic", -100);
}

Test(output, without_a_device_goes_on_silently_or_ends_as_asked)
{
    if (!pinna_live_output_is_built()) cr_skip_test("built without OpenAL");
    enter_folder();
    const char* none = "ALSOFT_DRIVERS=moo; export ALSOFT_DRIVERS;";
    outcome o = run_tool_after(none, "live --face none --seconds 0.3 --scene range");
    cr_expect(o.exit_code == 0 && strstr(o.err, "silent") && strstr(o.out, "0.3 s"), "%s%s", o.out, o.err);
    o = run_tool_after(none, "live --face none --seconds 0.3 --scene range --on-loss exit");
    cr_expect(o.exit_code == 1 && is_one_line(o.err) && strstr(o.err, "no sound device"), "%s", o.err);
}

Test(output, losing_the_device_is_told)
{
    if (!pinna_live_output_is_built()) cr_skip_test("built without OpenAL");
    enter_folder();
    outcome o = run_wave("/dev/full", "--scene range --seconds 1.5");
    cr_expect(o.exit_code == 0 && strstr(o.err, "lost"), "%s", o.err);
    o = run_wave("/dev/full", "--scene range --seconds 30 --on-loss exit");
    cr_expect(o.exit_code == 1 && strstr(o.err, "lost"), "%s", o.err);
}

/* A sound server that goes and comes back: PulseAudio with nothing to hear it. */
Test(output, a_device_that_comes_back_plays_on, .timeout = 60)
{
    if (!pinna_live_output_is_built()) cr_skip_test("built without OpenAL");
    if (system("command -v pulseaudio pactl >/dev/null")) cr_skip_test("no PulseAudio to take away and give back");
    enter_folder();
    write_text("serve", "chmod 700 .; export HOME=$PWD XDG_RUNTIME_DIR=$PWD; unset PULSE_SERVER\n"
                        "server() { pulseaudio -n --daemonize=yes --exit-idle-time=-1 --log-target=file:log "
                        "-L module-native-protocol-unix -L 'module-null-sink sink_name=out' 2>/dev/null; }\n"
                        "heard() { for i in $(seq 60); do pactl list sink-inputs short 2>/dev/null | grep -q . && "
                        "return 0; sleep 0.1; done; return 1; }\n"
                        "server; (heard && pulseaudio --kill; sleep 0.5; server; heard && touch again; sleep 1; "
                        "pkill -INT -P $$ pinna; sleep 1; pulseaudio --kill) >/dev/null 2>&1 &\n");
    const char* setup = ". ./serve; ALSOFT_DRIVERS=pulse; export ALSOFT_DRIVERS;";
    outcome o = run_tool_after(setup, "live --face none --tracker none --opentrack-port 0 --osc-port 0 "
                                      "--freepie-port 0 --scene range --seconds 20");
    cr_expect(strstr(o.err, "was lost and came back"), "%s%s", o.out, o.err);
    cr_expect_eq(access("again", F_OK), 0, "nothing plays into the server that came back");
}

Test(output, wrong_calls_are_one_sentence)
{
    enter_folder();
    const char* const calls[] = {"live --tracker moo", "live --stress 3 --scene range", "live --period 3",
                                 "live --tracker recording", "live --preset moo", "live --room moo", "live --set moo",
                                 "live --face none --screenshot a.png"};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        cr_expect_eq(run_tool(calls[i]).exit_code, 2, "%s", calls[i]);
    const char* const failures[] = {"live --silent --face none --scene nix", "live --silent --face none --head nix.csv",
                                    "live --silent --face none nix.sofa",
                                    "live --silent --face none --headphone-eq nix.txt",
                                    "live --silent --face none --listen nowhere"};
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        outcome o = run_tool(failures[i]);
        cr_expect(o.exit_code == 1 && strlen(o.err) > 20, "%s: %s", failures[i], o.err);
    }
}
