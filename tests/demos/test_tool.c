/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

Test(tool, wrong_calls_exit_with_2_and_help)
{
    enter_folder();
    check_tool_fails("", 2, "which command?");
    check_tool_fails("rendr", 2, "did you mean 'render'?");
    check_tool_fails("--frobnicate", 2, "no option '--frobnicate'");
    check_tool_fails("render", 2, "pinna render: give an INPUT");
    check_tool_fails("render in.wav", 2, "-o OUTPUT");
    check_tool_fails("render a.wav b.wav -o out.wav", 2, "2 inputs");
    check_tool_fails("render in.wav -o out.wav --azimut=400", 2, "--azimuth must lie between -360 and 360, not 400");
    check_tool_fails("render in.wav -o out.wav --elevation 361", 2,
                     "--elevation must lie between -360 and 360, not 361");
    check_tool_fails("render in.wav -o out.wav --distance -1", 2, "--distance must lie between");
    check_tool_fails("render in.wav -o out.wav --azimuth left", 2, "--azimuth takes a number (DEG), not 'left'");
    check_tool_fails("render in.wav -o out.wav --block 1.5", 2, "--block takes a whole number (N), not '1.5'");
    check_tool_fails("render in.wav -o out.wav --block 0", 2, "--block must lie between 1 and 8192, not 0");
    check_tool_fails("render in.wav -o out.wav --rate 7999", 2, "--rate must lie between 8000 and 192000");
    check_tool_fails("render in.wav -o out.wav --hrir-length 9000", 2, "--hrir-length must lie between 16 and 8192");
    check_tool_fails("render in.wav -o out.wav --method quick", 2,
                     "--method is one of auto, exact, batch, not 'quick'");
    check_tool_fails("render in.wav -o out.wav --preset flt", 2, "did you mean 'flat'?");
    check_tool_fails("render in.wav -o out.wav --azimoth 3", 2, "did you mean --azimuth?");
    check_tool_fails("render in.wav -o out.wav --azimuth", 2, "--azimuth needs a value");
    check_tool_fails("render in.wav -o out.wav --path p.csv --azimuth 3", 2, "--path says where the source is");
    check_tool_fails("probe --directions d.csv -o out.wav", 2, "--length N");
    check_tool_fails("render '' -o out.wav", 2, "an argument is empty");
    check_tool_fails("bench --sources 65537", 2, "--sources must lie between 1 and 65536");
}

Test(tool, tells_about_itself)
{
    enter_folder();
    outcome version = run_tool("--version");
    cr_expect(version.exit_code == 0 && is_one_line(version.out) && !strncmp(version.out, "pinna ", 6));
    static const char* const commands[] = {"--help", "render --help", "probe -h", "bench --help", "info --help"};
    for (size_t i = 0; i < 5; i++) {
        outcome help = run_tool(commands[i]);
        cr_expect(help.exit_code == 0 && strstr(help.out, "Usage: pinna") && !help.err[0], "%s", commands[i]);
    }
}

Test(tool, unusable_files_are_told_in_one_line)
{
    enter_folder();
    write_noise("in.wav", 48000, 1, 4800);
    write_text("text.wav", "This is no sound.\n");
    write_text("text.sofa", "This is no head.\n");
    write_text("empty.wav", "");
    write_text("bad.csv", "t_s,azimuth_deg,elevation_deg\n0,0,0\n1,0,999\n");
    write_text("bad.json", "{\"version\": 1,\n  \"sorces\": []}");
    check_tool_fails("render missing.wav -o out.wav", 1, "missing.wav: No such file or directory");
    check_tool_fails("render text.wav -o out.wav", 1, "text.wav: is not an audio file");
    check_tool_fails("render empty.wav -o out.wav", 1, "empty.wav: is empty");
    check_tool_fails("render . -o out.wav", 1, "is a folder");
    check_tool_fails("render in.wav -o out.wav --channel 2", 1, "there is no channel 2");
    check_tool_fails("render in.wav -o out.wav --sofa missing.sofa", 1, "missing.sofa");
    check_tool_fails("render in.wav -o out.wav --sofa text.sofa", 1, "text.sofa");
    check_tool_fails("render in.wav -o out.wav --path bad.csv", 1, "bad.csv line 3: elevation_deg");
    check_tool_fails("render in.wav -o out.wav --head bad.csv", 1,
                     "bad.csv line 1: the header line has no column yaw_deg");
    check_tool_fails("render --scene bad.json -o out.wav", 1,
                "bad.json:2:3: unknown key \"sorces\"; did you mean \"sources\"?");
    check_tool_fails("probe --directions bad.csv -o out.wav --length 64", 1, "bad.csv line 3");
}

