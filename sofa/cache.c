/* SPDX-License-Identifier: MIT */
#if !defined(_WIN32) && !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L /* openat, futimens */
#endif
#include "cache.h"

#include <stdio.h>

#ifdef _WIN32
bool pinna_cache_read(const pinna_cache* cache, const pinna_store_key* key, unsigned char** bytes, size_t* byte_count)
{
    (void)cache, (void)key, (void)bytes, (void)byte_count;
    return false;
}

bool pinna_cache_write(const pinna_cache* cache, const pinna_store_key* key, const void* bytes, size_t byte_count,
                       char* problem, size_t problem_bytes)
{
    (void)cache, (void)key, (void)bytes, (void)byte_count;
    snprintf(problem, problem_bytes, "there is no cache of prepared sets on Windows; keep them with pinna/store.h");
    return false;
}
#else

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NAME_BYTES = 128, KEY_DIGITS = 32, MAX_FILES = 100000, ABANDONED_S = 3600 };

#define MAX_FILE_BYTES ((off_t)1 << 31)

static const char suffix[] = ".pinna", temporary_suffix[] = ".part";

static bool fail(char* problem, size_t problem_bytes, const char* folder, const char* what)
{
    snprintf(problem, problem_bytes, "%s: the prepared set %s (%s); it is prepared anew each time", folder, what,
             strerror(errno));
    return false;
}

/* --- reading --- */

static bool read_whole(int file, unsigned char* bytes, size_t byte_count)
{
    while (byte_count > 0) {
        ssize_t got = read(file, bytes, byte_count);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false; /* it became shorter meanwhile */
        bytes += got;
        byte_count -= (size_t)got;
    }
    return true;
}

static bool read_file(int file, unsigned char** bytes, size_t* byte_count)
{
    struct stat facts;
    if (fstat(file, &facts) || !S_ISREG(facts.st_mode) || facts.st_size <= 0 || facts.st_size > MAX_FILE_BYTES)
        return false;
    *byte_count = (size_t)facts.st_size;
    *bytes = malloc(*byte_count);
    if (*bytes && read_whole(file, *bytes, *byte_count)) return true;
    free(*bytes);
    *bytes = NULL;
    return false;
}

