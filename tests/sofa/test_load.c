/* SPDX-License-Identifier: MIT */
#include "sofa_test.h"

#include "../../sofa/cache.h"

#include <pinna/load.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char folder[256];

/* A fresh folder; removed by leave(). */
static void enter(void)
{
    const char* base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/pinna-load-XXXXXX", base ? base : "/tmp");
    cr_assert(mkdtemp(folder));
    setenv("PINNA_HRTF", "", 1);
}

static void leave(void)
{
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    cr_assert_eq(system(command), 0);
}

TestSuite(load, .init = enter, .fini = leave);
TestSuite(cache, .init = enter, .fini = leave);
TestSuite(personal, .init = enter, .fini = leave);

static const char* in_folder(const char* name)
{
    static char paths[4][400];
    static int next;
    char* path = paths[next++ % 4];
    snprintf(path, 400, "%s/%s", folder, name);
    return path;
}

static void write_file(const char* path, const void* bytes, size_t byte_count)
{
    FILE* file = fopen(path, "wb");
    cr_assert_not_null(file, "%s", path);
    cr_assert_eq(fwrite(bytes, 1, byte_count, file), byte_count);
    cr_assert_eq(fclose(file), 0);
}

static void copy_file(const char* from, const char* to)
{
    size_t byte_count;
    unsigned char* bytes = read_bytes(from, &byte_count);
    write_file(to, bytes, byte_count);
    free(bytes);
}

static uint32_t count_names(const char* where, const char* piece, char* last)
{
    uint32_t count = 0;
    DIR* listing = opendir(where);
    if (!listing) return 0;
    for (struct dirent* entry; (entry = readdir(listing));) {
        if (!strstr(entry->d_name, piece)) continue;
        if (last) snprintf(last, 512, "%s/%s", where, entry->d_name);
        count++;
    }
    closedir(listing);
    return count;
}

/* Few taps: what is tested is not how a set is made. */
static pinna_load_config small_config(const char* cache_folder)
{
    pinna_load_config config = pinna_load_config_default();
    config.path = need_kemar();
    config.cache_folder = cache_folder;
    config.prepare.tap_count = 64;
    return config;
}

static pinna_hrtf* load_well(const pinna_load_config* config, pinna_report* report, bool from_cache)
{
    pinna_hrtf* hrtf;
    pinna_loaded loaded;
    pinna_status status = pinna_load_hrtf(config, report, &loaded, &hrtf);
    if (status) print_entries(report);
    cr_assert_eq(status, PINNA_OK);
    cr_assert_eq(loaded.from_cache, from_cache);
    return hrtf;
}

static uint64_t fingerprint(const pinna_hrtf* hrtf)
{
    static float taps[PINNA_EAR_COUNT][PINNA_HRTF_MAX_TAPS];
    float delays[PINNA_EAR_COUNT];
    pinna_hrtf_info info = pinna_hrtf_get_info(hrtf);
    uint64_t sum = info.direction_count;
    for (uint32_t d = 0; d < info.direction_count; d += 7) {
        pinna_hrtf_lookup(hrtf, pinna_hrtf_get_direction(hrtf, d), taps[0], taps[1], delays);
        for (uint32_t n = 0; n < info.tap_count; n++) {
            uint32_t bits[2];
            memcpy(bits, &taps[0][n], 4);
            memcpy(bits + 1, &taps[1][n], 4);
            sum = (sum ^ bits[0] ^ (uint64_t)bits[1] << 32) * 0x9e3779b97f4a7c15u;
        }
    }
    return sum;
}

/* --- the cache as the loader uses it --- */

Test(load, the_second_time_comes_from_the_cache_and_is_the_same)
{
    pinna_report first = {0}, second = {0};
    pinna_load_config config = small_config(in_folder("a/b/c"));
    pinna_hrtf *made = load_well(&config, &first, false), *opened = load_well(&config, &second, true);
    cr_assert_eq(fingerprint(made), fingerprint(opened));
    cr_assert_eq(first.count, second.count);
    cr_assert_eq(memcmp(first.entries, second.entries, first.count * sizeof *first.entries), 0);
    cr_assert_eq(count_names(config.cache_folder, ".pinna", NULL), 1);
    cr_assert_eq(count_names(config.cache_folder, ".part", NULL), 0);
    pinna_hrtf_release(made);
    pinna_hrtf_release(opened);
}

