/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_HEADPHONES_H
#define PINNA_DEMOS_HEADPHONES_H

#include <pinna/renderer.h>

/** Reads the equalisation in a file of AutoEq or Equalizer APO. @param report On failure names file and line. */
PINNA_NODISCARD pinna_status pinna_headphones_load(const char* file, pinna_report* report, pinna_equalizer* out);

/** Gives a renderer the equalisation in a file of AutoEq or Equalizer APO. @param file NULL: none, and nothing is done.
    @param report On failure names file and line. */
PINNA_NODISCARD pinna_status pinna_headphones_equalize(pinna_renderer* renderer, const char* file,
                                                       pinna_report* report);

#endif