bool pinna_cache_read(const pinna_cache* cache, const pinna_store_key* key, unsigned char** bytes, size_t* byte_count)
{
    char name[NAME_BYTES];
    int folder = open(cache->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return false;
    snprintf(name, sizeof name, "%s%s", key->text, suffix);
    int file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* nobody is waited for, should it be a pipe */
    close(folder);
    if (file < 0) return false;
    bool whole = read_file(file, bytes, byte_count);
    if (whole) (void)futimens(file, NULL); /* a folder one may only read is fine too */
    close(file);
    return whole;
}

/* --- writing --- */

static bool make_folders(const char* path)
{
    size_t length = strlen(path);
    char* partial = malloc(length + 1);
    if (!partial) return false;
    bool made = true;
    for (size_t i = 1; i <= length && made; i++) {
        if (path[i] != '/' && path[i] != '\0') continue;
        memcpy(partial, path, i);
        partial[i] = '\0';
        made = mkdir(partial, 0700) == 0 || errno == EEXIST || errno == EISDIR || access(partial, F_OK) == 0;
    }
    free(partial);
    return made;
}

static bool write_whole(int file, const unsigned char* bytes, size_t byte_count)
{
    while (byte_count > 0) {
        ssize_t written = write(file, bytes, byte_count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes += written;
        byte_count -= (size_t)written;
    }
    return true;
}

/* The name is no other's: process and time tell apart, and O_EXCL refuses what they do not. */
static bool write_file(int folder, const char* name, const void* bytes, size_t byte_count)
{
    char temporary[NAME_BYTES];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(temporary, sizeof temporary, "%.32s-%ld-%09ld%s", name, (long)getpid(), now.tv_nsec, temporary_suffix);
    int file = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return false;
    bool written = write_whole(file, bytes, byte_count);
    written = close(file) == 0 && written;
    written = written && renameat(folder, temporary, folder, name) == 0;
    int reason = errno;
    if (!written) (void)unlinkat(folder, temporary, 0);
    errno = reason;
    return written;
}

/* --- keeping the folder small --- */

typedef struct entry {
    char name[KEY_DIGITS + sizeof suffix];
    off_t byte_count;
    struct timespec used;
} entry;

static bool is_hexadecimal(const char* name)
{
    return strspn(name, "0123456789abcdef") >= KEY_DIGITS;
}

static bool is_set(const char* name)
{
    return is_hexadecimal(name) && strcmp(name + KEY_DIGITS, suffix) == 0;
}

/* What a process left behind that was ended while it wrote. */
static bool is_abandoned(const char* name, const struct stat* facts)
{
    size_t length = strlen(name), end = sizeof temporary_suffix - 1;
    return is_hexadecimal(name) && name[KEY_DIGITS] == '-' && length > end &&
           strcmp(name + length - end, temporary_suffix) == 0 && time(NULL) - facts->st_mtime > ABANDONED_S;
}

static int compare_use(const void* a, const void* b)
{
    const struct timespec *x = &((const entry*)a)->used, *y = &((const entry*)b)->used;
    if (x->tv_sec != y->tv_sec) return x->tv_sec < y->tv_sec ? -1 : 1;
    return (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

typedef struct listing {
    entry* entries;
    size_t count, capacity;
    uint64_t byte_count;
} listing;

static bool add_entry(listing* l, const char* name, const struct stat* facts)
{
    if (l->count == l->capacity) {
        size_t capacity = l->capacity ? 2 * l->capacity : 64;
        entry* larger = capacity <= MAX_FILES ? realloc(l->entries, capacity * sizeof *larger) : NULL;
        if (!larger) return false;
        l->entries = larger;
        l->capacity = capacity;
    }
    entry* e = &l->entries[l->count++];
    snprintf(e->name, sizeof e->name, "%s", name);
    e->byte_count = facts->st_size;
    e->used = facts->st_mtim;
    l->byte_count += (uint64_t)facts->st_size;
    return true;
}

static void list_sets(DIR* directory, listing* l)
{
    for (struct dirent* found; (found = readdir(directory));) {
        struct stat facts;
        const char* name = found->d_name;
        if (fstatat(dirfd(directory), name, &facts, AT_SYMLINK_NOFOLLOW) || !S_ISREG(facts.st_mode)) continue;
        if (is_abandoned(name, &facts)) (void)unlinkat(dirfd(directory), name, 0);
        if (is_set(name) && !add_entry(l, name, &facts)) return;
    }
}

static void trim(const char* folder, const char* newest, uint64_t max_bytes)
{
    listing l = {0};
    DIR* directory = opendir(folder);
    if (!directory) return;
    list_sets(directory, &l);
    if (l.count > 1) qsort(l.entries, l.count, sizeof *l.entries, compare_use);
    for (size_t i = 0; i < l.count && l.byte_count > max_bytes; i++) {
        if (strcmp(l.entries[i].name, newest) == 0) continue;
        (void)unlinkat(dirfd(directory), l.entries[i].name, 0); /* another process may have been quicker */
        l.byte_count -= (uint64_t)l.entries[i].byte_count;
    }
    free(l.entries);
    closedir(directory);
}

bool pinna_cache_write(const pinna_cache* cache, const pinna_store_key* key, const void* bytes, size_t byte_count,
                       char* problem, size_t problem_bytes)
{
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "%s%s", key->text, suffix);
    if (byte_count > cache->max_bytes) {
        snprintf(problem, problem_bytes,
                 "%s: the prepared set of %zu bytes is larger than the cache may be (%llu); it is "
                 "prepared anew each time",
                 cache->folder, byte_count, (unsigned long long)cache->max_bytes);
        return false;
    }
    if (!make_folders(cache->folder)) return fail(problem, problem_bytes, cache->folder, "has no folder to lie in");
    int folder = open(cache->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return fail(problem, problem_bytes, cache->folder, "cannot be kept there");
    bool written = write_file(folder, name, bytes, byte_count);
    if (!written) fail(problem, problem_bytes, cache->folder, "cannot be written");
    close(folder);
    if (written) trim(cache->folder, name, cache->max_bytes);
    return written;
}
#endif