Test(load, what_is_damaged_is_made_again)
{
    pinna_report report = {0};
    pinna_load_config config = small_config(folder);
    pinna_hrtf* good = load_well(&config, &report, false);
    char path[512] = "";
    cr_assert_eq(count_names(folder, ".pinna", path), 1);
    size_t byte_count, rewritten;
    unsigned char* bytes = read_bytes(path, &byte_count);
    for (int damage = 0; damage < 4; damage++) {
        bytes[byte_count / 3 + (size_t)damage] ^= 16;
        write_file(path, bytes, damage == 1 ? byte_count / 2 : damage == 2 ? 0 : byte_count);
        bytes[byte_count / 3 + (size_t)damage] ^= 16;
        pinna_hrtf* again = load_well(&config, &report, false);
        cr_assert_eq(fingerprint(again), fingerprint(good));
        pinna_hrtf_release(again);
        unsigned char* repaired = read_bytes(path, &rewritten);
        cr_assert(rewritten == byte_count && memcmp(repaired, bytes, byte_count) == 0);
        free(repaired);
    }
    cr_assert_null(pinna_report_error(&report));
    pinna_hrtf_release(good);
    free(bytes);
}

static uint32_t draw(uint32_t* state, uint32_t below)
{
    *state = *state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(*state >> 4) * below >> 28);
}

/* Bits flipped anywhere, bytes overwritten, the end cut off, or more behind it; the first of these also on top of each
   other. Returns how many bytes remain; there is room for 64 more. */
static size_t corrupt(unsigned char* bytes, size_t byte_count, uint32_t* state)
{
    uint32_t kind = draw(state, 4), count = 1 + draw(state, 64), size = (uint32_t)byte_count;
    if (kind == 0) return draw(state, size);
    if (kind == 1) {
        for (uint32_t i = 0; i < count; i++) bytes[byte_count + i] = (unsigned char)draw(state, 256);
        return byte_count + count;
    }
    if (kind == 2) {
        uint32_t at = draw(state, size - count);
        for (uint32_t i = 0; i < count; i++) bytes[at + i] = (unsigned char)draw(state, 256);
    }
    for (uint32_t i = 0; i < 1 + count % 4; i++) bytes[draw(state, size)] ^= (unsigned char)(1u << draw(state, 8));
    return byte_count;
}

/* A set small enough to be made ten thousand times; where nothing can write it, the whole one. */
static const char* small_set(void)
{
    enum { EVERY = 12, MOST = 128 };
    static float hrirs[MOST * PINNA_EAR_COUNT * 256];
    static pinna_vec3 positions[MOST];
    pinna_report report = {0};
    pinna_sofa* sofa = load_good(need_kemar(), &report);
    pinna_measured_set all = *pinna_sofa_measured(sofa), few = all;
    size_t taps = all.tap_count < 256 ? all.tap_count : 256;
    few.hrirs = hrirs, few.positions_m = positions, few.delays_frames = NULL;
    few.measurement_count = 0, few.tap_count = (uint32_t)taps;
    for (uint32_t m = 0; m < all.measurement_count && few.measurement_count < MOST; m += EVERY) {
        for (size_t ear = 0; ear < PINNA_EAR_COUNT; ear++)
            memcpy(hrirs + (few.measurement_count * PINNA_EAR_COUNT + ear) * taps,
                   all.hrirs + (m * PINNA_EAR_COUNT + ear) * all.tap_count, taps * sizeof(float));
        positions[few.measurement_count++] = all.positions_m[m];
    }
    void* bytes = NULL;
    size_t byte_count;
    pinna_status status = pinna_sofa_encode(&few, pinna_sofa_get_info(sofa), &report, &bytes, &byte_count);
    if (!status) write_file(in_folder("few.sofa"), bytes, byte_count);
    pinna_sofa_free(bytes);
    pinna_sofa_destroy(sofa);
    return status ? need_kemar() : in_folder("few.sofa");
}

