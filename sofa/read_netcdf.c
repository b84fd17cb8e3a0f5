/* SPDX-License-Identifier: MIT */
#include "netcdf_file.h"

#ifdef PINNA_SOFA_NETCDF
#include <netcdf.h>
#include <netcdf_mem.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Reads what the fields want through netCDF-C, which leaves HDF5's layouts, filters and number formats to the HDF5
 * library. Every size is checked before memory is taken for it.
 */

/* All values of a file together, 512 MB as floats; and one request, because netCDF converts in a copy. */
static const size_t max_values = (size_t)1 << 27, slab_values = (size_t)1 << 24;

typedef struct reading {
    int file;
    size_t taken; /* Values so far. */
    void* blocks[PINNA_SOFA_FIELD_COUNT];
    pinna_sofa_fields* fields;
} reading;

/* The attribute's text in memory to be freed, or NULL. Text of fixed and of variable length are different types. */
static char* read_text(int file, int variable, const char* name)
{
    enum { LONGEST = 1 << 20 };
    nc_type type;
    size_t length = 0;
    if (nc_inq_att(file, variable, name, &type, &length) || length == 0 || length > LONGEST) return NULL;
    char* text = NULL;
    if (type == NC_CHAR) {
        text = calloc(length + 1, 1);
        if (text && nc_get_att_text(file, variable, name, text)) text[0] = '\0';
    } else if (type == NC_STRING && length == 1) {
        char* stored = NULL;
        if (nc_get_att_string(file, variable, name, &stored) == NC_NOERR && stored) {
            text = malloc(strlen(stored) + 1);
            if (text) strcpy(text, stored);
            nc_free_string(1, &stored);
        }
    }
    return text;
}

/* A variable's attribute; some writers hang it on the file as NAME_Units or NAME:Units. */
static void copy_label(int file, int variable, const char* variable_name, const char* name,
                       char out[PINNA_SOFA_UNIT_BYTES])
{
    char* text = read_text(file, variable, name);
    for (const char* joint = "_:"; !text && *joint; joint++) {
        char global[NC_MAX_NAME + 1];
        snprintf(global, sizeof global, "%.100s%c%s", variable_name, *joint, name);
        text = read_text(file, NC_GLOBAL, global);
    }
    pinna_sofa_copy_text(out, PINNA_SOFA_UNIT_BYTES, text);
    free(text);
}

static void take_texts(reading* r)
{
    int count = 0;
    nc_inq_natts(r->file, &count);
    for (int i = 0; i < count; i++) {
        char name[NC_MAX_NAME + 1] = "";
        if (nc_inq_attname(r->file, NC_GLOBAL, i, name)) continue;
        char* out = pinna_sofa_text_of(&r->fields->info, name);
        if (!out) continue;
        char* text = read_text(r->file, NC_GLOBAL, name);
        pinna_sofa_copy_text(out, PINNA_SOFA_TEXT_BYTES, text);
        free(text);
    }
}

/* False where the shape is more than a SOFA variable has. */
static bool take_shape(const reading* r, int variable, pinna_sofa_array* out)
{
    int rank = 0, dimensions[NC_MAX_VAR_DIMS];
    if (nc_inq_varndims(r->file, variable, &rank) || rank < 0 || rank > PINNA_SOFA_MAX_RANK) return false;
    if (nc_inq_vardimid(r->file, variable, dimensions)) return false;
    out->rank = (uint32_t)rank;
    out->count = 1;
    for (int d = 0; d < rank; d++) {
        char name[NC_MAX_NAME + 1] = "";
        if (nc_inq_dim(r->file, dimensions[d], name, &out->sizes[d])) return false;
        out->axes[d] = pinna_sofa_axis(name);
        if (out->sizes[d] && out->count > max_values / out->sizes[d]) return false;
        out->count *= out->sizes[d];
    }
    return true;
}

/* Reads some rows of the first dimension at a time. Numbers too large for float become infinite; netCDF says so with an
   error of its own, and whoever uses them says so better. */
static int read_values(const reading* r, int variable, const pinna_sofa_array* a, bool exact, void* block)
{
    if (a->rank == 0)
        return exact ? nc_get_var_double(r->file, variable, block) : nc_get_var_float(r->file, variable, block);
    size_t row_values = a->count / a->sizes[0], rows = row_values < slab_values ? slab_values / row_values : 1;
    size_t start[PINNA_SOFA_MAX_RANK] = {0}, sizes[PINNA_SOFA_MAX_RANK];
    memcpy(sizes, a->sizes, sizeof sizes);
    for (size_t row = 0; row < a->sizes[0]; row += rows) {
        start[0] = row;
        sizes[0] = a->sizes[0] - row < rows ? a->sizes[0] - row : rows;
        int code = exact ? nc_get_vara_double(r->file, variable, start, sizes, (double*)block + row * row_values)
                         : nc_get_vara_float(r->file, variable, start, sizes, (float*)block + row * row_values);
        if (code && code != NC_ERANGE) return code;
    }
    return NC_NOERR;
}

