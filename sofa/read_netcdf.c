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
    int file, group; /* The root's group is the file. */
    char group_name[NC_MAX_NAME + 1];
    size_t taken; /* Values so far. */
    void* blocks[PINNA_SOFA_FIELD_COUNT];
    pinna_sofa_fields* fields;
} reading;

enum { LONGEST_TEXT = 1 << 20, MOST_PIECES = 4096 };

/* One text, or one character each. */
static char* read_strings(int file, int variable, const char* name, size_t count)
{
    char** stored = calloc(count, sizeof *stored);
    char* text = NULL;
    size_t length = 1;
    if (stored && nc_get_att_string(file, variable, name, stored) == NC_NOERR) {
        for (size_t i = 0; i < count; i++) length += stored[i] ? strlen(stored[i]) : 0;
        text = calloc(length, 1);
        for (size_t i = 0; i < count && text; i++) strcat(text, stored[i] ? stored[i] : "");
        nc_free_string(count, stored);
    }
    free(stored);
    return text;
}

static char* read_codes(int file, int variable, const char* name, size_t count)
{
    long long* codes = calloc(count, sizeof *codes);
    char* text = NULL;
    if (codes && nc_get_att_longlong(file, variable, name, codes) == NC_NOERR)
        text = pinna_sofa_text_of_codes(codes, count);
    free(codes);
    return text;
}

static char* read_bytes(int file, int variable, const char* name, size_t count)
{
    char *bytes = calloc(count + 1, 1), *text = NULL;
    if (bytes && nc_get_att_text(file, variable, name, bytes) == NC_NOERR)
        text = pinna_sofa_text_of_bytes(bytes, count);
    free(bytes);
    return text;
}

/* The attribute's text in memory to be freed, or NULL. Text of fixed and of variable length are different types; single
   characters and their numbers are others. */