/* PINNA_CACHE_CORRUPTIONS=10000 makes as many. */
Test(load, whatever_is_damaged_the_set_is_right)
{
    const char* wanted = getenv("PINNA_CACHE_CORRUPTIONS");
    long rounds = wanted ? strtol(wanted, NULL, 10) : 30, used = 0;
    pinna_report report = {0};
    pinna_load_config config = small_config(in_folder("cache"));
    config.path = small_set();
    pinna_hrtf* good = load_well(&config, &report, false);
    char path[512] = "";
    cr_assert_eq(count_names(config.cache_folder, ".pinna", path), 1);
    size_t byte_count, kept_count;
    unsigned char *bytes = read_bytes(path, &byte_count), *damaged = malloc(byte_count + 64);
    uint32_t state = 1;
    for (long i = 0; i < rounds; i++) {
        memcpy(damaged, bytes, byte_count);
        size_t damaged_count = corrupt(damaged, byte_count, &state);
        bool same = damaged_count == byte_count && memcmp(damaged, bytes, byte_count) == 0; /* flipped back */
        write_file(path, damaged, damaged_count);
        pinna_hrtf* again = load_well(&config, &report, same);
        cr_assert_eq(fingerprint(again), fingerprint(good), "round %ld", i);
        pinna_hrtf_release(again);
        unsigned char* kept = read_bytes(path, &kept_count);
        cr_assert(kept_count == byte_count && memcmp(kept, bytes, byte_count) == 0, "round %ld", i);
        free(kept);
        used += same;
    }
    cr_assert_null(pinna_report_error(&report));
    fprintf(stderr, "[cache] %ld corruptions of %zu bytes: always the right set, %ld of them undone by chance\n",
            rounds, byte_count, used);
    pinna_hrtf_release(good);
    free(damaged);
    free(bytes);
}

Test(load, only_cached_parses_nothing)
{
    pinna_report report = {0};
    pinna_hrtf* hrtf;
    pinna_load_config config = small_config(folder);
    config.only_cached = true;
    cr_assert_eq(pinna_load_hrtf(&config, &report, NULL, &hrtf), PINNA_ERROR_STALE);
    cr_assert(strstr(pinna_report_error(&report), "pinna bake"));
    config.only_cached = false;
    pinna_hrtf_release(load_well(&config, &report, false));
    config.only_cached = true;
    pinna_hrtf_release(load_well(&config, &report, true));
    config.prepare.tap_count = 80;
    cr_assert_eq(pinna_load_hrtf(&config, &report, NULL, &hrtf), PINNA_ERROR_STALE);
}

static void expect_uncached(const char* cache_folder)
{
    pinna_report report = {0};
    pinna_load_config config = small_config(cache_folder);
    pinna_hrtf_release(load_well(&config, &report, false));
    cr_assert(has_entry(&report, "cache"));
    cr_assert_eq(count_names(folder, ".part", NULL), 0);
    cr_assert_eq(count_names(folder, ".pinna", NULL), 0);
}

Test(load, a_cache_that_cannot_be_written_is_a_warning)
{
    write_file(in_folder("file"), "x", 1);
    expect_uncached(in_folder("file/cache"));
    expect_uncached("/proc/self/nowhere");
}

Test(load, a_full_disk_leaves_nothing_behind)
{
    struct rlimit limit = {100000, RLIM_INFINITY}, before;
    getrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    expect_uncached(folder);
    setrlimit(RLIMIT_FSIZE, &before);
}

Test(load, a_set_larger_than_the_cache_is_not_kept)
{
    pinna_report report = {0};
    pinna_load_config config = small_config(folder);
    config.cache_max_bytes = 1000;
    pinna_hrtf_release(load_well(&config, &report, false));
    cr_assert(has_entry(&report, "cache"));
    cr_assert_eq(count_names(folder, ".pinna", NULL), 0);
}

