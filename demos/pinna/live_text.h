/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_TEXT_H
#define PINNA_DEMOS_LIVE_TEXT_H

#include "live_face.h"

#include <signal.h>

/* The session as text: a full screen where standard output is a terminal, else a line each second. */

/* At most, and where there is no terminal. */
enum { PINNA_TEXT_COLUMNS = 100, PINNA_TEXT_ROWS = 32 };

typedef struct pinna_text_cell {
    char glyph[5]; /**< One character, UTF-8. */
    uint8_t ink;   /**< Index into the inks of live_text.c. */
    bool bold;
} pinna_text_cell;

typedef struct pinna_text_screen {
    int rows, columns; /**< In use; set before drawing. What does not fit is left out, least important first. */
    pinna_text_cell cells[PINNA_TEXT_ROWS][PINNA_TEXT_COLUMNS];
} pinna_text_screen;

void pinna_live_text_draw(const pinna_live_session_view* view, pinna_text_screen* out);

/** Shows the session until it is done or *ended; keys are taken where standard input is a terminal. */
PINNA_NODISCARD pinna_status pinna_live_text_run(const pinna_live_face_config* config,
                                                 const volatile sig_atomic_t* ended, pinna_report* report);

#endif
