/* SPDX-License-Identifier: MIT */
#include "jobs.h"
#include "cli.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STAMP_BYTES = 64 };

typedef struct batch {
    const pinna_job_options* options;
    const pinna_jobs_options* jobs;
    char* const* inputs;
    size_t input_count;
    uint64_t digest; /* of the command line, but for the inputs */
    size_t running, failed, skipped, done;
} batch;

/* FNV-1a, 64 bits: not against forgery, against mistakes. */
static uint64_t digest_bytes(uint64_t digest, const void* bytes, size_t count)
{
    const unsigned char* b = bytes;
    for (size_t i = 0; i < count; i++)
        digest = (digest ^ b[i]) * 0x100000001B3u;
    return digest;
}

static bool is_input(const batch* b, const char* word)
{
    for (size_t i = 0; i < b->input_count; i++)
        if (b->inputs[i] == word) return true;
    return false;
}

/* Files named in options may change under the same name. */
static uint64_t digest_file(uint64_t digest, const char* path)
{
    struct stat info;
    if (stat(path, &info) || !S_ISREG(info.st_mode)) return digest;
    const int64_t facts[] = {info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
    return digest_bytes(digest, facts, sizeof facts);
}

static uint64_t digest_call(const batch* b, int argc, char* const* argv)
{
    uint64_t digest = 0xCBF29CE484222325u;
    digest = digest_bytes(digest, pinna_version(), strlen(pinna_version()) + 1);
    for (int i = 1; i < argc; i++) {
        if (is_input(b, argv[i])) continue;
        bool changes_nothing = !strncmp(argv[i], "--jobs=", 7) || !strcmp(argv[i], "--force") ||
                               !strcmp(argv[i], "-q") || !strcmp(argv[i], "--quiet");
        if (!strcmp(argv[i], "--jobs")) i++;
        else if (!changes_nothing) digest = digest_file(digest_bytes(digest, argv[i], strlen(argv[i]) + 1), argv[i]);
    }
    return digest;
}

static void make_stamp(const batch* b, const char* input, char* stamp)
{
    snprintf(stamp, STAMP_BYTES, "pinna %s %016llx", pinna_version(),
             (unsigned long long)digest_file(b->digest, input));
}

static bool has_stamp(const char* output, const char* stamp)
{
    SF_INFO info = {0};
    SNDFILE* file = sf_open(output, SFM_READ, &info);
    const char* comment = file ? sf_get_string(file, SF_STR_COMMENT) : NULL;
    bool same = comment && !strcmp(comment, stamp);
    if (file) sf_close(file);
    return same;
}

/* The input's name in the folder, its ending replaced. */
static bool name_output(const batch* b, const char* input, const char* ending, char* out)
{
    const char* slash = strrchr(input, '/');
    const char* name = slash ? slash + 1 : input;
    const char* dot = strrchr(name, '.');
    int length = dot && dot != name ? (int)(dot - name) : (int)strlen(name);
    return snprintf(out, PATH_MAX, "%s/%.*s%s", b->jobs->folder, length, name, ending) < PATH_MAX;
}

static int check_names(const batch* b)
{
    char one[PATH_MAX], other[PATH_MAX];
    for (size_t i = 0; i < b->input_count; i++) {
        if (!name_output(b, b->inputs[i], ".wav", one))
            return pinna_cli_usage_error("%s: the name is too long", b->inputs[i]);
        for (size_t k = 0; k < i; k++)
            if (name_output(b, b->inputs[k], ".wav", other) && !strcmp(one, other))
                return pinna_cli_usage_error("%s and %s would both be written to %s", b->inputs[k], b->inputs[i], one);
    }
    return PINNA_CLI_GO_ON;
}

static int make_folder(const char* folder)
{
    struct stat info;
    if (!mkdir(folder, 0777)) return PINNA_CLI_GO_ON;
    int number = errno;
    if (!stat(folder, &info) && S_ISDIR(info.st_mode)) return PINNA_CLI_GO_ON;
    if (number == EEXIST)
        pinna_cli_error("%s: is no folder; give --out-dir another name", folder);
    else
        pinna_cli_error("%s: the folder cannot be made: %s", folder, strerror(number));
    return PINNA_EXIT_FAILURE;
}

/* Ends with the parent, however that ends. */
static void render_in_child(const batch* b, const char* input, const char* output, const char* stamp)
{
    char report[PATH_MAX];
    pinna_job_options options = *b->options;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() == 1) _exit(PINNA_EXIT_FAILURE);
    if (options.report) options.report = name_output(b, input, ".json", report) ? report : NULL;
    int code = pinna_job_run(&options, input, output, stamp);
    if (fflush(stdout)) code = PINNA_EXIT_FAILURE;
    _exit(code);
}

static void wait_for_one(batch* b)
{
    int status;
    pid_t child;
    while ((child = wait(&status)) < 0 && errno == EINTR) {}
    if (child < 0) return;
    b->running--;
    bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    b->done += good;
    b->failed += !good;
    if (WIFSIGNALED(status)) pinna_cli_error("a render was ended by signal %d", WTERMSIG(status));
}

static void start(batch* b, const char* input)
{
    char output[PATH_MAX], stamp[STAMP_BYTES];
    name_output(b, input, ".wav", output);
    make_stamp(b, input, stamp);
    if (!b->jobs->force && has_stamp(output, stamp)) {
        b->skipped++;
        return;
    }
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) render_in_child(b, input, output, stamp);
    if (child < 0) {
        pinna_cli_error("%s: no process can be started: %s", input, strerror(errno));
        b->failed++;
        return;
    }
    b->running++;
}

static size_t core_count(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (size_t)count : 1;
}

int pinna_jobs_run(const pinna_job_options* options, const pinna_jobs_options* jobs, char* const* inputs,
                   size_t input_count, int argc, char* const* argv)
{
    batch b = {.options = options, .jobs = jobs, .inputs = inputs, .input_count = input_count};
    size_t most = jobs->job_count ? jobs->job_count : core_count();
    int code = check_names(&b);
    if (code == PINNA_CLI_GO_ON) code = make_folder(jobs->folder);
    if (code != PINNA_CLI_GO_ON) return code;
    b.digest = digest_call(&b, argc, argv);
    for (size_t i = 0; i < input_count; i++) {
        while (b.running >= most)
            wait_for_one(&b);
        start(&b, inputs[i]);
    }
    while (b.running)
        wait_for_one(&b);
    if (!options->quiet)
        printf("%zu rendered, %zu already there, %zu failed\n", b.done, b.skipped, b.failed);
    return b.failed ? PINNA_EXIT_FAILURE : PINNA_EXIT_OK;
}