Test(load, no_file_is_an_error_that_names_it)
{
    pinna_report report = {0};
    pinna_hrtf* hrtf;
    pinna_loaded loaded;
    pinna_load_config config = small_config(folder);
    config.path = in_folder("missing.sofa");
    cr_assert_eq(pinna_load_hrtf(&config, &report, &loaded, &hrtf), PINNA_ERROR_FILE);
    cr_assert(strstr(pinna_report_error(&report), "missing.sofa"));
    cr_assert_eq(loaded.origin, PINNA_LOAD_GIVEN);
    cr_assert_eq(pinna_load_hrtf(NULL, &report, NULL, &hrtf), PINNA_ERROR_ARGUMENT);
    cr_assert_eq(pinna_load_hrtf(&config, &report, NULL, NULL), PINNA_ERROR_ARGUMENT);
    char long_path[PINNA_LOAD_PATH_BYTES + 10];
    memset(long_path, 'a', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = '\0';
    config.path = long_path;
    cr_assert_eq(pinna_load_hrtf(&config, &report, NULL, &hrtf), PINNA_ERROR_ARGUMENT);
}

Test(load, a_wrong_configuration_is_an_error_that_names_the_file)
{
    pinna_report report = {0};
    pinna_hrtf* hrtf;
    pinna_load_config config = small_config(folder);
    config.prepare.tap_count = 1;
    cr_assert_eq(pinna_load_hrtf(&config, &report, NULL, &hrtf), PINNA_ERROR_ARGUMENT);
    cr_assert(strstr(pinna_report_error(&report), config.path) &&
              strstr(pinna_report_error(&report), "cannot be prepared: tap_count is 1"));
    cr_assert_eq(count_names(folder, ".pinna", NULL), 0);
}

/* --- several at once --- */

static void load_in_child(const pinna_load_config* config, uint64_t expected, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        pinna_hrtf* hrtf;
        if (pinna_load_hrtf(config, NULL, NULL, &hrtf)) _exit(1);
        if (fingerprint(hrtf) != expected) _exit(2);
        pinna_hrtf_release(hrtf);
    }
    _exit(0);
}

/* Three read and write, a fourth scribbles over the file they share. */
Test(load, processes_share_a_folder)
{
    enum { READERS = 3, ROUNDS = 4 };
    pinna_report report = {0};
    pinna_load_config config = small_config(folder);
    pinna_hrtf* hrtf = load_well(&config, &report, false);
    uint64_t expected = fingerprint(hrtf);
    char path[512] = "";
    cr_assert_eq(count_names(folder, ".pinna", path), 1);
    pid_t children[READERS];
    for (int i = 0; i < READERS; i++) {
        children[i] = fork();
        if (children[i] == 0) load_in_child(&config, expected, ROUNDS);
    }
    for (int scribble = 0; scribble < 20; scribble++) {
        int file = open(path, O_WRONLY);
        if (file >= 0 && pwrite(file, "scribble", 8, 5000 * (scribble + 1)) < 0) cr_assert_fail();
        if (scribble % 5 == 4 && file >= 0 && ftruncate(file, 70000)) cr_assert_fail();
        if (file >= 0) close(file);
        nanosleep(&(struct timespec){0, 30000000}, NULL);
    }
    for (int i = 0; i < READERS; i++) {
        int status;
        waitpid(children[i], &status, 0);
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "child %d: %x", i, (unsigned)status);
    }
    cr_assert_eq(count_names(folder, ".part", NULL), 0);
    pinna_hrtf_release(hrtf);
}

/* A file rewritten under the reader's eyes: a set made of what was read, or a sentence. */
Test(load, a_file_may_change_while_it_is_read)
{
    size_t byte_count;
    unsigned char* bytes = read_bytes(need_kemar(), &byte_count);
    const char* path = in_folder("changing.sofa");
    write_file(path, bytes, byte_count);
    pid_t writer = fork();
    if (writer == 0) {
        for (uint32_t round = 0;; round++) {
            int file = open(path, O_WRONLY | (round % 3 == 0 ? O_TRUNC : 0));
            if (file < 0 || write(file, bytes, byte_count) < 0) _exit(1);
            close(file);
        }
    }
    uint32_t good = 0;
    for (int i = 0; i < 12; i++) {
        pinna_report report = {0};
        pinna_sofa* sofa = NULL;
        pinna_status status = pinna_sofa_load(path, &report, &sofa);
        check_outcome(status, sofa, &report, path);
        good += status == PINNA_OK;
        pinna_sofa_destroy(sofa);
    }
    kill(writer, SIGKILL);
    waitpid(writer, NULL, 0);
    fprintf(stderr, "[changing file] %u of 12 loads found it whole\n", good);
    free(bytes);
}

