/* SPDX-License-Identifier: MIT */
#include "output_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct pinna_output_file {
    int descriptor;
    int slot;        /* in pending; -1 where the name is written directly */
    int first_errno; /* 0: nothing failed yet */
    char final_path[PATH_MAX];
};

/* What the signal handler removes. A slot is armed only while its path is whole and names an existing file. */
static struct {
    volatile sig_atomic_t armed;
    char path[PATH_MAX];
} pending[PINNA_OUTPUT_FILE_MAX];

static const int fatal_signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
enum { FATAL_SIGNAL_COUNT = sizeof fatal_signals / sizeof fatal_signals[0] };

/* unlink, signal and raise may all be called from a handler. Raising again with the default action tells the parent
   by which signal the program ended, as a shell's loop expects. */
static void remove_and_die(int number)
{
    for (size_t i = 0; i < PINNA_OUTPUT_FILE_MAX; i++)
        if (pending[i].armed) unlink(pending[i].path);
    signal(number, SIG_DFL);
    raise(number);
}

void pinna_output_file_catch_signals(void)
{
    for (size_t i = 0; i < FATAL_SIGNAL_COUNT; i++) {
        struct sigaction old, action = {.sa_handler = remove_and_die};
        sigfillset(&action.sa_mask);
        sigdelset(&action.sa_mask, fatal_signals[i]);
        if (sigaction(fatal_signals[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN) continue; /* nohup */
        sigaction(fatal_signals[i], &action, NULL);
    }
}

static void block_signals(sigset_t* before)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < FATAL_SIGNAL_COUNT; i++)
        sigaddset(&set, fatal_signals[i]);
    sigprocmask(SIG_BLOCK, &set, before);
}

bool pinna_output_file_same(const char* path, const char* other)
{
    struct stat a, b;
    if (stat(path, &a) || stat(other, &b)) return false;
    return S_ISREG(a.st_mode) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static pinna_status fail_errno(pinna_report* report, const char* path, int number)
{
    const char* hint = "";
    if (number == ENOENT) hint = " (the folder does not exist)";
    if (number == ENOSPC) hint = " (make room, or write elsewhere)";
    if (number == EFBIG) hint = " (the file grew beyond what the system allows)";
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "output", "%s: cannot be written: %s%s", path, strerror(number),
                     hint);
    return PINNA_ERROR_FILE;
}

/* A link is followed, so that the file it names is replaced and not the link. */
static bool resolve(const char* path, char* out)
{
    struct stat info;
    if (lstat(path, &info) == 0 && S_ISLNK(info.st_mode) && realpath(path, out)) return true;
    return (size_t)snprintf(out, PATH_MAX, "%s", path) < PATH_MAX;
}

static bool name_temporary(const char* path, char* out)
{
    const char* slash = strrchr(path, '/');
    int folder_length = slash ? (int)(slash + 1 - path) : 0;
    return snprintf(out, PATH_MAX, "%.*s.%.200s.XXXXXX.part", folder_length, path, path + folder_length) < PATH_MAX;
}

static int free_slot(void)
{
    for (int i = 0; i < PINNA_OUTPUT_FILE_MAX; i++)
        if (!pending[i].armed) return i;
    return -1;
}

/* Whether a temporary file is nobody's: its maker would hold its lock. One made this moment may not be locked yet, but
   then nothing is in it either. */
static bool is_left_over(int folder, const char* name)
{
    struct stat info;
    int descriptor = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0) return false;
    bool left_over = fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0 &&
                     flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    close(descriptor);
    return left_over;
}

/* What an earlier program that was killed left of this same output. */
static void clear_leftovers(const char* final_path)
{
    enum { RANDOM_LENGTH = 6 };
    char folder[PATH_MAX], start[NAME_MAX + 1];
    const char* slash = strrchr(final_path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash + 1 - final_path) : 2, slash ? final_path : "./");
    snprintf(start, sizeof start, ".%.200s.", slash ? slash + 1 : final_path);
    DIR* listing = opendir(folder);
    if (!listing) return;
    size_t length = strlen(start);
    for (struct dirent* entry; (entry = readdir(listing));) {
        const char* name = entry->d_name;
        if (strncmp(name, start, length) || strlen(name) != length + RANDOM_LENGTH + strlen(".part")) continue;
        if (strcmp(name + length + RANDOM_LENGTH, ".part")) continue;
        if (is_left_over(dirfd(listing), name)) unlinkat(dirfd(listing), name, 0);
    }
    closedir(listing);
}

