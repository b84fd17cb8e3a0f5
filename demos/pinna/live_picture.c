/* SPDX-License-Identifier: MIT */
#include "live_picture.h"
#include "output_file.h"

static cairo_status_t write_bytes(void* user, const unsigned char* bytes, unsigned count)
{
    return pinna_output_file_write(user, bytes, count) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

pinna_status pinna_live_picture_write(cairo_surface_t* surface, const char* path, pinna_report* report)
{
    pinna_output_file* file;
    pinna_status status = pinna_output_file_create(path, report, &file);
    if (status) return status;
    if (cairo_surface_write_to_png_stream(surface, write_bytes, file) == CAIRO_STATUS_NO_MEMORY) {
        pinna_output_file_discard(file);
        return PINNA_ERROR_MEMORY;
    }
    return pinna_output_file_commit(file, report);
}
