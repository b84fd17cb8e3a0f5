/* SPDX-License-Identifier: MIT */
#include "headphones.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX_BYTES = 1 << 20 };

static pinna_status read_file(const char* path, pinna_report* report, char** text, size_t* size)
{
    FILE* file = fopen(path, "rb");
    *text = file ? malloc(FILE_MAX_BYTES + 1) : NULL;
    *size = *text ? fread(*text, 1, FILE_MAX_BYTES + 1, file) : 0;
    const char* problem = !file || (*text && ferror(file)) ? strerror(errno) : NULL;
    if (*size > FILE_MAX_BYTES) problem = "is larger than 1 MB; is this an AutoEq or Equalizer APO file?";
    if (file) fclose(file);
    if (problem) pinna_report_add(report, PINNA_SEVERITY_ERROR, "headphone-eq", "%s: %s", path, problem);
    return problem ? PINNA_ERROR_FILE : *text ? PINNA_OK : PINNA_ERROR_MEMORY;
}

pinna_status pinna_headphones_load(const char* file, pinna_report* report, pinna_equalizer* out)
{
    char* text = NULL;
    size_t size = 0;
    pinna_status status = read_file(file, report, &text, &size);
    if (!status) status = pinna_equalizer_parse(text, size, file, report, out);
    free(text);
    return status;
}

pinna_status pinna_headphones_equalize(pinna_renderer* renderer, const char* file, pinna_report* report)
{
    pinna_equalizer equalizer;
    if (!file) return PINNA_OK;
    pinna_status status = pinna_headphones_load(file, report, &equalizer);
    return status ? status : pinna_renderer_set_equalizer(renderer, &equalizer);
}
