/* SPDX-License-Identifier: MIT */
#include "arrange.h"
#include "hdf5_check.h"
#include "netcdf_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Which reader reads: libmysofa where the file is of the kind it knows, since it is quick and small; netCDF-C, where
 * built in, for all that libmysofa refuses, misreads or has no place for.
 */

/* HDF5 may stand behind a block of the user's own, of 512 bytes or a power of two times that. */
static bool has_user_block(const unsigned char* bytes, size_t byte_count)
{
    for (size_t at = 512; at + 8 <= byte_count && at <= (size_t)1 << 20; at *= 2)
        if (memcmp(bytes + at, "\x89HDF\r\n\x1a\n", 8) == 0) return true;
    return false;
}

static bool is_netcdf3(const void* bytes, size_t byte_count)
{
    static const char start[] = {'C', 'D', 'F'};
    return byte_count > sizeof start && memcmp(bytes, start, sizeof start) == 0;
}

static pinna_status refuse_unreadable(const pinna_sofa_context* context, const void* bytes, size_t byte_count,
                                      pinna_status status, const pinna_hdf5_finding* finding)
{
    if (byte_count == 0)
        return pinna_sofa_refuse(context, PINNA_ERROR_FORMAT, "empty-file", "it is empty; download it again");
    if (is_netcdf3(bytes, byte_count))
        return pinna_sofa_refuse(context, PINNA_ERROR_UNSUPPORTED, "netcdf3",
                                 "it is a netCDF 3 file, and SOFA is netCDF 4; convert it with nccopy -k nc4");
    if (strncmp(finding->text, "it is not", 9) == 0)
        return pinna_sofa_refuse(context, status, "not-hdf5", "%s; choose a .sofa file", finding->text);
    if (status == PINNA_ERROR_LIMIT)
        return pinna_sofa_refuse(context, status, "too-large", "%s; it is damaged or not meant for this program",
                                 finding->text);
    return pinna_sofa_refuse(context, status, "damaged", "%s; download or copy it again", finding->text);
}

/* Whether what was read adds up: a reader may take a file for empty, or find no responses where there are spectra. */
static bool is_whole(const pinna_sofa_fields* fields)
{
    pinna_sofa_layout l;
    const pinna_sofa_array* a = &fields->impulse_responses;
    if (!a->values || a->count == 0 || !fields->sampling_rate.count) return false;
    return pinna_sofa_find_layout(fields, a, &l) && (fields->source_position.count || fields->emitter_position.count);
}

static pinna_status refuse_unread(const pinna_sofa_context* context, pinna_status status,
                                  const pinna_hdf5_finding* finding, const char* error)
{
    if (pinna_sofa_has_netcdf()) return pinna_sofa_refuse(context, status, "unreadable", "%s", error);
    if (finding->hint[0])
        return pinna_sofa_refuse(
            context, PINNA_ERROR_UNSUPPORTED, "hdf5-layout",
            "it is sound HDF5 with %s, which libmysofa does not decode; use a build with netCDF, or "
            "write it again with the SOFA Toolbox or sofar",
            finding->hint);
    return pinna_sofa_refuse(context, status, "unreadable", "%s", error);
}

static pinna_status read_fields(const pinna_sofa_context* context, const void* bytes, size_t byte_count,
                                const pinna_hdf5_finding* finding, pinna_sofa_fields* out)
{
    char error[PINNA_REPORT_TEXT_BYTES] = "";
    pinna_status status = PINNA_ERROR_UNSUPPORTED;
    memset(out, 0, sizeof *out);
    if (!finding->hint_is_fatal)
        status = pinna_sofa_read_mysofa_unpacked(bytes, byte_count, &finding->responses, out, error, sizeof error);
    if (!status && is_whole(out)) return PINNA_OK;
    if (pinna_sofa_has_netcdf()) {
        pinna_sofa_fields second;
        char second_error[PINNA_REPORT_TEXT_BYTES] = "";
        pinna_status second_status =
            pinna_sofa_read_netcdf(bytes, byte_count, &second, second_error, sizeof second_error);
        if (second_status && !status) return PINNA_OK; /* What the first found is judged as it is. */
        pinna_sofa_fields_release(out);
        *out = second;
        memcpy(error, second_error, sizeof error);
        status = second_status;
    }
    return status ? refuse_unread(context, status, finding, error) : PINNA_OK;
}

static pinna_status refuse_size(const pinna_sofa_context* context)
{
    return pinna_sofa_refuse(context, PINNA_ERROR_LIMIT, "file-size",
                             "it is larger than 1 GiB; thin it out or use a smaller set");
}

