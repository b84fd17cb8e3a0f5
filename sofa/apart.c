/* SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* fork, kill, CLOCK_MONOTONIC */
#endif
#include "measured.h"
#include "netcdf_file.h"

#ifdef PINNA_SOFA_NETCDF
#ifdef PINNA_COVERAGE
void __gcov_dump(void);
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/poll.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * The HDF5 library is large, trusts what it reads, and is known to crash, hang and eat memory on made-up files. So it
 * reads in a child that can do no harm: what it finds comes back through a pipe as numbers and text, and is checked.
 */

enum { BASE_MS = 500, BYTES_PER_MS = 20 << 10, BASE_MEMORY = 384 << 20, MEMORY_PER_BYTE = 8, PIPE_BYTES = 1 << 20 };

/* By the clock only what never ends is ended: a busy machine may take long to give the child its second of processor
   time. Waiting is counted in seconds waited, since this process may be held, too. */
enum { MOST_WAITS = 60, WAIT_MS = 1000 };

/* What the child sends first. The arrays' values follow in the order of the fields. */
typedef struct message {
    pinna_status status;
    char error[PINNA_REPORT_TEXT_BYTES];
    pinna_sofa_fields fields; /* Its pointers say whether there is an array, and nothing else. */
} message;

static long allowed_ms(size_t byte_count)
{
    return BASE_MS + (long)(byte_count / BYTES_PER_MS);
}

/* --- the child --- */

static struct rlimit at_most(rlim_t value)
{
    return (struct rlimit){value, value};
}

/* Address space in use, which the limit counts; 0 where the system does not say. */
static size_t mapped_bytes(void)
{
    unsigned long pages = 0;
    FILE* file = fopen("/proc/self/statm", "r");
    if (!file) return 0;
    if (fscanf(file, "%lu", &pages) != 1) pages = 0;
    fclose(file);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* RLIMIT_CPU counts whole seconds. What the code that reads may have been talked into, the limit still ends. */
static void limit_time(long ms)
{
    struct itimerval timer = {.it_value = {ms / 1000, ms % 1000 * 1000}};
    struct rlimit time = at_most((rlim_t)(ms / 1000 + 2));
    setitimer(ITIMER_PROF, &timer, NULL);
    setrlimit(RLIMIT_CPU, &time);
}

/* Whatever the program does on a crash or an alarm is not for the child to do. */
static void become_harmless(size_t byte_count)
{
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM, SIGXCPU, SIGPROF, SIGPIPE, SIGTERM};
    sigset_t none;
    for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++) signal(deadly[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (!freopen("/dev/null", "w", stderr)) fclose(stderr);
    size_t mapped = mapped_bytes();
    struct rlimit no_core = at_most(0);
    struct rlimit memory = at_most(mapped + BASE_MEMORY + MEMORY_PER_BYTE * (rlim_t)byte_count);
    setrlimit(RLIMIT_CORE, &no_core);
#ifndef PINNA_COVERAGE
    struct rlimit no_more_files = at_most(0); /* HDF5 opens whatever files a file names as its parts */
    setrlimit(RLIMIT_NOFILE, &no_more_files);
#endif
    if (mapped) setrlimit(RLIMIT_AS, &memory);
    limit_time(allowed_ms(byte_count));
}

static bool send_all(int to, const void* bytes, size_t byte_count)
{
    const char* at = bytes;
    while (byte_count > 0) {
        ssize_t sent = write(to, at, byte_count);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        at += sent;
        byte_count -= (size_t)sent;
    }
    return true;
}

static void read_and_send(pinna_sofa_reader* reader, const void* bytes, size_t byte_count, int to)
{
    static message m; /* The process ends behind it. */
    m.status = reader(bytes, byte_count, &m.fields, m.error, sizeof m.error);
    bool sent = send_all(to, &m, sizeof m);
    for (int i = 0; i < PINNA_SOFA_FIELD_COUNT && sent && !m.status; i++) {
        const pinna_sofa_array* a = pinna_sofa_field_of(&m.fields, i);
        if (a->values) sent = send_all(to, a->values, a->count * sizeof *a->values);
        if (a->exact && sent) sent = send_all(to, a->exact, a->count * sizeof *a->exact);
    }
}

/* --- the parent --- */

typedef struct stream {
    int from, waits_left;
} stream;

static bool wait_for_more(stream* s)
{
    while (s->waits_left > 0) {
        struct pollfd wait = {.fd = s->from, .events = POLLIN};
        int ready = poll(&wait, 1, WAIT_MS);
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return false;
        s->waits_left -= ready == 0;
    }
    return false;
}

static bool receive_all(stream* s, void* bytes, size_t byte_count)
{
    char* at = bytes;
    while (byte_count > 0) {
        if (!wait_for_more(s)) return false;
        ssize_t got = read(s->from, at, byte_count);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        at += got;
        byte_count -= (size_t)got;
    }
    return true;
}

static bool receive_array(stream* s, pinna_sofa_array* a, void** block, size_t* budget)
{
    bool has_values = a->values != NULL, has_exact = a->exact != NULL;
    a->values = NULL, a->exact = NULL;
    a->type[sizeof a->type - 1] = a->units[sizeof a->units - 1] = a->axes[sizeof a->axes - 1] = '\0';
    if (!has_values && !has_exact) {
        a->count = 0;
        return true;
    }
    if (a->count > *budget || a->rank > PINNA_SOFA_MAX_RANK) return false;
    *budget -= a->count;
    size_t byte_count = a->count * (has_exact ? sizeof(double) : sizeof(float));
    *block = malloc(byte_count ? byte_count : 1);
    if (!*block || !receive_all(s, *block, byte_count)) return false;
    if (has_exact) a->exact = *block;
    else a->values = *block;
    return true;
}

/* A child gone wrong may send anything: texts end within their arrays, counts are within limits. */
static void end_texts(pinna_sofa_info* info)
{
    char* const texts[] = {info->convention, info->convention_version, info->data_type, info->title, info->database,
                           info->listener, info->organization, info->license, info->author, info->references,
                           info->comment, info->date, info->room_type};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) texts[i][PINNA_SOFA_TEXT_BYTES - 1] = '\0';
    info->reader[sizeof info->reader - 1] = '\0';
    info->has_delays = false;
}

