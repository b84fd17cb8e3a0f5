/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_WINDOW_H
#define PINNA_DEMOS_LIVE_WINDOW_H

#include "live_face.h"

#include <signal.h>

/** Whether there is something to open a window on, and this program was built to. */
bool pinna_live_window_is_possible(void);

/** Shows the session in a window until it is done, the window closed or *ended. */
PINNA_NODISCARD pinna_status pinna_live_window_run(const pinna_live_face_config* config,
                                                   const volatile sig_atomic_t* ended, pinna_report* report);

#endif