static char* read_text(int file, int variable, const char* name)
{
    nc_type type;
    size_t count = 0;
    if (nc_inq_att(file, variable, name, &type, &count) || count == 0 || count > LONGEST_TEXT) return NULL;
    if (type == NC_CHAR) return read_bytes(file, variable, name, count);
    if (count > MOST_PIECES) return NULL;
    if (type == NC_STRING) return read_strings(file, variable, name, count);
    bool is_whole = type != NC_FLOAT && type != NC_DOUBLE && type <= NC_UINT64;
    return is_whole && count > 1 ? read_codes(file, variable, name, count) : NULL;
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

/* False where the shape is more than a SOFA variable has. */
static bool take_shape(const reading* r, int variable, pinna_sofa_array* out)
{
    int rank = 0, dimensions[NC_MAX_VAR_DIMS];
    if (nc_inq_varndims(r->group, variable, &rank) || rank < 0 || rank > PINNA_SOFA_MAX_RANK) return false;
    if (nc_inq_vardimid(r->group, variable, dimensions)) return false;
    out->rank = (uint32_t)rank;
    out->count = 1;
    for (int d = 0; d < rank; d++) {
        char name[NC_MAX_NAME + 1] = "";
        if (nc_inq_dim(r->group, dimensions[d], name, &out->sizes[d])) return false;
        out->axes[d] = pinna_sofa_axis(name);
        if (out->sizes[d] && out->count > max_values / out->sizes[d]) return false;
        out->count *= out->sizes[d];
    }
    return true;
}

/* An attribute's number or text. */
static void take_rate(reading* r, int variable, const char* place)
{
    const char* name;
    for (int i = 0; (name = pinna_sofa_rate_name(i)); i++) {
        nc_type type;
        size_t count = 0;
        double rate;
        char number[32];
        if (nc_inq_att(r->group, variable, name, &type, &count)) continue;
        char* text = read_text(r->group, variable, name);
        bool is_number = !text && count == 1 && nc_get_att_double(r->group, variable, name, &rate) == NC_NOERR;
        if (is_number) snprintf(number, sizeof number, "%.9g", rate);
        pinna_sofa_keep_rate(r->fields, place, is_number ? number : text);
        free(text);
    }
}

/* A variable that holds text where a number belongs. */
static void take_rate_text(reading* r, int variable, nc_type type, const char* name)
{
    pinna_sofa_array a = {.count = 0};
    char text[PINNA_SOFA_UNIT_BYTES] = "", *string = NULL;
    if (!take_shape(r, variable, &a)) return;
    if (type == NC_CHAR && a.count < sizeof text && nc_get_var_text(r->group, variable, text) == NC_NOERR)
        pinna_sofa_keep_rate(r->fields, name, text);
    if (type == NC_STRING && a.count == 1 && nc_get_var_string(r->group, variable, &string) == NC_NOERR) {
        pinna_sofa_keep_rate(r->fields, name, string);
        nc_free_string(1, &string);
    }
}

static void take_texts(reading* r)
{
    int count = 0;
    nc_inq_natts(r->group, &count);
    for (int i = 0; i < count; i++) {
        char name[NC_MAX_NAME + 1] = "";
        if (nc_inq_attname(r->group, NC_GLOBAL, i, name)) continue;
        char* out = pinna_sofa_text_of(&r->fields->info, name);
        if (!out || out[0]) continue;
        char* text = read_text(r->group, NC_GLOBAL, name);
        pinna_sofa_copy_text(out, PINNA_SOFA_TEXT_BYTES, text);
        free(text);
    }
}

/* Reads some rows of the first dimension at a time. Numbers too large for float become infinite; netCDF says so with an
   error of its own, and whoever uses them says so better. */
static int read_values(const reading* r, int variable, const pinna_sofa_array* a, bool exact, void* block)
{
    if (a->rank == 0)
        return exact ? nc_get_var_double(r->group, variable, block) : nc_get_var_float(r->group, variable, block);
    size_t row_values = a->count / a->sizes[0], rows = row_values < slab_values ? slab_values / row_values : 1;
    size_t start[PINNA_SOFA_MAX_RANK] = {0}, sizes[PINNA_SOFA_MAX_RANK];
    memcpy(sizes, a->sizes, sizeof sizes);
    for (size_t row = 0; row < a->sizes[0]; row += rows) {
        start[0] = row;
        sizes[0] = a->sizes[0] - row < rows ? a->sizes[0] - row : rows;
        int code = exact ? nc_get_vara_double(r->group, variable, start, sizes, (double*)block + row * row_values)
                         : nc_get_vara_float(r->group, variable, start, sizes, (float*)block + row * row_values);
        if (code && code != NC_ERANGE) return code;
    }
    return NC_NOERR;
}

/* Numbers packed as netCDF's users do: times scale_factor, plus add_offset. */
static void unpack(const reading* r, int variable, const pinna_sofa_array* a, bool exact, void* block)
{
    double scale = 1, offset = 0;
    size_t scale_count = 0, offset_count = 0;
    nc_inq_attlen(r->group, variable, "scale_factor", &scale_count);
    nc_inq_attlen(r->group, variable, "add_offset", &offset_count);
    if (scale_count == 1 && nc_get_att_double(r->group, variable, "scale_factor", &scale)) scale = 1;
    if (offset_count == 1 && nc_get_att_double(r->group, variable, "add_offset", &offset)) offset = 0;
    if (scale == 1 && offset == 0) return;
    for (size_t i = 0; i < a->count; i++)
        if (exact) ((double*)block)[i] = ((double*)block)[i] * scale + offset;
        else ((float*)block)[i] = (float)((double)((float*)block)[i] * scale + offset);
}

/* Which field a variable is, unless another has the field's own name; in a group Data, IR is Data.IR. */
static int field_of(const reading* r, const char* name)
{
    char joined[2 * NC_MAX_NAME + 2];
    int field = pinna_sofa_field_find(name), own;
    if (field >= 0 && strcmp(name, pinna_sofa_field_name(field)) != 0 &&
        nc_inq_varid(r->group, pinna_sofa_field_name(field), &own) == NC_NOERR) return -1;
    if (field >= 0 || !r->group_name[0]) return field;
    snprintf(joined, sizeof joined, "%s.%s", r->group_name, name);
    return pinna_sofa_field_find(joined);
}

/* From other places or files, which netCDF takes for silence where it does not find them: HDF5 itself tells. */
static bool is_gathered(const reading* r, int variable)
{
    int storage = NC_CONTIGUOUS;
    return nc_inq_var_chunking(r->group, variable, &storage, NULL) == NC_NOERR && storage > NC_COMPACT;
}

static int take_variable(reading* r, int variable)
{
    char name[NC_MAX_NAME + 1] = "";
    nc_type type;
    int code = nc_inq_varname(r->group, variable, name);
    int field = code ? -1 : field_of(r, name);
    if (field < 0 || r->blocks[field]) return NC_NOERR;
    if (nc_inq_vartype(r->group, variable, &type)) return NC_NOERR;
    bool is_rate = pinna_sofa_field_of(r->fields, field) == &r->fields->sampling_rate;
    if (is_rate && (type == NC_CHAR || type == NC_STRING)) take_rate_text(r, variable, type, name);
    if (type == NC_CHAR || type > NC_UINT64) return NC_NOERR;
    if (is_gathered(r, variable)) return NC_EHDFERR;
    pinna_sofa_array a = {.count = 0};
    if (!take_shape(r, variable, &a)) return NC_EVARSIZE;
    if (a.count == 0) return NC_NOERR;
    if (a.count > max_values - r->taken) return NC_EVARSIZE;
    bool exact = pinna_sofa_field_is_exact(field);
    r->blocks[field] = calloc(a.count, exact ? sizeof(double) : sizeof(float));
    if (!r->blocks[field]) return NC_ENOMEM;
    r->taken += a.count;
    copy_label(r->group, variable, name, "Type", a.type);
    copy_label(r->group, variable, name, "Units", a.units);
    code = read_values(r, variable, &a, exact, r->blocks[field]);
    unpack(r, variable, &a, exact, r->blocks[field]);
    if (exact) a.exact = r->blocks[field];
    else a.values = r->blocks[field];
    *pinna_sofa_field_of(r->fields, field) = a;
    if (a.values && a.values == r->fields->impulse_responses.values) take_rate(r, variable, "an attribute of Data.IR");
    return code;
}

static uint32_t dimension(const reading* r, const char* name)
{
    int id;
    size_t size = 0;
    if (nc_inq_dimid(r->group, name, &id) || nc_inq_dimlen(r->group, id, &size)) return 0;
    return size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
}

static int take_group(reading* r)
{
    int count = 0, code = nc_inq_nvars(r->group, &count);
    for (int variable = 0; variable < count && !code; variable++) code = take_variable(r, variable);
    if (code) return code;
    take_texts(r);
    take_rate(r, NC_GLOBAL, "an attribute of the file");
    if (!r->fields->measurement_count) r->fields->measurement_count = dimension(r, "M");
    if (!r->fields->receiver_count) r->fields->receiver_count = dimension(r, "R");
    if (!r->fields->emitter_count) r->fields->emitter_count = dimension(r, "E");
    if (!r->fields->tap_count) r->fields->tap_count = dimension(r, "N");
    return NC_NOERR;
}

static bool has_responses(const reading* r)
{
    const pinna_sofa_fields* f = r->fields;
    return f->impulse_responses.count || f->real.count || f->sections.count;
}

/* A group's own variables go before those of groups in it. Files of one set have all in the root; where responses lie
   deeper (MATLAB's structures, collections), the first group that has them is read, and none beside it. */
static int take_groups(reading* r, int group, unsigned depth)
{
    enum { MOST_GROUPS = 64, MOST_DEPTH = 4 };
    int groups[MOST_GROUPS], count = 0;
    r->group = group;
    if (nc_inq_grpname(group, r->group_name) || strcmp(r->group_name, "/") == 0) r->group_name[0] = '\0';
    int code = take_group(r);
    if (code || has_responses(r) || depth == MOST_DEPTH) return code;
    if (nc_inq_grps(group, &count, NULL) || count > MOST_GROUPS || nc_inq_grps(group, &count, groups)) return NC_NOERR;
    for (int i = 0; i < count && !code && !has_responses(r); i++) code = take_groups(r, groups[i], depth + 1);
    return code;
}

static int take_all(reading* r)
{
    pinna_sofa_copy_text(r->fields->info.reader, sizeof r->fields->info.reader, "netCDF");
    return take_groups(r, r->file, 0);
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
#ifdef PINNA_SOFA_HDF5
    pinna_sofa_register_lzf();
#endif
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
