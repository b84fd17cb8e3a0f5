/* SPDX-License-Identifier: MIT */
/* pinna bake, and that what confines it does. */
#include "confine.h"
#include "support.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pinna/load.h>
#include <pinna/preset.h>

static const char default_sofa[] = "/usr/share/libmysofa/default.sofa";

static void leave(void)
{
    if (system("rm -rf cache")) cr_assert_fail();
}

TestSuite(bake, .init = enter_folder, .fini = leave);

static pinna_load_config from_cache(void)
{
    pinna_load_config config = pinna_load_config_default();
    config.path = default_sofa;
    config.forbid_personal = true;
    config.cache_folder = "cache/heads";
    config.only_cached = true;
    config.prepare.tap_count = 64;
    return config;
}

/* What the README tells a game to do. */
Test(bake, a_game_opens_what_was_baked)
{
    pinna_report report = {0};
    pinna_loaded loaded;
    pinna_hrtf* hrtf;
    pinna_load_config config = from_cache();
    cr_assert_eq(pinna_load_hrtf(&config, &report, &loaded, &hrtf), PINNA_ERROR_STALE);
    outcome o = run_tool("bake /usr/share/libmysofa/default.sofa --cache cache/heads --hrir-length 64");
    cr_assert_eq(o.exit_code, 0, "%s", o.err);
    cr_assert(strstr(o.out, "now in cache/heads"));
    cr_assert_eq(pinna_load_hrtf(&config, &report, &loaded, &hrtf), PINNA_OK);
    cr_assert(loaded.from_cache);
    pinna_hrtf_release(hrtf);
    o = run_tool("bake /usr/share/libmysofa/default.sofa --cache cache/heads --hrir-length 64");
    cr_assert(o.exit_code == 0 && strstr(o.out, "was already in"));
}

/* A preset's head options make a head of their own. */
Test(bake, bakes_for_a_preset)
{
    pinna_report report = {0};
    pinna_loaded loaded;
    pinna_hrtf* hrtf;
    pinna_preset preset;
    pinna_load_config config = from_cache();
    outcome o =
        run_tool("bake /usr/share/libmysofa/default.sofa --cache cache/heads --hrir-length 64 --preset positional "
                 "--set hrtf.cue_expansion=2");
    cr_assert_eq(o.exit_code, 0, "%s", o.err);
    cr_assert_eq(pinna_load_hrtf(&config, &report, &loaded, &hrtf), PINNA_ERROR_STALE, "flat was not baked");
    cr_assert_eq(pinna_preset_find("positional", &preset), PINNA_OK);
    config.prepare.options = preset.hrtf;
    cr_assert_eq(pinna_load_hrtf(&config, &report, &loaded, &hrtf), PINNA_ERROR_STALE, "1.5 was not baked");
    config.prepare.options.cue_expansion = 2.0f;
    cr_assert_eq(pinna_load_hrtf(&config, &report, &loaded, &hrtf), PINNA_OK);
    cr_assert(loaded.from_cache);
    pinna_hrtf_release(hrtf);
}

Test(bake, fails_in_words)
{
    write_text("bad.sofa", "no head");
    check_tool_fails("bake", 2, "exactly one");
    check_tool_fails("bake a b", 2, "exactly one");
    check_tool_fails("bake --no-cache x.sofa", 2, "contradict");
    check_tool_fails("bake --preset positionl x.sofa", 2, "did you mean 'positional'");
    check_tool_fails("bake bad.sofa --cache cache", 1, "bad.sofa");
    check_tool_fails("bake missing.sofa --cache cache", 1, "missing.sofa");
    check_tool_fails("bake bad.sofa --cache bad.sofa/cache", 1, "the cache cannot be made");
    outcome o = run_tool_after("XDG_CACHE_HOME= HOME=", "bake bad.sofa");
    cr_assert(o.exit_code == 2 && strstr(o.err, "--cache"));
}

/* A large head may be as harmless as it is large: which limit it met is told, and how to raise it. */
Test(bake, limits_are_named)
{
    check_tool_fails("bake /usr/share/libmysofa/default.sofa --cache cache --rate 192000 --hrir-length 8192 --time 1",
                     1, "took more than 1 s of processor time; it is made to do harm, or needs a larger --time");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__) /* they need more room */
    check_tool_fails("bake /usr/share/libmysofa/default.sofa --cache cache --memory 64", 1,
                     "takes more than 64 MB of memory; it is made to do harm, or needs a larger --memory");
#endif
}

/* Prepared but not kept is of no use to a game. */
Test(bake, a_full_disk_is_a_failure)
{
    outcome o = run_tool_after("trap '' XFSZ; ulimit -f 64;",
                               "bake /usr/share/libmysofa/default.sofa --cache cache --hrir-length 64");
    cr_assert_eq(o.exit_code, 1);
    cr_assert(strstr(o.err, "could not be kept"), "%s", o.err);
    cr_assert_eq(system("test -z \"$(ls cache)\""), 0);
}

/* --- confinement --- */

static int exit_of(pid_t child)
{
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status), "signal %d", WTERMSIG(status));
    return WEXITSTATUS(status);
}

/* Bits of what still works inside that should not. */
static int try_everything(void)
{
    int works = 0;
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0) works |= 1;
    execl("/bin/true", "true", (char*)NULL);
    if (errno != EPERM) works |= 2;
    if (open("outside", O_WRONLY | O_CREAT, 0600) >= 0) works |= 4;
    if (unlink("precious") == 0) works |= 8;
    int inside = open("cache/inside", O_WRONLY | O_CREAT, 0600);
    if (inside < 0 || write(inside, "x", 1) != 1 || rename("cache/inside", "cache/renamed")) works |= 16;
    int in = open("precious", O_RDONLY);
    if (in < 0) works |= 32;
    if (mmap(NULL, (size_t)4 << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) works |= 64;
    return works;
}

Test(bake, confined_means_confined)
{
    write_text("precious", "p");
    cr_assert_eq(mkdir("cache", 0700), 0);
    pid_t child = fork();
    if (child == 0) {
        pinna_confined got = pinna_confine(&(pinna_confinement){(size_t)1 << 30, 10, "cache"});
        int works = try_everything();
        if (!got.no_network) works &= ~3;
        if (!got.no_writing) works &= ~12;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        works &= ~64;
#endif
        _exit(works);
    }
    cr_assert_eq(exit_of(child), 0);
}

static void expect_last_words(void (*fate)(void), const char* words)
{
    int ends[2];
    char text[64] = "";
    cr_assert_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        pinna_confine_explain_death(&(pinna_last_words){.crashed = "it died\n", .slow = "it was slow\n"});
        pinna_confine(&(pinna_confinement){(size_t)1 << 32, 1, "."});
        fate();
        _exit(0);
    }
    close(ends[1]);
    cr_assert_eq(exit_of(child), 1);
    cr_assert_eq(read(ends[0], text, sizeof text - 1), (ssize_t)strlen(words));
    cr_assert_str_eq(text, words);
}

static void run_forever(void)
{
    for (volatile unsigned long i = 0;; i++) continue;
}

static void crash(void)
{
    raise(SIGSEGV);
}

Test(bake, death_is_explained)
{
    expect_last_words(run_forever, "it was slow\n");
    expect_last_words(crash, "it died\n");
}
