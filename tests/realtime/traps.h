/* SPDX-License-Identifier: MIT */
/*
 * A cell for real-time code. Once inside, the process is stopped at its first system call (a seccomp filter), its first
 * allocation or release and its first lock (functions of this program that stand before the C library's).
 */
#ifndef PINNA_TESTS_REALTIME_TRAPS_H
#define PINNA_TESTS_REALTIME_TRAPS_H

/** How a process in the cell ends. */
enum {
    TRAP_EXIT_CLEAN = 0,
    TRAP_EXIT_WRONG = 70,       /**< The code under test gave a wrong result. */
    TRAP_EXIT_SKIPPED = 77,     /**< No cell could be built here. */
    TRAP_EXIT_SYSTEM_CALL = 81,
    TRAP_EXIT_ALLOCATION = 82,
    TRAP_EXIT_LOCK = 83,
};

/**
 * Enters the cell for good; only exit, and write to verdict_fd, are left. Where no cell can be built it leaves with
 * TRAP_EXIT_SKIPPED: under sanitizers, which allocate and lock by themselves, without Linux, without permission.
 */
void trap_enter(int verdict_fd);

/** Leaves the cell, with a sentence on verdict_fd. */
_Noreturn void trap_leave(int exit_code, const char* sentence);

#endif