static int open_temporary(pinna_output_file* file)
{
    clear_leftovers(file->final_path);
    file->slot = free_slot();
    if (file->slot < 0) return EMFILE;
    char* path = pending[file->slot].path;
    if (!name_temporary(file->final_path, path)) return ENAMETOOLONG;
    sigset_t before;
    block_signals(&before); /* between making the file and arming the slot */
    file->descriptor = mkstemps(path, (int)strlen(".part"));
    int number = file->descriptor < 0 ? errno : 0;
    if (!number) (void)flock(file->descriptor, LOCK_EX | LOCK_NB); /* some file systems have no locks */
    pending[file->slot].armed = !number;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return number;
}

/* mkstemps makes files only their owner reads; an ordinary file has the modes the umask leaves. */
static void set_usual_mode(int descriptor)
{
    mode_t mask = umask(0);
    umask(mask);
    if (fchmod(descriptor, 0666 & ~mask)) return; /* some file systems have no modes: nothing is lost */
}

static int open_file(pinna_output_file* file)
{
    struct stat info;
    bool exists = stat(file->final_path, &info) == 0;
    if (exists && S_ISDIR(info.st_mode)) return EISDIR;
    if (exists && !S_ISREG(info.st_mode)) {
        file->descriptor = open(file->final_path, O_WRONLY | O_CLOEXEC);
        return file->descriptor < 0 ? errno : 0;
    }
    if (exists && access(file->final_path, W_OK)) return errno;
    int number = open_temporary(file);
    if (!number) set_usual_mode(file->descriptor);
    return number;
}

pinna_status pinna_output_file_create(const char* path, pinna_report* report, pinna_output_file** out)
{
    *out = NULL;
    pinna_output_file* file = calloc(1, sizeof *file);
    if (!file) return PINNA_ERROR_MEMORY;
    file->descriptor = -1;
    file->slot = -1;
    int number = resolve(path, file->final_path) ? open_file(file) : ENAMETOOLONG;
    if (number) {
        pinna_output_file_discard(file);
        return fail_errno(report, path, number);
    }
    *out = file;
    return PINNA_OK;
}

bool pinna_output_file_write(pinna_output_file* file, const void* bytes, size_t byte_count)
{
    const char* next = bytes;
    while (byte_count && !file->first_errno) {
        ssize_t written = write(file->descriptor, next, byte_count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            file->first_errno = errno;
            break;
        }
        next += written;
        byte_count -= (size_t)written;
    }
    return !file->first_errno;
}

int64_t pinna_output_file_seek(pinna_output_file* file, int64_t offset, int whence)
{
    return lseek(file->descriptor, offset, whence);
}

int64_t pinna_output_file_size(pinna_output_file* file)
{
    struct stat info;
    return fstat(file->descriptor, &info) ? -1 : (int64_t)info.st_size;
}

const char* pinna_output_file_problem(const pinna_output_file* file)
{
    return file->first_errno ? strerror(file->first_errno) : NULL;
}

/* Data first, then the name: after a power cut the name holds the whole file or the one before it. */
static int finish(pinna_output_file* file)
{
    if (file->first_errno) return file->first_errno;
    if (file->slot < 0) return 0;
    if (fsync(file->descriptor) && errno != EINVAL && errno != EROFS) return errno;
    int closed = close(file->descriptor);
    file->descriptor = -1;
    if (closed) return errno;
    if (rename(pending[file->slot].path, file->final_path)) return errno;
    pending[file->slot].armed = 0;
    file->slot = -1;
    return 0;
}

pinna_status pinna_output_file_commit(pinna_output_file* file, pinna_report* report)
{
    int number = finish(file);
    pinna_status status = number ? fail_errno(report, file->final_path, number) : PINNA_OK;
    pinna_output_file_discard(file);
    return status;
}

void pinna_output_file_discard(pinna_output_file* file)
{
    if (!file) return;
    if (file->descriptor >= 0) close(file->descriptor);
    if (file->slot >= 0 && pending[file->slot].armed) {
        unlink(pending[file->slot].path);
        pending[file->slot].armed = 0;
    }
    free(file);
}