/* Neither a pipe's reader nor its writer is waited for. */
Test(tool, sound_does_not_go_through_pipes)
{
    enter_folder();
    write_noise("in.wav", 48000, 1, 4800);
    cr_assert_eq(mkfifo("pipe", 0600), 0);
    check_tool_refuses("render in.wav -o pipe", "pipe: sound cannot be written into a pipe");
    check_tool_refuses("render in.wav -o -", "-: sound cannot be written into a pipe");
    check_tool_refuses("render pipe -o out.wav", "pipe: is a pipe, which cannot be wound back");
    check_tool_refuses("render - -o out.wav", "-: standard input is not read");
    cr_expect_eq(count_files("-"), 0);
}

/* One that is endless: no memory and no time is spent on it. */
Test(tool, a_device_is_no_table)
{
    enter_folder();
    write_noise("in.wav", 48000, 1, 4800);
    check_tool_refuses("render in.wav -o out.wav --head /dev/zero", "/dev/zero line 1: holds a zero byte");
    check_tool_refuses("render --scene /dev/zero -o out.wav", "/dev/zero: is larger than 64 MB");
    check_tool_refuses("render in.wav -o out.wav --headphone-eq /dev/zero", "/dev/zero: is larger than 1 MB");
}

Test(tool, unusable_outputs_are_told_in_one_line)
{
    enter_folder();
    write_noise("in.wav", 48000, 1, 48000);
    check_tool_fails("render in.wav -o nowhere/out.wav", 1, "the folder does not exist");
    check_tool_fails("render in.wav -o out.mp3", 1, ".wav or .flac");
    check_tool_fails("render in.wav -o out.flac --sample-format float32", 1, "FLAC cannot hold");
    check_tool_fails("render in.wav -o in.wav", 1, "in.wav: is an input");
    check_tool_fails("render in.wav -o ./in.wav", 1, "in.wav: is an input");
    check_tool_fails("render in.wav -o /dev/full", 1, "/dev/full: cannot be written: No space left on device");
    check_tool_fails("render in.wav -o out.wav --picture nowhere/out.png", 1, "nowhere/out.png");
    cr_assert_eq(mkdir("out.wav", 0777), 0);
    outcome result = run_tool("render in.wav -o out.wav");
    cr_expect(result.exit_code == 1 && strstr(result.err, "Is a directory"));
    cr_assert_eq(rmdir("out.wav"), 0);
    if (geteuid() == 0) return; /* root may write everywhere */
    cr_assert_eq(mkdir("locked", 0555), 0);
    check_tool_fails("render in.wav -o locked/out.wav", 1, "Permission denied");
}

Test(tool, a_full_disk_leaves_nothing)
{
    enter_folder();
    write_noise("in.wav", 48000, 1, 48000);
    for (const char* const* name = (const char* const[]){"out.wav", "out.flac", NULL}; *name; name++) {
        char command[64];
        snprintf(command, sizeof command, "render in.wav -o %s", *name);
        outcome result = run_tool_after("ulimit -f 16;", command);
        cr_expect_eq(result.exit_code, 1, "exit %d, signal %d", result.exit_code, result.signal);
        cr_expect(is_one_line(result.err) && strstr(result.err, "cannot be written: File too large"), "%s", result.err);
        cr_expect_eq(count_files("out."), 0);
    }
}

