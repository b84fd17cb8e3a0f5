/* SPDX-License-Identifier: MIT */
/* A system that gives no more files, or no larger ones: told as such, and nothing is left behind. */
#include "sofa_test.h"

#include <pinna/load.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void limit_size(rlim_t most)
{
    struct rlimit r;
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &r), 0);
    r.rlim_cur = most;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static void limit_files(rlim_t most)
{
    struct rlimit r;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &r), 0);
    r.rlim_cur = most;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &r), 0);
}

static pinna_measured_set made_set(void)
{
    enum { COUNT = 200, TAPS = 256 };
    static float hrirs[COUNT * PINNA_EAR_COUNT * TAPS];
    static pinna_vec3 positions[COUNT];
    uint32_t state = 1;
    for (size_t i = 0; i < sizeof hrirs / sizeof hrirs[0]; i++) {
        state = state * 1664525u + 1013904223u;
        hrirs[i] = (float)(state >> 8) * 0x1p-24f - 0.5f;
    }
    for (int m = 0; m < COUNT; m++) positions[m] = pinna_direction_from_spherical(1.8f * (float)m, 0.1f * (float)m);
    return (pinna_measured_set){48000, COUNT, TAPS, hrirs, NULL, positions};
}

#ifdef PINNA_SOFA_NETCDF
/* As a program that is told no and then ends as programs do: @return 0 where all went as it should. */
static int encode_and_end(void)
{
    pinna_report report = {0};
    pinna_measured_set set = made_set();
    void* bytes;
    size_t byte_count;
    pinna_status status = pinna_sofa_encode(&set, NULL, &report, &bytes, &byte_count);
    const char* error = pinna_report_error(&report);
    if (status != PINNA_ERROR_FILE || bytes || byte_count || !error) return 2;
    return strstr(error, "ulimit -f") && strstr(error, getenv("TMPDIR")) ? 0 : 3;
}

Test(limits, a_file_that_may_not_grow)
{
    char folder[] = "/tmp/pinna-limits-XXXXXX";
    cr_assert_not_null(mkdtemp(folder));
    setenv("TMPDIR", folder, 1);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN); /* whoever does not is ended by the system anyway */
        limit_size(100 << 10);
        exit(encode_and_end());
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status), "signal %d", WTERMSIG(status));
    cr_assert_eq(WEXITSTATUS(status), 0, "%d", WEXITSTATUS(status));
    cr_assert_eq(rmdir(folder), 0, "something was left in it");
}

Test(limits, a_file_that_may)
{
    pinna_report report = {0};
    pinna_measured_set set = made_set();
    void* bytes;
    size_t byte_count;
    pinna_sofa* sofa;
    cr_assert_eq(pinna_sofa_encode(&set, NULL, &report, &bytes, &byte_count), PINNA_OK);
    cr_assert_gt(byte_count, 100 << 10);
    cr_assert_eq(pinna_sofa_load_memory(bytes, byte_count, "made", &report, &sofa), PINNA_OK);
    pinna_sofa_destroy(sofa);
    pinna_sofa_free(bytes);
}
#endif

/* Every number below the limit is in use but for `spare`. */
static void use_up_files(int spare)
{
    int taken[256], count = 0;
    limit_files(64);
    while (count < 256 && (taken[count] = dup(0)) >= 0) count++;
    while (spare-- > 0 && count > 0) close(taken[--count]);
}

static const char* error_without_files(int spare)
{
    static pinna_report report;
    pinna_load_config config = pinna_load_config_default();
    pinna_hrtf* hrtf = NULL;
    config.forbid_personal = true;
    use_up_files(spare);
    pinna_status status = pinna_load_hrtf(&config, &report, NULL, &hrtf);
    limit_files(256);
    cr_assert_eq(status, PINNA_ERROR_FILE);
    const char* error = pinna_report_error(&report);
    cr_assert_not_null(error);
    return error;
}

Test(limits, no_file_more_is_not_no_file_there)
{
    need_kemar();
    const char* error = error_without_files(0);
    cr_assert_not_null(strstr(error, "Too many open files"), "%s", error);
    cr_assert_not_null(strstr(error, "ulimit -n"), "%s", error);
}

#ifdef PINNA_SOFA_NETCDF
Test(limits, one_file_more_is_no_pipe)
{
    pinna_report report = {0};
    pinna_measured_set set = made_set();
    void* bytes;
    size_t byte_count;
    use_up_files(1);
    pinna_status status = pinna_sofa_encode(&set, NULL, &report, &bytes, &byte_count);
    limit_files(256);
    cr_assert_eq(status, PINNA_ERROR_FILE);
    cr_assert_not_null(strstr(pinna_report_error(&report), "ulimit -n"), "%s", pinna_report_error(&report));
}
#endif
