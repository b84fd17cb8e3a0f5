/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The folder is removed only when it is empty. */
static void remove_outputs(void)
{
    cr_assert_eq(system("rm -rf out"), 0);
}

Test(jobs, many_files_are_rendered_and_finished_ones_kept)
{
    enter_folder();
    write_noise("a.wav", 48000, 1, 4800);
    write_noise("b.wav", 44100, 2, 4800);
    write_text("c.wav", "no sound");
    check_tool_says("render a.wav b.wav --out-dir out --jobs 2", 0, "2 rendered, 0 already there, 0 failed");
    check_tool_says("render a.wav b.wav --out-dir out", 0, "0 rendered, 2 already there, 0 failed");
    check_tool_says("render a.wav b.wav --out-dir out --gain-db -3", 0, "2 rendered, 0 already there, 0 failed");
    check_tool_says("render a.wav b.wav c.wav --out-dir out --gain-db -3", 1, "0 rendered, 2 already there, 1 failed");
    check_tool_says("render a.wav --out-dir out --gain-db -3 --force", 0, "1 rendered");
    write_noise("a.wav", 48000, 1, 9600);
    check_tool_says("render a.wav b.wav --out-dir out --gain-db -3", 0, "1 rendered, 1 already there");
    cr_expect_eq(access("out/a.wav", F_OK), 0);
    cr_expect_neq(access("out/c.wav", F_OK), 0);
    remove_outputs();
}

Test(jobs, wrong_calls)
{
    enter_folder();
    write_noise("a.wav", 48000, 1, 4800);
    write_text("file", "");
    check_tool_says("render a.wav --out-dir out -o x.wav", 2, "give one of them");
    check_tool_says("render --out-dir out", 2, "give the INPUTs");
    check_tool_says("render a.wav -o x.wav --jobs 2", 2, "go with --out-dir");
    check_tool_says("render a.wav ./a.wav --out-dir out", 2, "would both be written to out/a.wav");
    check_tool_says("render a.wav --out-dir file", 1, "file: is no folder");
    check_tool_says("render a.wav --out-dir no/where", 1, "no/where: the folder cannot be made: No such file");
    check_tool_says("render a.wav --out-dir .", 1, "is an input");
}

/* Killed at any moment, a render leaves nothing under the final name; a repeat succeeds and clears what is left. */
Test(jobs, kill_leaves_no_half_output)
{
    enter_folder();
    write_noise("in.wav", 48000, 2, 48000 * 20);
    for (int milliseconds = 20; milliseconds < 500; milliseconds += 80) {
        pid_t child = start_tool("render in.wav -o final.wav --layout stereo --method exact");
        struct timespec pause = {.tv_nsec = milliseconds * 1000000L};
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
        int status = 0;
        cr_assert_eq(waitpid(child, &status, 0), child);
        if (WIFSIGNALED(status)) cr_expect_neq(access("final.wav", F_OK), 0, "after %d ms", milliseconds);
        unlink("final.wav");
    }
    size_t count = 0;
    check_tool_says("render in.wav -o final.wav --layout stereo", 0, "final.wav: 20");
    free(read_stereo("final.wav", &count, NULL));
    cr_expect_gt(count, 48000 * 20);
    cr_expect_eq(count_files(".part"), 0, "leftovers of killed renders are cleared");
}

Test(jobs, loudness_reaches_its_target_below_its_ceiling)
{
    size_t count = 0;
    enter_folder();
    write_noise("in.wav", 48000, 1, 96000);
    check_tool_says("render in.wav -o a.wav --loudness -30", 0, "loudness -30.0 LUFS");
    check_tool_says("render in.wav -o a.wav --loudness -3 --true-peak -2", 0, "true peak -2.0 dBTP");
    check_tool_says("render in.wav -o a.wav --loudness -3 --true-peak -2", 0, "peaks may reach -2.0 dBTP");
    float* frames = read_stereo("a.wav", &count, NULL);
    for (size_t i = 0; i < 2 * count; i++)
        cr_assert_leq(fabsf(frames[i]), 0.795f);
    free(frames);
    cr_expect_eq(count_files(".pinna."), 0);
}

Test(jobs, a_stretch_is_cut_from_the_whole)
{
    size_t whole_count = 0, count = 0;
    enter_folder();
    write_noise("in.wav", 44100, 1, 44100 * 4);
    check_tool_says("render in.wav -o whole.wav --rate 48000 --azimuth 40 --sample-format float32", 0, "whole.wav");
    check_tool_says("render in.wav -o part.wav --rate 48000 --azimuth 40 --sample-format float32 --from 2.5 --to 3.25",
                    0, "part.wav: 0.75 s");
    check_tool_says("render in.wav -o x.wav --from 9", 1, "--from 9: there are only 4");
    check_tool_says("render in.wav -o x.wav --from 2 --to 1", 2, "--to must come after --from");
    float *whole = read_stereo("whole.wav", &whole_count, NULL), *part = read_stereo("part.wav", &count, NULL);
    cr_assert_eq(count, 36000);
    cr_expect_lt(worst_db(whole + 2 * 120000, part, 2 * count), -100);
    free(whole);
    free(part);
}