Test(tool, an_earlier_output_survives_a_failure)
{
    enter_folder();
    write_noise("in.wav", 48000, 1, 48000);
    write_text("out.wav", "precious");
    outcome result = run_tool_after("ulimit -f 16;", "render in.wav -o out.wav");
    struct stat info;
    cr_expect_eq(result.exit_code, 1);
    cr_expect(stat("out.wav", &info) == 0 && info.st_size == 8);
    cr_expect_eq(count_files(".part"), 0);
    check_tool_works("render in.wav -o out.wav -q");
    cr_expect(stat("out.wav", &info) == 0 && info.st_size > 100000);
}

static void check_signal(int number)
{
    pid_t child = start_tool("render --scene s.json -o out.wav");
    struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    for (int i = 0; i < 1500 && !count_files(".part"); i++)
        nanosleep(&pause, NULL);
    cr_assert_eq(count_files(".part"), 1, "it never began to write");
    cr_assert_eq(kill(child, number), 0);
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == number, "status %x", (unsigned)status);
    cr_expect_eq(count_files("out"), 0, "signal %d leaves files behind", number);
}

Test(tool, signals_leave_nothing)
{
    enter_folder();
    write_noise("in.wav", 48000, 1, 4800);
    write_text("s.json",
               "{\"version\": 1, \"duration_s\": 100000, \"sources\": [{\"file\": \"in.wav\", \"loop\": true,\n"
               "  \"position\": {\"azimuth_deg\": 30, \"elevation_deg\": 0}}]}");
    check_signal(SIGINT);
    check_signal(SIGQUIT);
    check_signal(SIGTERM);
    check_signal(SIGHUP);
}

Test(tool, a_reader_that_stops_listening_is_no_error)
{
    enter_folder();
    write_noise("in.wav", 48000, 1, 4800);
    int status = system("( '" PINNA_BINARY_DIR "/pinna' render in.wav -o out.wav 2>err; echo $? >code ) | true");
    cr_assert_neq(status, -1);
    FILE* file = fopen("code", "r");
    int code = file ? fgetc(file) : EOF;
    if (file) fclose(file);
    cr_expect_eq(code, '0');
    cr_expect_eq(count_files("out.wav"), 1);
    cr_expect_eq(count_files(".part"), 0);
    outcome full = run_tool("--version >/dev/full");
    cr_expect(full.exit_code == 1 && strstr(full.err, "standard output"));
}

/* Largest difference between two renders, dB relative to the first one's peak. */
static double difference_db(const char* first, const char* second)
{
    size_t count = 0, other_count = 0;
    float *a = read_stereo(first, &count, NULL), *b = read_stereo(second, &other_count, NULL);
    double peak = 0, worst = 0;
    cr_assert_eq(count, other_count);
    for (size_t i = 0; i < 2 * count; i++) {
        peak = fmax(peak, fabs((double)a[i]));
        worst = fmax(worst, fabs((double)a[i] - (double)b[i]));
    }
    free(a);
    free(b);
    cr_assert_gt(peak, 0.01, "%s is silent", first);
    return 20 * log10(worst / peak + 1e-30);
}

static void check_block_sizes(const char* what)
{
    static const int blocks[] = {1, 64, 257, 4096};
    char command[256], name[32];
    for (size_t i = 0; i < 4; i++) {
        snprintf(command, sizeof command, "render %s -o b%d.wav -q --sample-format float32 --block %d", what, blocks[i],
                 blocks[i]);
        check_tool_works(command);
        snprintf(name, sizeof name, "b%d.wav", blocks[i]);
        double db = i ? difference_db("b1.wav", name) : -600;
        cr_expect_lt(db, -120, "%s: block %d differs from block 1 by %.1f dB", what, blocks[i], db);
    }
}

Test(tool, block_size_changes_nothing)
{
    enter_folder();
    write_noise("in.wav", 44100, 1, 22050);
    write_text("p.csv", "t_s,azimuth_deg,elevation_deg,distance_m\n0,0,0,1\n0.5,270,60,2\n");
    write_text("h.csv", "t_s,yaw_deg,pitch_deg,roll_deg\n0,0,0,0\n0.5,-60,20,5\n");
    check_block_sizes("in.wav --azimuth 45");
    check_block_sizes("in.wav --path p.csv --head h.csv --rate 48000");
}