/* --- the folder alone --- */

static pinna_store_key key_of(int number)
{
    pinna_store_key key;
    snprintf(key.text, sizeof key.text, "%032x", (unsigned)number);
    return key;
}

static bool is_kept(const pinna_cache* cache, int number)
{
    pinna_store_key key = key_of(number);
    unsigned char* bytes;
    size_t byte_count;
    bool kept = pinna_cache_read(cache, &key, &bytes, &byte_count);
    if (kept) free(bytes);
    return kept;
}

static void age(const char* name, time_t seconds)
{
    struct timespec times[2] = {{time(NULL) - seconds, 0}, {time(NULL) - seconds, 0}};
    cr_assert_eq(utimensat(AT_FDCWD, in_folder(name), times, 0), 0);
}

static void put(const pinna_cache* cache, int number, size_t byte_count)
{
    char problem[PINNA_REPORT_TEXT_BYTES] = "";
    pinna_store_key key = key_of(number);
    void* bytes = calloc(1, byte_count);
    cr_assert(pinna_cache_write(cache, &key, bytes, byte_count, problem, sizeof problem), "%s", problem);
    free(bytes);
}

Test(cache, the_least_recently_used_go_first)
{
    pinna_cache cache = {folder, 1000};
    for (int i = 0; i < 4; i++) put(&cache, i, 250);
    for (int i = 0; i < 4; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.pinna", key_of(i).text);
        age(name, 100 - i);
    }
    cr_assert(is_kept(&cache, 0)); /* used now: the youngest */
    put(&cache, 4, 400);
    cr_assert(is_kept(&cache, 0) && !is_kept(&cache, 1) && !is_kept(&cache, 2) && is_kept(&cache, 3) &&
              is_kept(&cache, 4));
}

Test(cache, other_peoples_files_stay)
{
    pinna_cache cache = {folder, 1000};
    static const char part[] = "00000000000000000000000000000001-12-000000001.part";
    static const char young[] = "00000000000000000000000000000001-13-000000001.part";
    write_file(in_folder("my notes.txt"), "n", 1);
    write_file(in_folder("head.pinna"), "n", 1);
    write_file(in_folder("other.part"), "n", 1);
    write_file(in_folder(part), "n", 1);
    write_file(in_folder(young), "n", 1);
    age(part, 7200);
    age("other.part", 7200);
    put(&cache, 1, 900);
    put(&cache, 2, 900);
    cr_assert(!is_kept(&cache, 1) && is_kept(&cache, 2));
    cr_assert_eq(access(in_folder("my notes.txt"), F_OK), 0);
    cr_assert_eq(access(in_folder("head.pinna"), F_OK), 0);
    cr_assert_eq(access(in_folder("other.part"), F_OK), 0);
    cr_assert_eq(access(in_folder(young), F_OK), 0);
    cr_assert_neq(access(in_folder(part), F_OK), 0);
}

/* A pipe or a folder under a set's name hangs nobody. */
Test(cache, what_is_no_file_is_no_set)
{
    pinna_cache cache = {folder, 1000};
    cr_assert_eq(mkfifo(in_folder("00000000000000000000000000000007.pinna"), 0600), 0);
    cr_assert_eq(mkdir(in_folder("00000000000000000000000000000008.pinna"), 0700), 0);
    write_file(in_folder("00000000000000000000000000000009.pinna"), "", 0);
    cr_assert(!is_kept(&cache, 7) && !is_kept(&cache, 8) && !is_kept(&cache, 9));
}

/* --- the player's own head --- */

