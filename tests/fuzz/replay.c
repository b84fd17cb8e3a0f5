/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target without a fuzzer.
 *
 *   replay_NAME                    its seeds, then damaged copies of them for a few seconds, always the same ones
 *   replay_NAME FILE...            these inputs
 *   replay_NAME --write FOLDER     writes the seeds there, for libFuzzer
 *
 * No input may take five seconds, nor the program 512 MB. The input under which it died is in NAME.failed.
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { MAX_SEEDS = 256, ROUND_SECONDS = 3, MAX_ROUNDS = 20000, HANG_SECONDS = 5, MEMORY_KB = 512 << 10 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

static struct {
    uint8_t* bytes;
    size_t byte_count;
} seeds[MAX_SEEDS];
static unsigned seed_count;

static char failed_path[512];
static const uint8_t* volatile current;
static volatile size_t current_bytes;

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void keep_failed(int number)
{
    int file = open(failed_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file >= 0 && write(file, current, current_bytes) >= 0) close(file);
    signal(number, SIG_DFL);
    raise(number);
}

static void run(const uint8_t* bytes, size_t byte_count)
{
    uint8_t* exact = malloc(byte_count ? byte_count : 1); /* so that a sanitizer sees the first byte beyond */
    FUZZ_EXPECT(exact);
    memcpy(exact, bytes, byte_count);
    current = exact;
    current_bytes = byte_count;
    alarm(HANG_SECONDS);
    LLVMFuzzerTestOneInput(exact, byte_count);
    alarm(0);
    free(exact);
}

static uint32_t draw(uint32_t* state, size_t below)
{
    *state = *state * 1664525u + 1013904223u;
    return (uint32_t)((*state >> 4) % (below ? below : 1));
}

/* One to a few of: a byte replaced, a bit flipped, a piece doubled, moved, cut out or taken from another seed. */
static size_t damage(uint8_t* bytes, size_t byte_count, uint32_t* state)
{
    for (uint32_t n = 1 + draw(state, 4); n-- && byte_count > 0;) {
        size_t at = draw(state, byte_count), length = 1 + draw(state, byte_count - at < 32 ? byte_count - at : 32);
        size_t to = draw(state, byte_count - length + 1);
        unsigned other = draw(state, seed_count);
        switch (draw(state, 7)) {
        case 0: bytes[at] = (uint8_t)draw(state, 256); break;
        case 1: bytes[at] ^= (uint8_t)(1u << draw(state, 8)); break;
        case 2: memset(bytes + at, draw(state, 2) ? 0xff : 0, length); break;
        case 3: memmove(bytes + to, bytes + at, byte_count - at < length ? byte_count - at : length); break;
        case 4:
            memmove(bytes + at, bytes + at + length, byte_count - at - length);
            byte_count -= length;
            break;
        case 5: byte_count = at; break;
        default:
            if (seeds[other].byte_count >= length)
                memcpy(bytes + at, seeds[other].bytes + draw(state, seeds[other].byte_count - length + 1), length);
        }
    }
    return byte_count;
}

static void make_seeds(void)
{
    static uint8_t bytes[FUZZ_MAX_BYTES];
    for (size_t byte_count; seed_count < MAX_SEEDS && (byte_count = fuzz_seed(seed_count, bytes, sizeof bytes)) > 0;) {
        seeds[seed_count].bytes = malloc(byte_count);
        FUZZ_EXPECT(seeds[seed_count].bytes);
        memcpy(seeds[seed_count].bytes, bytes, byte_count);
        seeds[seed_count++].byte_count = byte_count;
    }
}

static unsigned run_damaged(void)
{
    static uint8_t bytes[FUZZ_MAX_BYTES];
    double end_s = now_s() + ROUND_SECONDS;
    uint32_t state = 1;
    unsigned round = 0;
    for (; round < MAX_ROUNDS && now_s() < end_s; round++) {
        unsigned seed = draw(&state, seed_count);
        memcpy(bytes, seeds[seed].bytes, seeds[seed].byte_count);
        run(bytes, damage(bytes, seeds[seed].byte_count, &state));
    }
    return round;
}

static int write_seeds(const char* folder)
{
    for (unsigned i = 0; i < seed_count; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/seed-%03u", folder, i);
        FILE* file = fopen(path, "wb");
        bool written = file && fwrite(seeds[i].bytes, 1, seeds[i].byte_count, file) == seeds[i].byte_count;
        if ((file && fclose(file)) || !written) {
            fprintf(stderr, "%s: cannot be written: %s\n", path, strerror(errno));
            return 1;
        }
    }
    printf("%u seeds in %s\n", seed_count, folder);
    return 0;
}

static int run_file(const char* path)
{
    static uint8_t bytes[FUZZ_MAX_BYTES * 16];
    FILE* file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "%s: cannot be opened: %s\n", path, strerror(errno));
        return 1;
    }
    size_t byte_count = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    double start_s = now_s();
    run(bytes, byte_count);
    printf("%s: %zu bytes, %.3f s\n", path, byte_count, now_s() - start_s);
    return 0;
}

static int check_memory(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    printf("%ld MB at most\n", use.ru_maxrss >> 10);
    return !IS_SANITIZED && use.ru_maxrss > MEMORY_KB;
}

int main(int argc, char** argv)
{
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM};
    const char* name = strrchr(argv[0], '/');
    snprintf(failed_path, sizeof failed_path, "%s.failed", name ? name + 1 : argv[0]);
    for (size_t i = 0; i < sizeof deadly / sizeof deadly[0] && (!IS_SANITIZED || deadly[i] == SIGALRM); i++)
        signal(deadly[i], keep_failed);
    int result = 0;
    if (argc > 1 && strcmp(argv[1], "--write") != 0) {
        for (int i = 1; i < argc; i++) result |= run_file(argv[i]);
        return result | check_memory();
    }
    make_seeds();
    if (argc == 3) result = write_seeds(argv[2]);
    if (argc == 1) {
        for (unsigned i = 0; i < seed_count; i++) run(seeds[i].bytes, seeds[i].byte_count);
        printf("%u seeds, %u damaged ones, ", seed_count, run_damaged());
        result = check_memory();
    }
    for (unsigned i = 0; i < seed_count; i++) free(seeds[i].bytes);
    return seed_count == 0 || result;
}