Test(tool, two_runs_are_alike_to_the_byte)
{
    enter_folder();
    write_noise("in.wav", 44100, 2, 22050);
    check_tool_works("render in.wav -o a.wav -q --rate 48000 --sample-format pcm16");
    check_tool_works("render in.wav -o b.wav -q --rate 48000 --sample-format pcm16");
    cr_expect_eq(system("cmp a.wav b.wav"), 0);
}

Test(tool, the_output_is_as_long_as_documented)
{
    size_t short_count = 0, long_count = 0;
    int rate_hz = 0;
    enter_folder();
    write_noise("in.wav", 44100, 1, 10000);
    check_tool_works("render in.wav -o a.wav -q --hrir-length 128");
    check_tool_works("render in.wav -o b.wav -q --hrir-length 256");
    free(read_stereo("a.wav", &short_count, &rate_hz));
    free(read_stereo("b.wav", &long_count, NULL));
    cr_expect_eq(rate_hz, 44100);
    cr_expect_eq(long_count - short_count, 128, "the output grows by the taps");
    cr_expect(short_count > 10000 + 128 + 64 && short_count < 10000 + 128 + 64 + 100, "%zu frames", short_count);
}

/* RMS level difference, left over right. */
static double ild_db(const float* frames, size_t first, size_t count)
{
    double power[2] = {0};
    for (size_t i = first; i < first + count; i++)
        for (size_t ear = 0; ear < 2; ear++)
            power[ear] += (double)frames[2 * i + ear] * (double)frames[2 * i + ear];
    return 10 * log10(power[0] / power[1]);
}

Test(tool, sources_are_where_they_were_put)
{
    size_t count = 0;
    enter_folder();
    write_noise("in.wav", 48000, 1, 48000);
    write_text("p.csv", "t_s,azimuth_deg,elevation_deg\n0,90,0\n0.5,90,0\n0.5,-90,0\n");
    write_text("h.csv", "t_s,yaw_deg,pitch_deg,roll_deg\n0,90,0,0\n");
    check_tool_works("render in.wav -o left.wav -q --azimuth 90");
    float* frames = read_stereo("left.wav", &count, NULL);
    cr_expect_gt(ild_db(frames, 0, 48000), 5);
    free(frames);
    check_tool_works("render in.wav -o path.wav -q --path p.csv");
    frames = read_stereo("path.wav", &count, NULL);
    cr_expect_gt(ild_db(frames, 0, 23900), 5);
    cr_expect_lt(ild_db(frames, 24600, 23000), -5);
    free(frames);
    check_tool_works("render in.wav -o head.wav -q --head h.csv"); /* looks left: what is ahead comes from the right */
    frames = read_stereo("head.wav", &count, NULL);
    cr_expect_lt(ild_db(frames, 0, 48000), -5);
    free(frames);
}

static double rms(const float* frames, size_t frame_count)
{
    double power = 0;
    for (size_t i = 0; i < 2 * frame_count; i++)
        power += (double)frames[i] * (double)frames[i];
    return sqrt(power / (2 * (double)frame_count));
}

Test(tool, level_falls_with_distance_and_gain)
{
    size_t count = 0;
    double level[3];
    static const char* const ways[] = {"", "--distance 2", "--distance 4 --gain-db 6.0206"};
    enter_folder();
    write_noise("in.wav", 48000, 1, 48000);
    for (size_t i = 0; i < 3; i++) {
        char command[128];
        snprintf(command, sizeof command, "render in.wav -o o.wav -q --sample-format float32 %s", ways[i]);
        check_tool_works(command);
        float* frames = read_stereo("o.wav", &count, NULL);
        level[i] = 20 * log10(rms(frames, count));
        free(frames);
    }
    cr_expect_float_eq(level[0] - level[1], 6.02, 0.05);
    cr_expect_float_eq(level[1] - level[2], 0, 0.05);
}

