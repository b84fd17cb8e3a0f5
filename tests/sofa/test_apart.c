/* SPDX-License-Identifier: MIT */
#include "sofa_test.h"

#ifdef PINNA_SOFA_NETCDF
#include "../../sofa/netcdf_file.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

/* Readers as bad as can be, in the process that reads apart. */

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static pinna_status read_well(const void* bytes, size_t byte_count, pinna_sofa_fields* out, char* error,
                              size_t error_bytes)
{
    static const float samples[] = {1, 2, 3};
    (void)bytes, (void)byte_count, (void)error, (void)error_bytes;
    out->impulse_responses = (pinna_sofa_array){.values = samples, .count = 3};
    return PINNA_OK;
}

static pinna_status read_for_ever(const void* bytes, size_t byte_count, pinna_sofa_fields* out, char* error,
                                  size_t error_bytes)
{
    (void)bytes, (void)byte_count, (void)out, (void)error, (void)error_bytes;
    static volatile bool goes_on = true;
    while (goes_on) continue;
    return PINNA_OK;
}

static pinna_status crash(const void* bytes, size_t byte_count, pinna_sofa_fields* out, char* error, size_t error_bytes)
{
    (void)bytes, (void)byte_count, (void)out, (void)error, (void)error_bytes;
    raise(SIGSEGV);
    return PINNA_OK;
}

/* Held for half a second, as on a machine that sleeps or is busy. */
static pinna_status read_when_woken(const void* bytes, size_t byte_count, pinna_sofa_fields* out, char* error,
                                    size_t error_bytes)
{
    pid_t reader = getpid();
    if (fork() == 0) {
        usleep(500000);
        kill(reader, SIGCONT);
        _exit(0);
    }
    raise(SIGSTOP);
    return read_well(bytes, byte_count, out, error, error_bytes);
}

static pinna_status lie(const void* bytes, size_t byte_count, pinna_sofa_fields* out, char* error, size_t error_bytes)
{
    pinna_status status = read_well(bytes, byte_count, out, error, error_bytes);
    out->impulse_responses.rank = PINNA_SOFA_MAX_RANK + 1;
    return status;
}

static pinna_status run(pinna_sofa_reader* reader, const char* phrase)
{
    pinna_sofa_fields fields;
    char error[PINNA_REPORT_TEXT_BYTES] = "";
    pinna_status status = pinna_sofa_read_apart(reader, "bytes", 5, &fields, error, sizeof error);
    if (phrase) cr_assert_not_null(strstr(error, phrase), "%s", error);
    if (!status) {
        cr_assert_eq(fields.impulse_responses.count, 3);
        cr_assert_eq(fields.impulse_responses.values[2], 3.0f);
    }
    pinna_sofa_fields_release(&fields);
    return status;
}

Test(apart, what_is_read_comes_back)
{
    cr_assert_eq(run(read_well, NULL), PINNA_OK);
}

Test(apart, a_reader_that_never_ends_is_ended)
{
    double start_s = now_s();
    cr_assert_eq(run(read_for_ever, "takes more than 0.5 s"), PINNA_ERROR_LIMIT);
    cr_assert_gt(now_s() - start_s, 0.45);
}

/* The thread that loads may have blocked signals; its child must not have. */
Test(apart, blocked_signals_do_not_keep_it_alive)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    cr_assert_eq(run(read_for_ever, "takes more than"), PINNA_ERROR_LIMIT);
    cr_assert_eq(run(crash, "crashes"), PINNA_ERROR_FORMAT);
}

Test(apart, a_crash_is_the_childs)
{
    cr_assert_eq(run(crash, "crashes"), PINNA_ERROR_FORMAT);
}

Test(apart, a_machine_that_holds_it_is_waited_for)
{
    cr_assert_eq(run(read_when_woken, NULL), PINNA_OK);
}

Test(apart, what_comes_back_is_not_believed)
{
    cr_assert_eq(run(lie, "made to do harm"), PINNA_ERROR_FORMAT);
}

#endif
