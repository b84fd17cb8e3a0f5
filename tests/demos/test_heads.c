/* SPDX-License-Identifier: MIT */
/* Which head the tool and the game use, and what becomes of prepared ones. */
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A folder with a sound, and cache and settings of its own. */
static void enter(void)
{
    enter_folder();
    write_noise("in.wav", 48000, 1, 4800);
    char here[PATH_BYTES], path[PATH_BYTES + 16];
    cr_assert(getcwd(here, sizeof here));
    snprintf(path, sizeof path, "%s/cache", here);
    setenv("XDG_CACHE_HOME", path, 1);
    setenv("XDG_CONFIG_HOME", here, 1);
    setenv("PINNA_HRTF", "", 1);
}

/* A folder that is not empty stays behind a test otherwise. */
static void leave(void)
{
    if (system("rm -rf cache pinna")) cr_assert_fail();
}

TestSuite(heads, .init = enter, .fini = leave);

static int count_cached(void)
{
    FILE* pipe = popen("ls cache/pinna/*.pinna 2>/dev/null | wc -l", "r");
    int count = -1;
    cr_assert(pipe && fscanf(pipe, "%d", &count) == 1);
    pclose(pipe);
    return count;
}

static void render(const char* options, const char* note)
{
    char command[PATH_BYTES];
    snprintf(command, sizeof command, "render in.wav -o out.wav %s", options);
    outcome o = run_tool(command);
    cr_assert_eq(o.exit_code, 0, "%s", o.err);
    cr_assert_eq(strstr(o.err, "own head") != NULL, note != NULL, "%s", o.err);
}

Test(heads, the_tool_keeps_what_it_prepared)
{
    render("--no-cache", NULL);
    cr_assert_eq(count_cached(), 0);
    render("", NULL);
    cr_assert_eq(count_cached(), 1);
    size_t count[2];
    float* first = read_stereo("out.wav", &count[0], NULL);
    render("", NULL);
    float* second = read_stereo("out.wav", &count[1], NULL);
    cr_assert(count[0] == count[1] && memcmp(first, second, count[0] * 2 * sizeof *first) == 0);
    cr_assert_eq(count_cached(), 1);
    render("--hrir-length 64", NULL);
    cr_assert_eq(count_cached(), 2);
    free(first);
    free(second);
}

Test(heads, the_users_own_head_goes_first_and_is_named)
{
    cr_assert_eq(system("mkdir pinna && cp -L /usr/share/libmysofa/default.sofa pinna/hrtf.sofa"), 0);
    render("", NULL);
    unsetenv("PINNA_HRTF");
    render("", "own head");
    render("--sofa /usr/share/libmysofa/default.sofa", NULL);
}

Test(heads, a_broken_own_head_stops_the_tool_and_not_the_game)
{
    setenv("PINNA_HRTF", "broken.sofa", 1);
    write_text("broken.sofa", "no head");
    outcome o = run_tool("render in.wav -o out.wav");
    cr_assert_eq(o.exit_code, 1);
    cr_assert(is_one_line(o.err) && strstr(o.err, "PINNA_HRTF") && strstr(o.err, "broken.sofa"), "%s", o.err);
    cr_assert_neq(access("out.wav", F_OK), 0);
    cr_assert_eq(system("'" PINNA_BINARY_DIR "/pinna-game' game.wav 0.1 >.out 2>.err && grep -q 'broken.sofa' .err && "
                        "grep -q 'own head is used instead' .err"), 0);
}
