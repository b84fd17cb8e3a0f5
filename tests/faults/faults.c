/* SPDX-License-Identifier: MIT */
/*
 * Memory that runs out at every point of loading a head: in our code and, because malloc itself is ours here, in the
 * libraries below. Each attempt is a process of its own, so that a crash is one attempt's.
 *
 * What must hold: a status with a sentence, or success in spite of it; no crash; nothing that our code took leaks. What
 * libraries took and leave behind when they fail is counted and told: libmysofa 1.3.1 does so, a few hundred bytes.
 */
#include "fuzz/sofa_seed.h"

#include <pinna/load.h>
#include <pinna/sofa.h>

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_OWN_MALLOC 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_OWN_MALLOC 0
#endif
#endif
#ifndef HAS_OWN_MALLOC
#ifdef __GLIBC__
#define HAS_OWN_MALLOC 1
#else
#define HAS_OWN_MALLOC 0
#endif
#endif

enum { SKIPPED = 77, MAX_FAULTS = 400, CASE_SECONDS = 60 };

/* What a child's exit says. */
enum { FINISHED, REFUSED, SPEECHLESS, LEAKED, LIBRARY_LEAKED };

#if !HAS_OWN_MALLOC
int main(void)
{
    puts("skipped: a sanitizer's malloc, or another C library");
    return SKIPPED;
}
#else

void* __libc_malloc(size_t byte_count);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t byte_count);
void __libc_free(void* memory);

static long left = -1; /* allocations that still succeed; negative: all */
static bool has_failed;

/* Blocks that this program's own code took, by address: the linker says where its code begins and ends. */
extern const char __executable_start, etext;
enum { SLOTS = 1 << 16 };
static void* own[SLOTS];
static long own_live, foreign_live;

static size_t slot_of(const void* memory)
{
    size_t slot = ((uintptr_t)memory >> 4) % SLOTS;
    while (own[slot] && own[slot] != memory) slot = (slot + 1) % SLOTS;
    return slot;
}

static void* enter(void* memory, const void* caller)
{
    const char* at = caller;
    bool is_own = at >= &__executable_start && at < &etext;
    if (!memory) return NULL;
    if (is_own) own[slot_of(memory)] = memory;
    own_live += is_own;
    foreign_live += !is_own;
    return memory;
}

/* Those behind it in the same run move up, or they would not be found again. */
static void leave(void* memory)
{
    size_t slot = slot_of(memory);
    if (!own[slot]) {
        foreign_live--;
        return;
    }
    own_live--;
    own[slot] = NULL;
    for (size_t next = (slot + 1) % SLOTS; own[next]; next = (next + 1) % SLOTS) {
        void* moved = own[next];
        own[next] = NULL;
        own[slot_of(moved)] = moved;
    }
}

static bool fails(void)
{
    if (left < 0 || left-- > 0) return false;
    has_failed = true; /* one alone: those after it succeed again */
    return true;
}

void* malloc(size_t byte_count)
{
    return fails() ? NULL : enter(__libc_malloc(byte_count), __builtin_return_address(0));
}

void* calloc(size_t count, size_t size)
{
    return fails() ? NULL : enter(__libc_calloc(count, size), __builtin_return_address(0));
}

void* realloc(void* memory, size_t byte_count)
{
    if (fails()) return NULL;
    if (memory) leave(memory);
    void* moved = __libc_realloc(memory, byte_count);
    return enter(moved ? moved : memory, __builtin_return_address(0)) == moved ? moved : NULL;
}

void free(void* memory)
{
    if (memory) leave(memory);
    __libc_free(memory);
}

/* --- what is loaded --- */

static uint8_t file_bytes[2][FUZZ_MAX_BYTES];
static size_t file_counts[2];
static char folder[] = "/tmp/pinna-faults-XXXXXX", path[64];

static pinna_status load_bytes(int file, pinna_report* report)
{
    pinna_sofa* sofa;
    pinna_status status = pinna_sofa_load_memory(file_bytes[file], file_counts[file], "seed.sofa", report, &sofa);
    pinna_sofa_destroy(sofa);
    return status;
}

static pinna_status load_free_field(pinna_report* report)
{
    return load_bytes(0, report);
}

static pinna_status load_transfer_functions(pinna_report* report)
{
    return load_bytes(1, report);
}

static pinna_status load_file(pinna_report* report)
{
    pinna_sofa* sofa;
    pinna_status status = pinna_sofa_load(path, report, &sofa);
    pinna_sofa_destroy(sofa);
    return status;
}