Test(personal, the_variable_comes_first_then_the_folder)
{
    char path[512];
    setenv("XDG_CONFIG_HOME", folder, 1);
    unsetenv("PINNA_HRTF");
    cr_assert(!pinna_load_personal_path(path, sizeof path) && !path[0]);
    cr_assert_eq(mkdir(in_folder("pinna"), 0700), 0);
    write_file(in_folder("pinna/hrtf.sofa"), "x", 1);
    cr_assert(pinna_load_personal_path(path, sizeof path));
    cr_assert_str_eq(path, in_folder("pinna/hrtf.sofa"));
    setenv("PINNA_HRTF", "/mine.sofa", 1);
    cr_assert(pinna_load_personal_path(path, sizeof path));
    cr_assert_str_eq(path, "/mine.sofa");
    cr_assert(!pinna_load_personal_path(path, 5) && !path[0]);
    cr_assert(!pinna_load_personal_path(NULL, 5) && !pinna_load_personal_path(path, 0));
    setenv("PINNA_HRTF", "", 1);
    cr_assert(!pinna_load_personal_path(path, sizeof path));
}

Test(personal, folders_follow_xdg)
{
    char path[512];
    setenv("HOME", "/ear", 1);
    unsetenv("XDG_CACHE_HOME");
    cr_assert(pinna_load_cache_folder(path, sizeof path));
    cr_assert_str_eq(path, "/ear/.cache/pinna");
    setenv("XDG_CACHE_HOME", "relative", 1); /* to be ignored, the specification says */
    cr_assert(pinna_load_cache_folder(path, sizeof path));
    cr_assert_str_eq(path, "/ear/.cache/pinna");
    setenv("XDG_CACHE_HOME", "/var/cache/ear", 1);
    cr_assert(pinna_load_cache_folder(path, sizeof path));
    cr_assert_str_eq(path, "/var/cache/ear/pinna");
    cr_assert(!pinna_load_cache_folder(path, 10) && !pinna_load_cache_folder(NULL, 10));
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    cr_assert(!pinna_load_cache_folder(path, sizeof path));
}

Test(personal, it_is_used_and_said_so)
{
    pinna_report report = {0};
    pinna_hrtf* hrtf;
    pinna_loaded loaded;
    pinna_load_config config = small_config(NULL);
    copy_file(need_kemar(), in_folder("mine.sofa"));
    setenv("PINNA_HRTF", in_folder("mine.sofa"), 1);
    config.path = "/the/games/own.sofa";
    cr_assert_eq(pinna_load_hrtf(&config, &report, &loaded, &hrtf), PINNA_OK);
    cr_assert_eq(loaded.origin, PINNA_LOAD_PERSONAL);
    cr_assert_str_eq(loaded.path, in_folder("mine.sofa"));
    cr_assert(has_entry(&report, "personal-set"));
    pinna_hrtf_release(hrtf);
}

/* Broken: a sentence, no other head in its place. The game decides, here for its own. */
Test(personal, a_broken_one_is_never_passed_over)
{
    pinna_hrtf* hrtf;
    pinna_loaded loaded;
    static const char* const broken[] = {"missing.sofa", "broken.sofa"};
    write_file(in_folder("broken.sofa"), "no head", 7);
    for (int i = 0; i < 2; i++) {
        pinna_report report = {0};
        pinna_load_config config = small_config(NULL);
        setenv("PINNA_HRTF", in_folder(broken[i]), 1);
        cr_assert_neq(pinna_load_hrtf(&config, &report, &loaded, &hrtf), PINNA_OK);
        cr_assert_eq(loaded.origin, PINNA_LOAD_PERSONAL);
        cr_assert_null(hrtf);
        cr_assert(strstr(pinna_report_error(&report), "PINNA_HRTF") && strstr(pinna_report_error(&report), broken[i]));
        config.forbid_personal = true;
        cr_assert_eq(pinna_load_hrtf(&config, &report, &loaded, &hrtf), PINNA_OK);
        cr_assert_eq(loaded.origin, PINNA_LOAD_GIVEN);
        pinna_hrtf_release(hrtf);
    }
}
