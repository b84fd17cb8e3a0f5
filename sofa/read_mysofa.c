/* SPDX-License-Identifier: MIT */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* memfd_create */
#endif
#include "fields.h"
#include "hdf5_chunks.h"

#include <mysofa.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

/*
 * libmysofa only parses here: it normalises nothing, looks nothing up and interpolates nothing. Version 1.3.1 checks
 * neither checksums nor, when reading from memory, that a seek stays inside; the first is why pinna_hdf5_check() comes
 * before, the second why the bytes are handed over as a file where the system has files without a name.
 */

#ifdef __linux__
static bool write_all(int file, const char* bytes, size_t byte_count)
{
    while (byte_count > 0) {
        ssize_t written = write(file, bytes, byte_count);
        if (written <= 0) return false;
        bytes += written;
        byte_count -= (size_t)written;
    }
    return true;
}

/* False where the system does not allow it; then nothing was read. */
static bool load_as_file(const void* bytes, size_t byte_count, struct MYSOFA_HRTF** hrtf, int* code)
{
    int file = memfd_create("pinna-sofa", MFD_CLOEXEC);
    if (file < 0) return false;
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    bool ready = write_all(file, bytes, byte_count) && access(path, R_OK) == 0;
    if (ready) *hrtf = mysofa_load(path, code);
    close(file);
    return ready;
}
#else
static bool load_as_file(const void* bytes, size_t byte_count, struct MYSOFA_HRTF** hrtf, int* code)
{
    (void)bytes, (void)byte_count, (void)hrtf, (void)code;
    return false;
}
#endif

static const char* find_attribute(const struct MYSOFA_ATTRIBUTE* list, const char* name)
{
    for (; list; list = list->next)
        if (list->name && strcmp(list->name, name) == 0) return list->value;
    return NULL;
}

static size_t axis_size(const struct MYSOFA_HRTF* hrtf, char axis)
{
    switch (axis) {
    case 'M': return hrtf->M;
    case 'R': return hrtf->R;
    case 'E': return hrtf->E;
    case 'N': return hrtf->N;
    case 'C': return hrtf->C;
    case 'I': return hrtf->I;
    default: return 0;
    }
}

/* libmysofa resolves a variable's references to its dimensions into text, "M,R,N". */
static void take_axes(const struct MYSOFA_HRTF* hrtf, const char* list, pinna_sofa_array* out)
{
    size_t product = 1;
    while (list && *list && out->rank < PINNA_SOFA_MAX_RANK) {
        char name[2] = {list[0], 0};
        size_t length = strcspn(list, ",");
        out->axes[out->rank] = length == 1 ? pinna_sofa_axis(name) : '?';
        out->sizes[out->rank] = axis_size(hrtf, out->axes[out->rank]);
        product *= out->sizes[out->rank++];
        list += length + (list[length] == ',');
    }
    if (product == out->count && out->rank) return;
    out->rank = 0; /* Not known after all. */
    memset(out->axes, 0, sizeof out->axes);
}

static pinna_sofa_array take_array(const struct MYSOFA_HRTF* hrtf, const struct MYSOFA_ARRAY* from)
{
    pinna_sofa_array to = {.values = from->values, .count = from->values ? from->elements : 0};
    pinna_sofa_copy_text(to.type, sizeof to.type, find_attribute(from->attributes, "Type"));
    pinna_sofa_copy_text(to.units, sizeof to.units, find_attribute(from->attributes, "Units"));
    take_axes(hrtf, find_attribute(from->attributes, "DIMENSION_LIST"), &to);
    return to;
}

static void take_texts(pinna_sofa_info* info, const struct MYSOFA_ATTRIBUTE* list)
{
    for (; list; list = list->next) {
        char* out = list->name ? pinna_sofa_text_of(info, list->name) : NULL;
        if (out) pinna_sofa_copy_text(out, PINNA_SOFA_TEXT_BYTES, list->value);
    }
}

/* What libmysofa has no place of its own for. */
static void take_variables(pinna_sofa_fields* out, const struct MYSOFA_HRTF* hrtf)
{
    for (const struct MYSOFA_VARIABLE* variable = hrtf->variables; variable; variable = variable->next) {
        int field = variable->name && variable->value ? pinna_sofa_field_find(variable->name) : -1;
        if (field < 0 || pinna_sofa_field_is_exact(field)) continue;
        pinna_sofa_array* array = pinna_sofa_field_of(out, field);
        if (!array->values) *array = take_array(hrtf, variable->value);
    }
}

static void free_hrtf(void* hrtf)
{
    mysofa_free(hrtf);
}