static pinna_status load_head(pinna_report* report)
{
    pinna_hrtf* hrtf;
    pinna_load_config config = pinna_load_config_default();
    config.path = path;
    config.forbid_personal = true;
    config.cache_folder = folder;
    config.prepare.tap_count = 16;
    pinna_status status = pinna_load_hrtf(&config, report, NULL, &hrtf);
    pinna_hrtf_release(hrtf);
    return status;
}

static const struct {
    const char* name;
    pinna_status (*run)(pinna_report* report);
    bool cold;   /* without the cache's file */
    bool beyond; /* the last allocations are made in netCDF's process, by its count */
    long step;   /* every so many allocations: what comes before the set is ours is tried by the first case */
} cases[] = {
    {"a free-field set", load_free_field, false, false, 1},
    {"transfer functions", load_transfer_functions, false, true, 5},
    {"a file", load_file, false, false, 5},
    {"a head into the cache", load_head, true, false, 2},
    {"a head from the cache", load_head, false, false, 1},
};

/* --- one fault after the other --- */

static void forget_cache(void)
{
    char command[96];
    snprintf(command, sizeof command, "rm -f %s/*.pinna", folder);
    if (system(command)) perror(command);
}

static int attempt(size_t number, long fault)
{
    static pinna_report report;
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    alarm(CASE_SECONDS);
    long own_before = own_live, foreign_before = foreign_live;
    left = fault;
    pinna_status status = cases[number].run(&report);
    left = -1;
    if (own_live > own_before) return LEAKED;
    if (!has_failed && status == PINNA_OK) return FINISHED;
    if (status && !pinna_report_error(&report)) return SPEECHLESS;
    return foreign_live > foreign_before ? LIBRARY_LEAKED : REFUSED;
}

static int run_attempt(size_t number, long fault)
{
    if (cases[number].cold) forget_cache();
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) _exit(attempt(number, fault));
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return status;
}

/* Faults until one attempt needs no more than there is. Returns how many were not survived as they should. */
static int run_case(size_t number)
{
    int outcomes[LIBRARY_LEAKED + 1] = {0}, crashed = 0;
    long fault = 0;
    for (; fault < MAX_FAULTS; fault += cases[number].step) {
        int status = run_attempt(number, fault);
        if (!WIFEXITED(status)) {
            printf("    allocation %ld: signal %d\n", fault, WTERMSIG(status));
            crashed++;
            continue;
        }
        if (WEXITSTATUS(status) == FINISHED) break;
        outcomes[WEXITSTATUS(status)]++;
        if (WEXITSTATUS(status) == LEAKED || WEXITSTATUS(status) == SPEECHLESS)
            printf("    allocation %ld: %s\n", fault, WEXITSTATUS(status) == LEAKED ? "leaked" : "said nothing");
    }
    printf(
        "%s: each %ld. of %ld allocations failed in turn: %d crashed, %d leaked, %d said nothing; a library leaked in "
        "%d\n",
        cases[number].name, cases[number].step, fault, crashed, outcomes[LEAKED], outcomes[SPEECHLESS],
        outcomes[LIBRARY_LEAKED]);
    bool ran = fault > 0 && (fault < MAX_FAULTS || cases[number].beyond);
    return crashed + outcomes[LEAKED] + outcomes[SPEECHLESS] + !ran;
}

static bool set_up(void)
{
    file_counts[0] = sofa_seed(0, file_bytes[0], FUZZ_MAX_BYTES);
    file_counts[1] = sofa_seed(2, file_bytes[1], FUZZ_MAX_BYTES);
    if (file_counts[1] == 0) {
        file_counts[1] = file_counts[0];
        memcpy(file_bytes[1], file_bytes[0], file_counts[0]);
    }
    if (!mkdtemp(folder)) return false;
    snprintf(path, sizeof path, "%s/seed.sofa", folder);
    FILE* file = fopen(path, "wb");
    bool written = file && fwrite(file_bytes[0], 1, file_counts[0], file) == file_counts[0];
    return file && fclose(file) == 0 && written;
}

int main(void)
{
    static pinna_report report;
    if (!set_up()) return 1;
    int bad = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (load_head(&report)) printf("%s\n", pinna_report_error(&report)); /* fills the cache */
        bad += run_case(i);
    }
    forget_cache();
    unlink(path);
    rmdir(folder);
    return bad > 0;
}
#endif
