/* SPDX-License-Identifier: MIT */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* memfd_create */
#endif
#include "fields.h"

#include <mysofa.h>

#include <stdio.h>
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

static pinna_sofa_array take_array(const struct MYSOFA_ARRAY* from)
{
    pinna_sofa_array to = {.values = from->values, .count = from->values ? from->elements : 0};
    pinna_sofa_copy_text(to.type, sizeof to.type, find_attribute(from->attributes, "Type"));
    pinna_sofa_copy_text(to.units, sizeof to.units, find_attribute(from->attributes, "Units"));
    return to;
}

static void take_texts(pinna_sofa_info* info, const struct MYSOFA_ATTRIBUTE* list)
{
    const struct {
        const char* name;
        char* out;
    } texts[] = {
        {"SOFAConventions", info->convention}, {"SOFAConventionsVersion", info->convention_version},
        {"DataType", info->data_type},         {"Title", info->title},
        {"DatabaseName", info->database},      {"ListenerShortName", info->listener},
        {"Organization", info->organization},  {"License", info->license},
        {"DateCreated", info->date},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        pinna_sofa_copy_text(texts[i].out, PINNA_SOFA_TEXT_BYTES, find_attribute(list, texts[i].name));
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
    out->impulse_responses = take_array(&hrtf->DataIR);
    out->sampling_rate = take_array(&hrtf->DataSamplingRate);
    out->delays = take_array(&hrtf->DataDelay);
    out->source_position = take_array(&hrtf->SourcePosition);
    out->listener_position = take_array(&hrtf->ListenerPosition);
    out->listener_view = take_array(&hrtf->ListenerView);
    out->listener_up = take_array(&hrtf->ListenerUp);
    take_texts(&out->info, hrtf->attributes);
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
