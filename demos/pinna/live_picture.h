/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_PICTURE_H
#define PINNA_DEMOS_LIVE_PICTURE_H

#include <pinna/base.h>

#include <cairo.h>

/** Writes a picture as PNG, whole or not at all. */
PINNA_NODISCARD pinna_status pinna_live_picture_write(cairo_surface_t* surface, const char* path, pinna_report* report);

#endif