static void take_fields(pinna_sofa_fields* out, struct MYSOFA_HRTF* hrtf)
{
    out->owner = hrtf;
    out->release = free_hrtf;
    out->measurement_count = hrtf->M;
    out->receiver_count = hrtf->R;
    out->emitter_count = hrtf->E;
    out->tap_count = hrtf->N;
    out->impulse_responses = take_array(hrtf, &hrtf->DataIR);
    out->sampling_rate = take_array(hrtf, &hrtf->DataSamplingRate);
    out->delays = take_array(hrtf, &hrtf->DataDelay);
    out->source_position = take_array(hrtf, &hrtf->SourcePosition);
    out->listener_position = take_array(hrtf, &hrtf->ListenerPosition);
    out->listener_view = take_array(hrtf, &hrtf->ListenerView);
    out->listener_up = take_array(hrtf, &hrtf->ListenerUp);
    out->emitter_position = take_array(hrtf, &hrtf->EmitterPosition);
    out->receiver_position = take_array(hrtf, &hrtf->ReceiverPosition);
    take_variables(out, hrtf);
    take_texts(&out->info, hrtf->attributes);
    const char* name;
    for (int i = 0; (name = pinna_sofa_rate_name(i)); i++)
        pinna_sofa_keep_rate(out, "an attribute of the file", find_attribute(hrtf->attributes, name));
    pinna_sofa_copy_text(out->info.reader, sizeof out->info.reader, "libmysofa");
}

static pinna_status explain(int code, char* error, size_t error_bytes)
{
    if (code == MYSOFA_NO_MEMORY) {
        snprintf(error, error_bytes, "there is not enough memory to read it");
        return PINNA_ERROR_MEMORY;
    }
    if (code == MYSOFA_INVALID_FORMAT || code == MYSOFA_READ_ERROR) {
        snprintf(error, error_bytes,
                 "it is HDF5, but not a SOFA file libmysofa can read (code %d); make sure it follows AES69, or write "
                 "it again with the SOFA Toolbox or sofar", code);
        return PINNA_ERROR_FORMAT;
    }
    snprintf(error, error_bytes,
             "it stores attributes or variables in a form libmysofa does not decode (code %d, often text of variable "
             "length); write it again with the SOFA Toolbox or sofar", code);
    return PINNA_ERROR_UNSUPPORTED;
}

/* A copy of the bytes in which the responses have no chunks, and the responses themselves; false: as if there were no
   such function. */
static bool unpack(const void* bytes, size_t byte_count, const pinna_hdf5_chunked* chunked, unsigned char** hidden,
                   float** responses)
{
    size_t count = (size_t)(chunked->sizes[0] * chunked->sizes[1] * chunked->sizes[2]), at;
    *hidden = malloc(byte_count);
    *responses = calloc(count ? count : 1, sizeof **responses);
    if (*hidden && *responses && pinna_hdf5_chunks_read(bytes, byte_count, chunked, *responses)) {
        at = (size_t)pinna_hdf5_chunks_count_at(chunked);
        memcpy(*hidden, bytes, byte_count);
        memset(*hidden + at, 0, 2);
        return true;
    }
    free(*hidden);
    free(*responses);
    *hidden = NULL, *responses = NULL;
    return false;
}

pinna_status pinna_sofa_read_mysofa_unpacked(const void* bytes, size_t byte_count, const pinna_hdf5_chunked* chunked,
                                             pinna_sofa_fields* out, char* error, size_t error_bytes)
{
    unsigned char* hidden;
    float* responses;
    memset(out, 0, sizeof *out);
    if (!chunked->present || !unpack(bytes, byte_count, chunked, &hidden, &responses))
        return pinna_sofa_read_mysofa(bytes, byte_count, out, error, error_bytes);
    pinna_status status = pinna_sofa_read_mysofa(hidden, byte_count, out, error, error_bytes);
    free(hidden);
    size_t count = (size_t)(chunked->sizes[0] * chunked->sizes[1] * chunked->sizes[2]);
    if (!status && out->impulse_responses.count == count) {
        /* libmysofa's own array, where there are only zeros now. */
        struct MYSOFA_HRTF* hrtf = out->owner;
        memcpy(hrtf->DataIR.values, responses, count * sizeof *responses);
    } else if (!status) {
        pinna_sofa_fields_release(out);
        status = pinna_sofa_read_mysofa(bytes, byte_count, out, error, error_bytes);
    }
    free(responses);
    return status;
}

pinna_status pinna_sofa_read_mysofa(const void* bytes, size_t byte_count, pinna_sofa_fields* out, char* error,
                                    size_t error_bytes)
{
    memset(out, 0, sizeof *out);
    int code = MYSOFA_INTERNAL_ERROR;
    struct MYSOFA_HRTF* hrtf = NULL;
    if (!load_as_file(bytes, byte_count, &hrtf, &code)) hrtf = mysofa_load_data(bytes, byte_count, &code);
    if (!hrtf) return explain(code, error, error_bytes);
    take_fields(out, hrtf);
    return PINNA_OK;
}
