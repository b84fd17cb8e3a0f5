/* SPDX-License-Identifier: MIT */
#include "adm_model.h"

#include <stdarg.h>
#include <stdio.h>

/* chna (BS.2088): two counts, then rows of 40 bytes: track, UID, track format (or, since BS.2076-2, channel format with
   "_00" behind it), pack format; texts that end with a zero byte or fill their field. */
enum { HEADER_BYTES = 4, ROW_BYTES = 40 };

static const struct {
    size_t offset, size;
} uid_field = {2, 12}, format_field = {14, 14}, pack_field = {28, 11};

static unsigned u16(const unsigned char* bytes)
{
    return (unsigned)bytes[0] | (unsigned)bytes[1] << 8;
}

/* False where the field holds anything but printable characters and padding. */
static bool read_field(const unsigned char* row, size_t offset, size_t size, char out[PINNA_ADM_ID_BYTES])
{
    size_t length = 0;
    while (length < size && row[offset + length] > ' ') {
        if (row[offset + length] > '~') return false;
        out[length] = (char)row[offset + length];
        length++;
    }
    out[length] = '\0';
    return true;
}

static pinna_status PINNA_PRINTF(4, 5) refuse(pinna_report* report, const char* path, size_t row,
                                               const char* format, ...)
{
    char text[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "adm", "%s: chna row %zu: %s", path, row + 1, text);
    return PINNA_ERROR_DATA;
}

static pinna_status add_row(pinna_adm_model* model, const char* path, const unsigned char* row, size_t number,
                            uint32_t track_count, pinna_report* report)
{
    char uid[PINNA_ADM_ID_BYTES], format[PINNA_ADM_ID_BYTES], pack[PINNA_ADM_ID_BYTES];
    unsigned track = u16(row);
    if (!track) return PINNA_OK; /* a row kept free */
    bool readable = read_field(row, uid_field.offset, uid_field.size, uid) &&
                    read_field(row, format_field.offset, format_field.size, format) &&
                    read_field(row, pack_field.offset, pack_field.size, pack);
    if (!readable) return refuse(report, path, number, "holds bytes that are no text");
    if (track > track_count) return refuse(report, path, number, "track %u of %u", track, track_count);
    pinna_adm_element* element = pinna_adm_model_add(model, PINNA_ADM_UID, uid);
    if (!element) return PINNA_ERROR_MEMORY;
    element->track = track;
    if (format[0] && !pinna_adm_model_refer(model, element, format, false)) return PINNA_ERROR_MEMORY;
    if (pack[0] && !pinna_adm_model_refer(model, element, pack, false)) return PINNA_ERROR_MEMORY;
    return PINNA_OK;
}

pinna_status pinna_adm_add_chna(pinna_adm_model* model, const char* path, const unsigned char* bytes, size_t size,
                                uint32_t track_count, pinna_report* report)
{
    pinna_status status = PINNA_OK;
    size_t row_count = size >= HEADER_BYTES ? u16(bytes + 2) : 0;
    if (size < HEADER_BYTES || row_count > (size - HEADER_BYTES) / ROW_BYTES) {
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "adm",
                         "%s: its chna chunk has %zu bytes, too few for its %zu rows", path, size, row_count);
        return PINNA_ERROR_FORMAT;
    }
    for (size_t i = 0; i < row_count && !status; i++)
        status = add_row(model, path, bytes + HEADER_BYTES + i * ROW_BYTES, i, track_count, report);
    return status;
}