static void free_blocks(void* owner)
{
    void** blocks = owner;
    for (int i = 0; i < PINNA_SOFA_FIELD_COUNT; i++) free(blocks[i]);
    free(blocks);
}

static pinna_status refuse_crashed(char* error, size_t error_bytes)
{
    snprintf(error, error_bytes,
             "the HDF5 library fails on it (it crashes or takes too much memory), so it is damaged or "
             "made to do harm; download it again from its maker");
    return PINNA_ERROR_FORMAT;
}

static pinna_status refuse_slow(size_t byte_count, char* error, size_t error_bytes)
{
    snprintf(error, error_bytes,
             "the HDF5 library takes more than %.1f s to read it, so it is damaged or made to do harm; "
             "download it again from its maker",
             1e-3 * (double)allowed_ms(byte_count));
    return PINNA_ERROR_LIMIT;
}

static pinna_status receive(stream* s, message* m, pinna_sofa_fields* out, char* error, size_t error_bytes)
{
    size_t budget = (size_t)1 << 27;
    if (!receive_all(s, m, sizeof *m)) return refuse_crashed(error, error_bytes);
    m->error[sizeof m->error - 1] = '\0';
    snprintf(error, error_bytes, "%s", m->error);
    if (m->status) return m->status > PINNA_OK && m->status < PINNA_STATUS_COUNT ? m->status : PINNA_ERROR_FORMAT;
    void** blocks = calloc(PINNA_SOFA_FIELD_COUNT, sizeof *blocks);
    if (!blocks) return PINNA_ERROR_MEMORY;
    *out = m->fields;
    out->owner = blocks;
    out->release = free_blocks;
    out->made = NULL;
    end_texts(&out->info);
    out->rate_text[sizeof out->rate_text - 1] = out->rate_place[sizeof out->rate_place - 1] = '\0';
    bool whole = true;
    for (int i = 0; i < PINNA_SOFA_FIELD_COUNT && whole; i++)
        whole = receive_array(s, pinna_sofa_field_of(out, i), &blocks[i], &budget);
    if (whole) return PINNA_OK;
    pinna_sofa_fields_release(out);
    return refuse_crashed(error, error_bytes);
}

/* Ends the child, whatever it does. Whether it had used up its time before. */
static bool end_child(pid_t child)
{
    int status = 0;
    kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return WIFSIGNALED(status) && (WTERMSIG(status) == SIGPROF || WTERMSIG(status) == SIGXCPU);
}

static pid_t start_child(pinna_sofa_reader* reader, const void* bytes, size_t byte_count, const int ends[2])
{
    pid_t child = fork();
    if (child != 0) return child;
    close(ends[0]);
    become_harmless(byte_count);
    read_and_send(reader, bytes, byte_count, ends[1]);
#ifdef PINNA_COVERAGE
    __gcov_dump(); /* what ran here counts too */
#endif
    _exit(0);
}

pinna_status pinna_sofa_read_apart(pinna_sofa_reader* reader, const void* bytes, size_t byte_count,
                                   pinna_sofa_fields* out, char* error, size_t error_bytes)
{
    memset(out, 0, sizeof *out);
    message* m = malloc(sizeof *m);
    int ends[2];
    if (!m) return PINNA_ERROR_MEMORY;
    if (pipe(ends) != 0) {
        snprintf(error, error_bytes, "no pipe can be made for the process that would read it (%s); %s",
                 strerror(errno), pinna_sofa_advice_for(errno));
        free(m);
        return PINNA_ERROR_FILE;
    }
#ifdef F_SETPIPE_SZ
    fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES); /* Fewer changes between the two processes, where the system allows it. */
#endif
    pid_t child = start_child(reader, bytes, byte_count, ends);
    pinna_status status = PINNA_ERROR_MEMORY;
    if (child < 0)
        snprintf(error, error_bytes, "no process can be started to read it (%s); close other programs",
                 strerror(errno));
    close(ends[1]);
    stream s = {.from = ends[0], .waits_left = MOST_WAITS};
    if (child > 0) status = receive(&s, m, out, error, error_bytes);
#ifdef PINNA_COVERAGE
    for (char rest; !status && read(ends[0], &rest, 1) > 0;) continue; /* until it has said what ran, too */
#endif
    close(ends[0]);
    bool is_slow = child > 0 && (end_child(child) || s.waits_left == 0);
    if (status == PINNA_ERROR_FORMAT && is_slow) status = refuse_slow(byte_count, error, error_bytes);
    free(m);
    return status;
}
#endif