static pinna_status check_bytes(const pinna_sofa_context* context, const void* bytes, size_t byte_count,
                                pinna_hdf5_finding* finding)
{
    if (byte_count > PINNA_SOFA_MAX_BYTES) return refuse_size(context);
    bool only_netcdf_reads = is_netcdf3(bytes, byte_count) || has_user_block(bytes, byte_count);
    if (only_netcdf_reads && pinna_sofa_has_netcdf()) {
        *finding = (pinna_hdf5_finding){.byte_count = byte_count, .hint_is_fatal = true};
        return PINNA_OK;
    }
    pinna_status status = pinna_hdf5_check(bytes, byte_count, finding);
    if (status) return refuse_unreadable(context, bytes, byte_count, status, finding);
    if (finding->byte_count < byte_count)
        pinna_report_add(context->report, PINNA_SEVERITY_WARNING, "trailing-bytes",
                         "%zu bytes after the end of the data were ignored", byte_count - finding->byte_count);
    return PINNA_OK;
}

pinna_status pinna_sofa_open_fields(const pinna_sofa_context* context, const void* bytes, size_t byte_count,
                                    pinna_sofa_fields* out)
{
    pinna_hdf5_finding finding;
    memset(out, 0, sizeof *out);
    pinna_status status = check_bytes(context, bytes, byte_count, &finding);
    if (!status) status = read_fields(context, bytes, finding.byte_count, &finding, out);
    if (!status) status = pinna_sofa_arrange(context, out);
    if (status) pinna_sofa_fields_release(out);
    return status;
}

static pinna_status refuse_file(const pinna_sofa_context* context, const char* what)
{
    const char* advice = errno == ENOENT ? "check the path" : errno == EACCES ? "check its permissions" :
                         errno == EISDIR ? "name a .sofa file in it" :
                         errno == EMFILE || errno == ENFILE ? pinna_sofa_advice_for(errno) :
                                                              "check the disk and the path";
    return pinna_sofa_refuse(context, PINNA_ERROR_FILE, "file", "%s (%s); %s", what, strerror(errno), advice);
}

static bool may_begin(int byte)
{
    return byte == 0x89 || byte == 'C'; /* HDF5, netCDF 3 */
}

/* Says at once of a file what reading it would take seconds and a gigabyte to find. Pipes have no size, and folders one
   that means nothing. */
static bool is_too_large(FILE* file)
{
    if (fseek(file, 0, SEEK_END) != 0) return false;
    bool is_large = ftell(file) > (long)PINNA_SOFA_MAX_BYTES;
    rewind(file);
    is_large = is_large && may_begin(getc(file));
    rewind(file);
    return is_large;
}

/* Grows by doubling rather than trusting a size: pipes have none, and files change while they are read. */
static pinna_status read_stream(const pinna_sofa_context* context, FILE* file, unsigned char** bytes,
                                size_t* byte_count)
{
    size_t capacity = 0, count = 0;
    for (;;) {
        if (count == capacity) {
            if (capacity > PINNA_SOFA_MAX_BYTES) break;
            capacity = capacity ? capacity * 2 : (size_t)1 << 20;
            if (capacity > PINNA_SOFA_MAX_BYTES) capacity = PINNA_SOFA_MAX_BYTES + 1;
            unsigned char* larger = realloc(*bytes, capacity);
            if (!larger)
                return pinna_sofa_refuse(context, PINNA_ERROR_MEMORY, "memory",
                                         "there is not enough memory to read it; close other programs");
            *bytes = larger;
        }
        size_t got = fread(*bytes + count, 1, capacity - count, file);
        count += got;
        /* What does not begin as HDF5 or netCDF (a film, a device that never ends) need not be read any further. */
        bool may_be = count > 0 && (may_begin((*bytes)[0]) || has_user_block(*bytes, count));
        if (got == 0 || (count > 0 && !may_be)) break;
    }
    *byte_count = count;
    return ferror(file) ? refuse_file(context, "it cannot be read") : PINNA_OK;
}

pinna_status pinna_sofa_read_file(const pinna_sofa_context* context, unsigned char** bytes, size_t* byte_count)
{
    *bytes = NULL;
    *byte_count = 0;
    errno = 0;
    FILE* file = fopen(context->name, "rb");
    if (!file) return refuse_file(context, "it cannot be opened");
    pinna_status status =
        is_too_large(file) ? refuse_size(context) : read_stream(context, file, bytes, byte_count);
    fclose(file);
    return status;
}
