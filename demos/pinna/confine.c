/* SPDX-License-Identifier: MIT */
#include "confine.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* --- limits --- */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_IS_SHADOWED 1 /* terabytes of address space are the sanitizer's own */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define MEMORY_IS_SHADOWED 1
#endif
#endif
#ifndef MEMORY_IS_SHADOWED
#define MEMORY_IS_SHADOWED 0
#endif

/* Setting fails only where a limit is lower already. */
static void limit_all(const pinna_confinement* c)
{
    const struct rlimit core = {0, 0}, time = {c->cpu_seconds, c->cpu_seconds + 2},
                        memory = {c->memory_bytes, c->memory_bytes};
    (void)setrlimit(RLIMIT_CORE, &core);
    (void)setrlimit(RLIMIT_CPU, &time);
    if (!MEMORY_IS_SHADOWED) (void)setrlimit(RLIMIT_AS, &memory);
}

/* --- last words --- */

static pinna_last_words last_words;

static void die(int number)
{
    const char* text = number == SIGXCPU ? last_words.slow : last_words.crashed;
    if (write(STDERR_FILENO, text, strlen(text)) < 0) _exit(1);
    _exit(1);
}

void pinna_confine_explain_death(const pinna_last_words* words)
{
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGXCPU, SIGSYS};
    enum { STACK_BYTES = 1 << 16 };
    static char stack[STACK_BYTES]; /* the usual one may be what overflowed */
    stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = die, .sa_flags = SA_ONSTACK};
    last_words = *words;
    (void)sigaltstack(&other, NULL);
    for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++) (void)sigaction(deadly[i], &action, NULL);
}

/* --- what Linux offers beyond --- */

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#ifdef __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#else
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define REFUSE_CALL(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), REFUSE

/* Calls of another architecture have other numbers, and io_uring makes calls no filter sees. */
static bool refuse_network(void)
{
    struct sock_filter steps[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
        REFUSE,
        LOAD(nr),
#ifdef __x86_64__
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), /* x32 */
        REFUSE,
#endif
        REFUSE_CALL(SYS_socket),
        REFUSE_CALL(SYS_socketpair),
        REFUSE_CALL(SYS_connect),
        REFUSE_CALL(SYS_execve),
        REFUSE_CALL(SYS_execveat),
        REFUSE_CALL(SYS_ptrace),
        REFUSE_CALL(SYS_process_vm_writev),
        REFUSE_CALL(SYS_io_uring_setup),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof steps / sizeof steps[0], .filter = steps};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Landlock, in Linux since 5.13. */
static bool confine_writing(const char* folder)
{
    const uint64_t writing =
        LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE;
    const uint64_t never = LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                           LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                           LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
    struct landlock_ruleset_attr attributes = {.handled_access_fs = writing | never};
    struct landlock_path_beneath_attr beneath = {.allowed_access = writing};
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (rules < 0) return false;
    beneath.parent_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool confined = beneath.parent_fd >= 0 &&
                    syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0 &&
                    syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    if (beneath.parent_fd >= 0) close(beneath.parent_fd);
    close(rules);
    return confined;
}

static pinna_confined confine_by_system(const pinna_confinement* c)
{
    pinna_confined got = {0};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return got;
    got.no_writing = confine_writing(c->writable_folder);
    got.no_network = refuse_network();
    return got;
}
#else
static pinna_confined confine_by_system(const pinna_confinement* c)
{
    (void)c;
    return (pinna_confined){0};
}
#endif

pinna_confined pinna_confine(const pinna_confinement* c)
{
    limit_all(c);
    return confine_by_system(c);
}