static int take_variable(reading* r, int variable)
{
    char name[NC_MAX_NAME + 1] = "";
    nc_type type;
    int code = nc_inq_varname(r->file, variable, name);
    int field = code ? -1 : pinna_sofa_field_find(name);
    if (field < 0 || r->blocks[field]) return NC_NOERR;
    if (nc_inq_vartype(r->file, variable, &type) || type == NC_CHAR || type > NC_UINT64) return NC_NOERR;
    pinna_sofa_array a = {.count = 0};
    if (!take_shape(r, variable, &a)) return NC_EVARSIZE;
    if (a.count == 0) return NC_NOERR;
    if (a.count > max_values - r->taken) return NC_EVARSIZE;
    bool exact = pinna_sofa_field_is_exact(field);
    r->blocks[field] = malloc(a.count * (exact ? sizeof(double) : sizeof(float)));
    if (!r->blocks[field]) return NC_ENOMEM;
    r->taken += a.count;
    copy_label(r->file, variable, name, "Type", a.type);
    copy_label(r->file, variable, name, "Units", a.units);
    code = read_values(r, variable, &a, exact, r->blocks[field]);
    if (exact) a.exact = r->blocks[field];
    else a.values = r->blocks[field];
    *pinna_sofa_field_of(r->fields, field) = a;
    return code;
}

static uint32_t dimension(const reading* r, const char* name)
{
    int id;
    size_t size = 0;
    if (nc_inq_dimid(r->file, name, &id) || nc_inq_dimlen(r->file, id, &size)) return 0;
    return size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
}

static int take_all(reading* r)
{
    int count = 0, code = nc_inq_nvars(r->file, &count);
    for (int variable = 0; variable < count && !code; variable++) code = take_variable(r, variable);
    if (code) return code;
    take_texts(r);
    r->fields->measurement_count = dimension(r, "M");
    r->fields->receiver_count = dimension(r, "R");
    r->fields->emitter_count = dimension(r, "E");
    r->fields->tap_count = dimension(r, "N");
    pinna_sofa_copy_text(r->fields->info.reader, sizeof r->fields->info.reader, "netCDF");
    return NC_NOERR;
}

static void free_blocks(void* owner)
{
    void** blocks = owner;
    for (int i = 0; i < PINNA_SOFA_FIELD_COUNT; i++) free(blocks[i]);
    free(blocks);
}

static pinna_status explain(int code, char* error, size_t error_bytes)
{
    if (code == NC_ENOMEM) {
        snprintf(error, error_bytes, "there is not enough memory to read it; thin it out");
        return PINNA_ERROR_MEMORY;
    }
    if (code == NC_EVARSIZE) {
        snprintf(error, error_bytes, "it holds more dimensions or values than any set of responses has; thin it out");
        return PINNA_ERROR_LIMIT;
    }
    if (code == NC_EFILTER || code == NC_ENOFILTER) {
        snprintf(error, error_bytes,
                 "its data are compressed in a way that is not installed here (not gzip); write it again "
                 "with gzip, or ask its maker");
        return PINNA_ERROR_UNSUPPORTED;
    }
    snprintf(error, error_bytes, "netCDF cannot read it (%s); download it again, or ask its maker", nc_strerror(code));
    return PINNA_ERROR_FORMAT;
}

pinna_status pinna_sofa_read_netcdf_here(const void* bytes, size_t byte_count, pinna_sofa_fields* out, char* error,
                                         size_t error_bytes)
{
    memset(out, 0, sizeof *out);
    reading r = {.fields = out};
    /* netCDF wants the bytes as its own to write, but opened so it only reads them. */
    int code = nc_open_mem(PINNA_SOFA_NO_PATH, NC_NOWRITE, byte_count, (void*)(uintptr_t)bytes, &r.file);
    if (code) return explain(code, error, error_bytes);
    code = take_all(&r);
    nc_close(r.file);
    void** owner = code ? NULL : malloc(sizeof r.blocks);
    if (!owner) {
        for (int i = 0; i < PINNA_SOFA_FIELD_COUNT; i++) free(r.blocks[i]);
        memset(out, 0, sizeof *out);
        return explain(code ? code : NC_ENOMEM, error, error_bytes);
    }
    memcpy(owner, r.blocks, sizeof r.blocks);
    out->owner = owner;
    out->release = free_blocks;
    return PINNA_OK;
}

/* HDF5 gets a child of its own: netCDF may have crashed in its, though where that took too long so would this. Where it
   cannot read the file either, netCDF's error says more; where it had no memory or no process, its own does. */
pinna_status pinna_sofa_read_netcdf(const void* bytes, size_t byte_count, pinna_sofa_fields* out, char* error,
                                    size_t error_bytes)
{
    pinna_status status =
        pinna_sofa_read_apart(pinna_sofa_read_netcdf_here, bytes, byte_count, out, error, error_bytes);
#ifdef PINNA_SOFA_HDF5
    char second_error[PINNA_REPORT_TEXT_BYTES] = "";
    if (status != PINNA_ERROR_FORMAT) return status;
    status =
        pinna_sofa_read_apart(pinna_sofa_read_hdf5_here, bytes, byte_count, out, second_error, sizeof second_error);
    if (status && status != PINNA_ERROR_FORMAT) snprintf(error, error_bytes, "%s", second_error);
#endif
    return status;
}

bool pinna_sofa_has_netcdf(void)
{
    return true;
}

#else

#include <stdio.h>
#include <string.h>

pinna_status pinna_sofa_read_netcdf(const void* bytes, size_t byte_count, pinna_sofa_fields* out, char* error,
                                    size_t error_bytes)
{
    (void)bytes, (void)byte_count;
    memset(out, 0, sizeof *out);
    snprintf(error, error_bytes, "it would take netCDF-C to read it, which this build is without");
    return PINNA_ERROR_UNSUPPORTED;
}

bool pinna_sofa_has_netcdf(void)
{
    return false;
}

#endif
