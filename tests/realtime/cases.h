/* SPDX-License-Identifier: MIT */
/* What is run in the cell (traps.h): each prepares everything, enters, renders with every feature on, and exits. */
#ifndef PINNA_TESTS_REALTIME_CASES_H
#define PINNA_TESTS_REALTIME_CASES_H

/** @param fd  For the verdict. @param seconds  Of audio; the dearer cases render a part of that. */
typedef void case_run(int fd, double seconds);

case_run run_auto, run_exact, run_batch; /* the renderer, by method */
case_run run_convolver;
case_run run_ambisonics;

/** Runs a case in a process of its own and prints its verdict. Returns its exit code, or -1 where a signal ended it. */
int run_case(const char* name, case_run* run, double seconds);

#endif