Test(tool, probe_writes_one_response_per_direction)
{
    enum { LENGTH = 400 };
    size_t count = 0;
    int rate_hz = 0;
    enter_folder();
    write_text("d.csv", "azimuth_deg,elevation_deg,distance_m\n90,0,1\n-90,0,1\n90,0,2\n90,0,1\n");
    check_tool_works("probe --directions d.csv -o p.wav --length 400 --rate 44100");
    float* frames = read_stereo("p.wav", &count, &rate_hz);
    cr_assert_eq(count, 4 * LENGTH);
    cr_expect_eq(rate_hz, 44100);
    cr_expect_gt(ild_db(frames, 0, LENGTH), 5);
    cr_expect_lt(ild_db(frames, LENGTH, LENGTH), -5);
    double near = rms(frames, LENGTH), far = rms(frames + 2 * 2 * LENGTH, LENGTH);
    cr_expect_float_eq(20 * log10(near / far), 6.02, 0.05);
    for (size_t i = 0; i < 2 * LENGTH; i++) /* nothing is left of the responses between */
        cr_expect_float_eq(frames[i], frames[3 * 2 * LENGTH + i], 1e-6f);
    free(frames);
}

Test(tool, bench_speaks_json)
{
    enter_folder();
    outcome result = run_tool("bench --sources 8 --moving --block 64 --seconds 0.05 --repetitions 3 --json");
    double ns = 0, best = 0, per_core = 0;
    cr_assert_eq(result.exit_code, 0, "%s", result.err);
    cr_assert(is_one_line(result.out));
    cr_assert_eq(sscanf(result.out,
                        "{\"ns_per_source_sample\": %lf, \"best_ns_per_source_sample\": %lf, "
                        "\"realtime_sources_per_core\": %lf, \"mode\": \"auto\", \"moving\": true",
                        &ns, &best, &per_core),
                 3, "%s", result.out);
    cr_expect(ns > 0 && best > 0 && best <= ns);
    cr_expect_float_eq(per_core, 1e9 / (ns * 48000), 0.01 * per_core);
}

Test(tool, the_picture_is_a_png)
{
    unsigned char head[8] = {0};
    enter_folder();
    write_noise("in.wav", 48000, 1, 24000);
    check_tool_works("render in.wav -o o.wav --picture o.png --azimuth 40");
    FILE* file = fopen("o.png", "rb");
    cr_assert(file);
    cr_expect_eq(fread(head, 1, 8, file), 8);
    fclose(file);
    cr_expect_eq(memcmp(head, "\x89PNG\r\n\x1a\n", 8), 0);
    check_tool_fails("render in.wav -o out.wav --picture out.wav", 1, "both --output and --picture");
}

Test(tool, equalises_for_headphones)
{
    enter_folder();
    write_text("dirs.csv", "azimuth_deg,elevation_deg\n30,0\n");
    write_text("eq.txt", "Preamp: -6 dB\nFilter 1: ON PK Fc 3000 Hz Gain 0 dB Q 1\n");
    write_text("bad.txt", "Preamp: -6 dB\nFilter 1: ON PK Fc high Gain 0 dB Q 1\n");
    check_tool_works("probe --directions dirs.csv -o plain.wav --length 512");
    check_tool_works("probe --directions dirs.csv -o equal.wav --length 512 --headphone-eq eq.txt");
    size_t count = 0;
    int rate = 0;
    float *plain = read_stereo("plain.wav", &count, &rate), *equal = read_stereo("equal.wav", &count, &rate);
    for (size_t i = 0; i < 2 * count; i++) cr_assert_float_eq(equal[i], 0.50118723f * plain[i], 1e-6);
    free(plain);
    free(equal);
    write_noise("in.wav", 48000, 1, 4800);
    check_tool_works("render in.wav -o equal.wav --headphone-eq eq.txt");
    check_tool_fails("render in.wav -o out.wav --headphone-eq bad.txt", 1,
                     "bad.txt:2: Fc should be a number, not 'high'");
    check_tool_fails("render in.wav -o out.wav --headphone-eq none.txt", 1, "none.txt: No such file");
    check_tool_fails("probe --directions dirs.csv -o out.wav --length 8 --headphone-eq in.wav", 1, "in.wav:1: ");
}
